/**
 * A lock for several processes of one machine, safe when a holder is killed at any instant.
 *
 * A lock is a folder of numbered files; the highest number is the lock. Who creates the next number (exclusively, by a
 * hard link) holds it. It may be created when the highest one is empty, which is how a holder lets go, or its holder is
 * dead. The highest file is never removed, so a slow contender that creates an old number sees a higher one and steps
 * back. (Taking over by removing a dead holder's file instead would let two contenders remove each other's.)
 */
import { link, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PassingFailure } from '../../domain/failure.ts';
import { formatIdentity, liveness, parseIdentity, thisProcess } from '../process-identity.ts';
import { newTempPath } from './folder-temp.ts';

const WAIT_TIMEOUT_MS = 30_000;
const LONGEST_PAUSE_MS = 20;
/** Locks are held for milliseconds; a holder in another container cannot be asked, so its age must do. */
const UNKNOWN_HOLDER_TIMEOUT_MS = 20_000;

async function numbersIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).map(Number).sort((a, b) => a - b);
}

async function isTaken(path: string): Promise<boolean> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    // Removed meanwhile: there is a higher number now, which the next look will find.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const holder = parseIdentity(content);
  if (holder === undefined) return false;
  const state = liveness(holder);
  if (state !== 'unknown') return state === 'alive';
  const file = await stat(path).catch(() => undefined);
  return file === undefined || Date.now() - file.mtimeMs < UNKNOWN_HOLDER_TIMEOUT_MS;
}

/** Creates `path`, naming this process, in one step; false when it is there already. */
async function claim(path: string, tempFolder: string): Promise<boolean> {
  const draft = newTempPath(tempFolder);
  try {
    await writeFile(draft, formatIdentity(thisProcess));
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Path of the number now held, or undefined when another has it. */
async function tryAcquire(folder: string, tempFolder: string): Promise<string | undefined> {
  const highest = (await numbersIn(folder)).at(-1) ?? 0;
  if (highest > 0 && (await isTaken(join(folder, String(highest))))) return undefined;
  const mine = highest + 1;
  const path = join(folder, String(mine));
  if (!(await claim(path, tempFolder))) return undefined;
  const present = await numbersIn(folder);
  if (present.at(-1) !== mine) {
    await rm(path, { force: true });
    return undefined;
  }
  for (const lower of present.slice(0, -1)) await rm(join(folder, String(lower)), { force: true });
  return path;
}

/** Callers of this process wait here in line rather than each asking the disk. */
const lines = new Map<string, Promise<unknown>>();

async function inLine<T>(name: string, action: () => Promise<T>): Promise<T> {
  const before = lines.get(name);
  const turn = (async () => {
    await before?.catch(() => undefined);
    return action();
  })();
  lines.set(name, turn);
  try {
    return await turn;
  } finally {
    if (lines.get(name) === turn) lines.delete(name);
  }
}

/**
 * Runs `action` while nobody else holds the lock that `folder` is. Drafts go to `tempFolder`, on the same file system.
 * Throws PassingFailure('store-unreachable') after 30 s of waiting.
 */
export async function withFolderLock<T>(folder: string, tempFolder: string, action: () => Promise<T>): Promise<T> {
  return inLine(folder, async () => {
    await mkdir(folder, { recursive: true });
    const deadline = performance.now() + WAIT_TIMEOUT_MS;
    let path = await tryAcquire(folder, tempFolder);
    while (path === undefined) {
      if (performance.now() > deadline) {
        throw new PassingFailure(
          'store-unreachable',
          `another process has held the lock ${folder} for over ${WAIT_TIMEOUT_MS / 1000} s; is it stopped?`,
        );
      }
      await sleep(1 + Math.random() * LONGEST_PAUSE_MS);
      path = await tryAcquire(folder, tempFolder);
    }
    try {
      return await action();
    } finally {
      // Emptying needs no room on the disk, so a full one cannot keep the lock held.
      await truncate(path, 0);
    }
  });
}
