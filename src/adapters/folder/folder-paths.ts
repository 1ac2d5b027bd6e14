/** From keys to paths under one root, never out of it; symbolic links are not followed. */
import { realpath, rmdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { checkedKey } from '../object-key.ts';

/** Under the root: locks, records and temp files. Its name is no key's first part. */
export const HIDDEN_NAME = '.aftershow';

export interface FolderPaths {
  readonly root: string;
  readonly records: string;
  readonly temp: string;
  /** One of 256 locks: few enough to leave lying about, enough that other keys seldom wait. */
  lock(keyHash: string): string;
}

export function folderPaths(rootPath: string): FolderPaths {
  const root = resolve(rootPath);
  const hidden = join(root, HIDDEN_NAME);
  return {
    root,
    records: join(hidden, 'records'),
    temp: join(hidden, 'temp'),
    lock: (keyHash) => join(hidden, 'locks', keyHash.slice(0, 2)),
  };
}

/** Throws an Error naming the key when it is none, or one of ours. */
export function pathOfKey(root: string, key: string): string {
  checkedKey(key);
  if (key.split('/')[0] === HIDDEN_NAME)
    throw new Error(`"${key}" cannot be an object's key: ${HIDDEN_NAME} is the store's own`);
  return join(root, key);
}

/**
 * Throws when a symbolic link leads to this path, or to its nearest folder that exists: it could point out of the root.
 * The root itself may be reached by one.
 */
export async function refuseLinks(root: string, path: string, key: string): Promise<void> {
  let realRoot: string;
  try {
    realRoot = await realpath(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  let existing = path;
  while (existing.startsWith(root + sep)) {
    try {
      const real = await realpath(existing);
      if (real === join(realRoot, existing.slice(root.length))) return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        existing = dirname(existing);
        continue;
      }
      if (code !== 'ELOOP') throw error;
    }
    throw new Error(`"${key}" is reached through a symbolic link, which a folder store does not follow`);
  }
}

/** Folders are only there for their objects: without any they go, so that their names are free again. */
export async function removeEmptyFolders(root: string, from: string): Promise<void> {
  for (let folder = from; folder.startsWith(root + sep); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}
