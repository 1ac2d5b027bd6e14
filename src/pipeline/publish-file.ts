/** Puts one public file into the store, with all that a CDN in front of it must tell, and makes sure that it is there. */
import type { PublicFile } from '../domain/episode.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import { publicHeaders } from '../storage/public-headers.ts';
import type { ObjectInfo, ObjectStore, PutBody } from './ports.ts';
import type { PublicFolder } from './public-folder.ts';

export interface FileToPublish {
  /** Named by its content's hash. */
  readonly key: string;
  readonly body: PutBody;
  readonly contentType: string;
  readonly lengthBytes: number;
  /** Of the episode: what its sound is called when somebody saves it. */
  readonly title?: string;
}

/**
 * Uploads, then asks the store what it has: a feed never names what is not there. What is there as it should be is not
 * sent again; what an older version left without its headers is. `folder`: what the caller knows to be there already;
 * it looks itself when all files were sent.
 */
export async function publishFile(
  bucket: ObjectStore,
  file: FileToPublish,
  signal: AbortSignal,
  folder?: PublicFolder,
): Promise<PublicFile> {
  const { key, body, contentType, lengthBytes, title } = file;
  const { cacheControl, contentDisposition } = publicHeaders(key, title);
  const headers = { contentType, cacheControl, ...(contentDisposition === undefined ? {} : { contentDisposition }) };
  const isSame = (stored: ObjectInfo) => stored.lengthBytes === lengthBytes && stored.contentType === contentType;
  const there = folder && !folder.has(key) ? undefined : await bucket.head(key, signal);
  const isThere =
    there && isSame(there) && there.cacheControl === cacheControl && there.contentDisposition === contentDisposition;
  if (!isThere) {
    await bucket.put(key, body, { ...headers, signal });
    if (folder) return { key, contentType, lengthBytes };
    const stored = await bucket.head(key, signal);
    if (!stored) throw new PassingFailure('store-inconsistent', `${key} was stored but is not there`);
    if (!isSame(stored)) {
      throw new PermanentFailure(
        'store-unsafe',
        `the store keeps ${key} with ${stored.lengthBytes} bytes as ${stored.contentType}, not ${lengthBytes} as ${contentType}`,
      );
    }
  }
  return { key, contentType, lengthBytes };
}
