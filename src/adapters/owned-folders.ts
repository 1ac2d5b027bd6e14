/** Temporary folders that say in their name which process they belong to, so that those of dead ones can be removed. */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatIdentity, liveness, parseIdentity, thisProcess } from './process-identity.ts';

/** Whether a process in another container lives cannot be seen: its folder is kept this long. */
const UNKNOWN_OWNER_KEPT_MS = 24 * 3600 * 1000;

/** The path of a new folder `<root>/<kind>.<owner>.<label>.<random>`, open to its owner alone. Makes `root` when needed. */
export async function createOwnedFolder(root: string, kind: string, label: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const safeLabel = label.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 64);
  return mkdtemp(join(root, `${kind}.${formatIdentity(thisProcess)}.${safeLabel}.`));
}

/** Removes the folders of this kind whose processes have ended. An absent `root` holds none. */
export async function removeAbandonedFolders(root: string, kind: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const [kindOfName, owner = ''] = name.split('.');
    const path = join(root, name);
    if (kindOfName === kind && (await isAbandoned(path, owner))) await removeFolder(path);
  }
}

async function isAbandoned(path: string, owner: string): Promise<boolean> {
  const identity = parseIdentity(owner);
  if (identity === undefined) return false;
  const state = liveness(identity);
  if (state !== 'unknown') return state === 'dead';
  const modifiedMs = await stat(path).then(
    (info) => info.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return Date.now() - modifiedMs > UNKNOWN_OWNER_KEPT_MS;
}

export function removeFolder(path: string): Promise<void> {
  return rm(path, {
    recursive: true,
    force: true,
    maxRetries: 5,
    retryDelay: 100,
  });
}
