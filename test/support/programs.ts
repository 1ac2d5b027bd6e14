/** Which real servers this machine has: found by looking for their programs, once. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Absolute path of a program on PATH (or in a system folder that PATH often leaves out), undefined when absent. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** Debian keeps PostgreSQL's server programs off PATH, one folder a version; the newest wins. */
function findPostgresFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  let versions: string[] = [];
  try {
    versions = readdirSync(root);
  } catch {
    // Not laid out as Debian does it: perhaps on PATH.
  }
  return [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin')),
    dirname(findProgram('initdb') ?? '/usr/bin/initdb'),
  ].find((folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')));
}

export const REDIS_PROGRAM = findProgram('redis-server') ?? findProgram('valkey-server');
export const POSTGRES_FOLDER = findPostgresFolder();
const S3_PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'curl', 'bash'];

export type ServerName = 'redis' | 'postgres' | 's3';

/** For `describe.skipIf(!available.redis)`. */
export const available: Readonly<Record<ServerName, boolean>> = {
  redis: REDIS_PROGRAM !== undefined,
  postgres: POSTGRES_FOLDER !== undefined,
  s3: S3_PROGRAMS.every((name) => findProgram(name) !== undefined),
};

/** What Debian calls the packages that bring a server. */
export const PACKAGES: Readonly<Record<ServerName, string>> = {
  redis: 'redis-server',
  postgres: 'postgresql',
  s3: 'radosgw ceph-mon ceph-osd ceph-common curl',
};

/** On a build machine a left-out suite would pass for a tested one, so there absence is a failure. */
export const absenceFails = !['', '0', 'false'].includes(process.env['CI'] ?? '');
