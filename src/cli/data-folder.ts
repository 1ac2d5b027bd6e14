/** The data folder: made when it is not there, and refused in words when it cannot be used. */
import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../domain/failure.ts';

/** Throws an Error that names AFTERSHOW_DATA_DIR and what is wrong with it. */
export async function ensureDataFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `the data folder ${path} cannot be used (${messageOf(error)}): ` +
        'let this user write there, or set AFTERSHOW_DATA_DIR to another folder',
      { cause: error },
    );
  }
}

/** Not mkdir's own `recursive`: where nothing may be made (/proc), that one never comes back. */
async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (found?.isDirectory()) return;
  if (found) throw new Error(`${path} is a file`);
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    // Another process made it meanwhile.
    if (error.code !== 'EEXIST') throw error;
  });
}

/** All that an embedded aftershow keeps, but for its lock. */
const KEPT = /^(objects|queue|queue\.new|queue\.broken-\d+|work|secrets\.json)$/;
const LOCK = /^(aftershow\.lock|lock-turn)/;

/** Throws an Error when the folder holds what is not ours: it is about to be emptied. */
export async function refuseForeignFolder(path: string): Promise<void> {
  const names = await readdir(path).catch((): string[] => []);
  const foreign = names.find((name) => !KEPT.test(name) && !LOCK.test(name));
  if (foreign === undefined && (names.length === 0 || names.includes('lock-turn'))) return;
  throw new Error(
    `${path} would be emptied, but holds something that no demo put there (${foreign ?? names[0]}): ` +
      'move it away, or set AFTERSHOW_DATA_DIR to another folder',
  );
}

/** For a demo that begins anew, by whoever holds the folder's lock. */
export async function emptyDataFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (KEPT.test(name)) await rm(join(path, name), { recursive: true, force: true });
  }
}
