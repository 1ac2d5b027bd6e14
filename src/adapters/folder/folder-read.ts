/** Reading and listing what the folder store holds, and what was put there by hand. */
import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, lstat, open } from 'node:fs/promises';
import { PreconditionFailed } from '../../domain/failure.ts';
import type { ObjectInfo, ObjectListing, ObjectStore } from '../../pipeline/ports.ts';
import { clipRange } from '../byte-range.ts';
import { isMissing } from './folder-errors.ts';
import { walkKeys } from './folder-listing.ts';
import { type FolderPaths, HIDDEN_NAME, pathOfKey, refuseLinks } from './folder-paths.ts';
import { describeFile, type FileRecord } from './folder-records.ts';

const STATS_AT_ONCE = 16;

function infoOf(key: string, file: BigIntStats, record: FileRecord): ObjectInfo {
  const { etag, contentType, cacheControl, contentDisposition } = record;
  return {
    key,
    etag,
    lengthBytes: Number(file.size),
    contentType,
    lastModified: new Date(Number(file.mtimeMs)),
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
  };
}

/** Undefined when there is no plain file. Throws when it is reached by a symbolic link. */
export async function statObject(paths: FolderPaths, key: string): Promise<BigIntStats | undefined> {
  const path = pathOfKey(paths.root, key);
  try {
    const file = await lstat(path, { bigint: true });
    if (file.isDirectory()) return undefined;
    await refuseLinks(paths.root, path, key);
    return file.isFile() ? file : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function headObject(paths: FolderPaths, key: string): Promise<ObjectInfo | undefined> {
  const file = await statObject(paths, key);
  return file && infoOf(key, file, await describeFile(paths.records, key, file));
}

export const getObject =
  (paths: FolderPaths): ObjectStore['get'] =>
  async (key, options = {}) => {
    options.signal?.throwIfAborted();
    if ((await statObject(paths, key)) === undefined) return undefined;
    let handle: FileHandle;
    try {
      handle = await open(pathOfKey(paths.root, key), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      // Of the open file, which stays what it is whatever comes under its name meanwhile.
      const file = await handle.stat({ bigint: true });
      const info = infoOf(key, file, await describeFile(paths.records, key, file));
      if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw new PreconditionFailed(key);
      const range = options.range && clipRange(key, options.range, info.lengthBytes);
      const body = handle.createReadStream({
        ...range,
        ...(options.signal && { signal: options.signal }),
      });
      return { info, body };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

export async function listObjects(
  paths: FolderPaths,
  prefix: string,
  cursor: string,
  limit: number,
): Promise<ObjectListing> {
  const keys: string[] = [];
  const walk = {
    root: paths.root,
    prefix,
    after: cursor,
    hiddenName: HIDDEN_NAME,
    pageSize: limit + 1,
  };
  for await (const key of walkKeys(walk)) {
    keys.push(key);
    if (keys.length > limit) break;
  }
  const page = keys.slice(0, limit);
  const objects: ObjectInfo[] = [];
  for (let start = 0; start < page.length; start += STATS_AT_ONCE) {
    const some = page.slice(start, start + STATS_AT_ONCE);
    const infos = await Promise.all(some.map((key) => headObject(paths, key)));
    objects.push(...infos.filter((info) => info !== undefined));
  }
  const last = page.at(-1);
  return keys.length > limit && last !== undefined ? { objects, cursor: last } : { objects };
}
