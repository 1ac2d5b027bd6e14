/** Keys of a folder in the order of their UTF-8 bytes, a page at a time, whatever the size of the folder. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { keyProblem } from '../../domain/object-key.ts';
import { compareKeys } from '../object-key.ts';

/** A folder's entry under the name by which it sorts: `a/b` comes after `a-b`, so folders end with their slash. */
interface Entry {
  readonly sortName: string;
  readonly isFolder: boolean;
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The first `count` entries that may hold what is wanted. Holds no more than a few times `count` in memory. */
async function firstEntries(folder: string, count: number, wanted: (entry: Entry) => boolean): Promise<Entry[]> {
  let entries: Entry[] = [];
  const sortAndCut = () => {
    entries.sort((a, b) => compareKeys(a.sortName, b.sortName));
    entries = entries.slice(0, count);
  };
  try {
    for await (const found of await opendir(folder, { bufferSize: 256 })) {
      // Symbolic links are neither: they are not followed.
      if (!found.isFile() && !found.isDirectory()) continue;
      const entry = {
        sortName: found.isFile() ? found.name : `${found.name}/`,
        isFolder: found.isDirectory(),
      };
      if (wanted(entry)) entries.push(entry);
      if (entries.length >= 4 * count) sortAndCut();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  sortAndCut();
  return entries;
}

export interface Walk {
  readonly root: string;
  readonly prefix: string;
  /** Only keys after this one; empty for all. */
  readonly after: string;
  /** Of the root; hidden from listings. */
  readonly hiddenName: string;
  /** About how many keys will be taken. */
  readonly pageSize: number;
}

/** Keys in order. `folderKey` is '' for the root, else it ends with a slash. */
export async function* walkKeys(walk: Walk, folderKey = ''): AsyncGenerator<string> {
  let passed = '';
  const wanted = ({ sortName, isFolder }: Entry): boolean => {
    const key = folderKey + sortName;
    if (passed !== '' && compareKeys(sortName, passed) <= 0) return false;
    if (folderKey === '' && sortName === `${walk.hiddenName}/`) return false;
    if (!isFolder) return key.startsWith(walk.prefix) && compareKeys(key, walk.after) > 0;
    const mayMatch = key.startsWith(walk.prefix) || walk.prefix.startsWith(key);
    return mayMatch && (compareKeys(key, walk.after) > 0 || walk.after.startsWith(key));
  };
  for (;;) {
    const entries = await firstEntries(join(walk.root, folderKey), walk.pageSize, wanted);
    for (const { sortName, isFolder } of entries) {
      const key = folderKey + sortName;
      if (isFolder) yield* walkKeys(walk, key);
      else if (keyProblem(key) === undefined) yield key;
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < walk.pageSize) return;
    passed = last.sortName;
  }
}
