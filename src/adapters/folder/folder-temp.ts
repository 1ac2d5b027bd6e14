/** Temp files named after the process that writes them, so that those of killed processes can be told and removed. */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatIdentity, liveness, parseIdentity, thisProcess } from '../process-identity.ts';

/** Of an owner in another container nothing is known but the age of what it wrote. */
const UNKNOWN_OWNER_TIMEOUT_MS = 24 * 60 * 60 * 1000;

export function newTempPath(folder: string): string {
  return join(folder, `${formatIdentity(thisProcess)}.${randomUUID()}`);
}

async function isAbandoned(folder: string, name: string): Promise<boolean> {
  const owner = parseIdentity(name.split('.')[0] ?? '');
  const state = owner === undefined ? 'unknown' : liveness(owner);
  if (state !== 'unknown') return state === 'dead';
  const file = await stat(join(folder, name)).catch(() => undefined);
  return file !== undefined && Date.now() - file.mtimeMs > UNKNOWN_OWNER_TIMEOUT_MS;
}

export async function removeAbandonedTemps(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (await isAbandoned(folder, name)) await rm(join(folder, name), { force: true, recursive: true });
  }
}
