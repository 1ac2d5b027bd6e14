/** The feed and its archive pages as they are in the bucket: looked at, replaced by compare-and-swap, removed. */
import { createHash } from 'node:crypto';
import { type ShowId, sha256 } from '../domain/ids.ts';
import type { KnownBytes } from '../feed/catalogue.ts';
import { feedGeneration } from '../feed/feed-mark.ts';
import type { ArchivePage } from '../feed/rss.ts';
import { archivePagesPrefix, feedKey, type Visibility } from '../storage/object-keys.ts';
import { cacheControlOf } from '../storage/public-headers.ts';
import type { ObjectStore, PutCondition } from './ports.ts';
import { listAll } from './records.ts';

const FEED_TYPE = 'application/rss+xml; charset=utf-8';
/** Our mark stands before the first item. */
const HEAD_BYTES = 1024 ** 2;

export type SeenFeed = KnownBytes & { readonly generation: number };

/** Read as it comes, never held: a feed of ten thousand episodes has tens of megabytes. */
async function lookAt(bucket: ObjectStore, key: string): Promise<SeenFeed | undefined> {
  const object = await bucket.get(key);
  if (!object) return undefined;
  const hash = createHash('sha256');
  const head: Uint8Array[] = [];
  let headBytes = 0;
  for await (const chunk of object.body as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    if (headBytes < HEAD_BYTES) head.push(chunk);
    headBytes += chunk.byteLength;
  }
  const generation = feedGeneration(Buffer.concat(head).toString()) ?? 0;
  return { etag: object.info.etag, sha256: hash.digest('hex'), generation };
}

export const lookAtFeed = (bucket: ObjectStore, showId: ShowId, visibility: Visibility = 'public') =>
  lookAt(bucket, feedKey(showId, visibility));

/** Whether the feed is still what it was seen to be. */
export async function isStillThere(
  bucket: ObjectStore,
  showId: ShowId,
  seen: KnownBytes,
  visibility: Visibility,
): Promise<boolean> {
  return (await bucket.head(feedKey(showId, visibility)))?.etag === seen.etag;
}

function putXml(bucket: ObjectStore, key: string, bytes: Uint8Array, seen: { readonly etag: string } | undefined) {
  const condition: PutCondition = seen ? { etag: seen.etag } : { absent: true };
  return bucket.put(key, bytes, { contentType: FEED_TYPE, cacheControl: cacheControlOf(key), condition });
}

/** The new ETag. Throws PreconditionFailed when the feed is no longer what was seen. */
export function putFeed(
  bucket: ObjectStore,
  showId: ShowId,
  bytes: Uint8Array,
  seen: KnownBytes | undefined,
  visibility: Visibility,
) {
  return putXml(bucket, feedKey(showId, visibility), bytes, seen);
}

/** ETags by key. */
export async function listPages(
  bucket: ObjectStore,
  showId: ShowId,
  visibility: Visibility,
): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for await (const { key, etag } of listAll(bucket, archivePagesPrefix(showId, visibility))) pages.set(key, etag);
  return pages;
}

/**
 * Newest first, so that no page links on to one that is not there yet; the feed, which leads to all of them, comes after.
 * `listed`: as they were before the manifests were read. Throws PreconditionFailed when one is another by now.
 */
export async function putPages(
  bucket: ObjectStore,
  pages: readonly ArchivePage[],
  listed: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, KnownBytes> | undefined,
): Promise<{ readonly pages: ReadonlyMap<string, KnownBytes>; readonly isChanged: boolean }> {
  const written = new Map<string, KnownBytes>();
  let isChanged = false;
  for (const { key, bytes } of pages.toReversed()) {
    const digest = sha256(bytes);
    const etag = listed.get(key);
    const remembered = known?.get(key);
    const seen = etag === undefined || remembered?.etag === etag ? remembered : await lookAt(bucket, key);
    if (etag !== undefined && seen?.etag === etag && seen.sha256 === digest) {
      written.set(key, seen);
      continue;
    }
    const newEtag = await putXml(bucket, key, bytes, etag === undefined ? undefined : { etag });
    written.set(key, { etag: newEtag, sha256: digest });
    isChanged = true;
  }
  return { pages: written, isChanged };
}
