/** Which ffmpeg is used: the one that was asked for, else the newer of the one on PATH and the bundled one. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access, chmod, constants, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PermanentFailure } from '../../domain/failure.ts';
import { createOwnedFolder, removeAbandonedFolders } from '../owned-folders.ts';

const run = promisify(execFile);

const COPY_KIND = 'aftershow-bundled';

export interface FfmpegChoice {
  readonly path: string;
  /** As people call it: 5.1.9, or a build's own name. */
  readonly version: string;
  readonly isBundled: boolean;
  /** All that `ffmpeg -version` says: other text may mean other sound. */
  readonly identity: string;
  /** Older than 5.1: it works, and encodes about three times slower. */
  readonly isOld: boolean;
}

/** libavcodec of ffmpeg 5.1. A build's own name (`N-47683-g0e8eb07980`) tells no order, its libraries do. */
const LIBAVCODEC_OF_5_1: readonly number[] = [59, 37, 100];

/** Throws PermanentFailure('ffmpeg-failed') when there is none that runs; the message says what to do. */
export async function chooseFfmpeg(options: { path?: string } = {}): Promise<FfmpegChoice> {
  if (options.path !== undefined) {
    return inspect(options.path, false).catch((error) => {
      throw new PermanentFailure(
        'ffmpeg-failed',
        `the ffmpeg that AFTERSHOW_FFMPEG names does not run (${options.path}): ${messageOf(error)}`,
        { cause: error },
      );
    });
  }
  const candidates = await Promise.all([
    findOnPath().then((path) => (path === undefined ? undefined : inspect(path, false).catch(() => undefined))),
    findBundled().then((path) => (path === undefined ? undefined : inspect(path, true).catch(() => undefined))),
  ]);
  const [best] = candidates
    .filter((choice) => choice !== undefined)
    .sort((a, b) => compareVersions(libavcodecOf(b.identity), libavcodecOf(a.identity)));
  if (best === undefined) {
    throw new PermanentFailure(
      'ffmpeg-failed',
      'no ffmpeg was found: none is bundled for this machine and none is on PATH. Install ffmpeg, or name one in AFTERSHOW_FFMPEG',
    );
  }
  return best;
}

/** `ffmpeg version 5.1.9-0+deb12u1 Copyright …` → 5.1.9; a build's own name stays as it is. */
export function versionOf(identity: string): string {
  const name = /^ffmpeg version (\S+)/.exec(identity)?.[1] ?? 'unknown';
  return /^n?(\d+(?:\.\d+)+)/.exec(name)?.[1] ?? name;
}

/** [major, minor, micro]; zeros when the text does not tell. */
export function libavcodecOf(identity: string): readonly number[] {
  const [, ...parts] = /libavcodec\s+(\d+)\.\s*(\d+)\.\s*(\d+)/.exec(identity) ?? [];
  return parts.length === 3 ? parts.map(Number) : [0, 0, 0];
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function inspect(path: string, isBundled: boolean): Promise<FfmpegChoice> {
  const { stdout } = await run(path, ['-version'], {
    timeout: 20_000,
    env: {},
    maxBuffer: 1024 * 1024,
  });
  const identity = stdout.replace(/^Exiting with.*$/m, '').trim();
  if (!identity.startsWith('ffmpeg version')) throw new Error('it does not answer -version as ffmpeg does');
  const isOld = compareVersions(libavcodecOf(identity), LIBAVCODEC_OF_5_1) < 0;
  return { path, version: versionOf(identity), isBundled, identity, isOld };
}

async function findOnPath(): Promise<string | undefined> {
  const found = await run('/bin/sh', ['-c', 'command -v ffmpeg']).catch(() => undefined);
  const path = found?.stdout.trim();
  return path?.startsWith('/') ? path : undefined;
}

async function findBundled(): Promise<string | undefined> {
  let path: string;
  try {
    path = (await import('@ffmpeg-installer/ffmpeg')).default.path;
  } catch {
    // There is none for this kind of machine.
    return undefined;
  }
  return executableAt(path);
}

/** `path`, or a copy of it where it lacks the executable bit: some ways of installing npm packages lose that. */
export async function executableAt(path: string): Promise<string> {
  const isExecutable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isExecutable) return path;
  await removeAbandonedFolders(tmpdir(), COPY_KIND);
  const folder = await createOwnedFolder(tmpdir(), COPY_KIND, 'ffmpeg');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'ffmpeg');
  await copyFile(path, copy);
  await chmod(copy, 0o700);
  return copy;
}
