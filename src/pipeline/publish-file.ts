/** Puts one public file into the store, and makes sure that it is there. */
import type { PublicFile } from '../domain/episode.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { ObjectStore, PutBody } from './ports.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Uploads, then asks the store what it has: a feed never names what is not there. */
export async function publishFile(
  bucket: ObjectStore,
  key: string,
  body: PutBody,
  contentType: string,
  lengthBytes: number,
  signal: AbortSignal,
): Promise<PublicFile> {
  const there = await bucket.head(key, signal);
  if (there?.lengthBytes !== lengthBytes || there.contentType !== contentType) {
    await bucket.put(key, body, { contentType, cacheControl: IMMUTABLE, signal });
    const stored = await bucket.head(key, signal);
    if (!stored) throw new PassingFailure('store-inconsistent', `${key} was stored but is not there`);
    if (stored.lengthBytes !== lengthBytes || stored.contentType !== contentType) {
      throw new PermanentFailure(
        'store-unsafe',
        `the store keeps ${key} with ${stored.lengthBytes} bytes as ${stored.contentType}, not ${lengthBytes} as ${contentType}`,
      );
    }
  }
  return { key, contentType, lengthBytes };
}
