/** Objects in a plain folder: a key is the path under it, and a file put there by hand is an object. For one machine. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PermanentFailure, PreconditionFailed } from '../../domain/failure.ts';
import { sha256 } from '../../domain/ids.ts';
import type { ObjectStore, PutBody, PutOptions } from '../../pipeline/ports.ts';
import { checkedHeader } from '../object-key.ts';
import { proveConditionalWrites } from '../s3/conditional-writes.ts';
import { codeOf, isMissing, naming } from './folder-errors.ts';
import { withFolderLock } from './folder-lock.ts';
import { type FolderPaths, folderPaths, pathOfKey, refuseLinks, removeEmptyFolders } from './folder-paths.ts';
import { getObject, headObject, listObjects, statObject } from './folder-read.ts';
import { announceRecord, describeFile, forgetRecords, stateOf } from './folder-records.ts';
import { newTempPath, removeAbandonedTemps } from './folder-temp.ts';
import { placeDraft, syncFolder, writeDraft } from './folder-write.ts';

const DEFAULT_PAGE = 1000;
const ADVICE = 'Put the data folder on a local file system with hard links, such as ext4 or xfs.';
const NO_LINKS_CODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'];

async function checkCondition(paths: FolderPaths, key: string, condition: PutOptions['condition']) {
  const file = await statObject(paths, key);
  if (condition !== undefined) {
    if ('absent' in condition && file !== undefined) throw new PreconditionFailed(key);
    if ('etag' in condition) {
      const current = file && (await describeFile(paths.records, key, file)).etag;
      if (current !== condition.etag) throw new PreconditionFailed(key);
    }
  }
  return file && stateOf(file);
}

async function putObject(paths: FolderPaths, key: string, body: PutBody, options: PutOptions): Promise<string> {
  const path = pathOfKey(paths.root, key);
  const { condition, signal, contentType, cacheControl, contentDisposition } = options;
  const headers = {
    contentType: checkedHeader('contentType', contentType),
    ...(cacheControl !== undefined && {
      cacheControl: checkedHeader('cacheControl', cacheControl),
    }),
    ...(contentDisposition !== undefined && {
      contentDisposition: checkedHeader('contentDisposition', contentDisposition),
    }),
  };
  signal?.throwIfAborted();
  await refuseLinks(paths.root, path, key);
  // Looked at before anything long is written; what counts is the look under the lock.
  if (condition !== undefined) await checkCondition(paths, key, condition);
  const draft = newTempPath(paths.temp);
  try {
    const { etag } = await writeDraft(draft, body, signal);
    const state = stateOf(await stat(draft, { bigint: true }));
    await withFolderLock(paths.lock(sha256(key)), paths.temp, async () => {
      signal?.throwIfAborted();
      const current = await checkCondition(paths, key, condition);
      await announceRecord(paths, key, { state, etag, ...headers }, current);
      await placeDraft(paths.root, key, draft, path, condition);
    });
    return etag;
  } finally {
    await rm(draft, { force: true });
  }
}

async function deleteObject(paths: FolderPaths, key: string): Promise<void> {
  if ((await statObject(paths, key)) === undefined) return;
  const path = pathOfKey(paths.root, key);
  await withFolderLock(paths.lock(sha256(key)), paths.temp, async () => {
    await rm(path, { force: true });
    await forgetRecords(paths.records, key);
    await syncFolder(dirname(path)).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  });
  await removeEmptyFolders(paths.root, dirname(path));
}

/** The folder is made at the first write; reading needs no more than leave to read. */
export function openFolderStore(rootPath: string): ObjectStore {
  const paths = folderPaths(rootPath);
  let preparation: Promise<void> | undefined;
  const prepare = async () => {
    preparation ??= mkdir(paths.temp, { recursive: true }).then(() => removeAbandonedTemps(paths.temp));
    try {
      await preparation;
    } catch (error) {
      preparation = undefined;
      throw error;
    }
  };
  const store: ObjectStore = {
    description: `folder ${paths.root}`,
    head: (key, signal) =>
      naming('look at', key, async () => {
        signal?.throwIfAborted();
        return headObject(paths, key);
      }),
    get: (key, options) => naming('read', key, () => getObject(paths)(key, options)),
    put: (key, body, options) =>
      naming('write', key, async () => {
        await prepare();
        return putObject(paths, key, body, options);
      }),
    delete: (key) =>
      naming('delete', key, async () => {
        await prepare();
        await deleteObject(paths, key);
      }),
    list: (prefix, options) =>
      naming('list', prefix, () => listObjects(paths, prefix, options?.cursor ?? '', options?.limit ?? DEFAULT_PAGE)),
    probe: async () => {
      try {
        await proveConditionalWrites(store, ADVICE);
      } catch (error) {
        if (!(error instanceof Error) || !NO_LINKS_CODES.includes(codeOf(error.cause))) throw error;
        const message = `the file system of ${paths.root} has no hard links, which exclusive writes need. ${ADVICE}`;
        throw new PermanentFailure('store-unsafe', message, { cause: error });
      }
    },
    close: async () => undefined,
  };
  return store;
}
