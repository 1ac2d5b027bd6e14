/** Reading and replacing a show's catalogue. It may be lost or spoilt at any time: then the manifests are read again. */
import { PassingFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { type Catalogue, decodeCatalogue, encodeCatalogue } from '../feed/catalogue.ts';
import { catalogueKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { backOff, readBytes } from './records.ts';

/** Of a show with some hundred thousand episodes. */
const MAX_CATALOGUE_BYTES = 480 * 1024 ** 2;
const MAX_TRIES = 10;

export interface FoundCatalogue {
  /** Of whatever is in its place. */
  readonly etag?: string;
  readonly known?: Catalogue;
}

export async function readCatalogue(bucket: ObjectStore, showId: ShowId): Promise<FoundCatalogue> {
  const object = await readBytes(bucket, catalogueKey(showId), MAX_CATALOGUE_BYTES);
  if (!object) return {};
  const known = decodeCatalogue(object.bytes);
  return { etag: object.etag, ...(known ? { known } : {}) };
}

/**
 * Written onto what was read, or onto what came since from somebody who knew less: who was slow must not bring back
 * names and words that have left the show.
 */
export async function keepCatalogue(
  bucket: ObjectStore,
  showId: ShowId,
  next: Catalogue,
  found: FoundCatalogue,
): Promise<void> {
  const bytes = encodeCatalogue(next);
  let { etag } = found;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      const condition = etag === undefined ? ({ absent: true } as const) : { etag };
      await bucket.put(catalogueKey(showId), bytes, { contentType: 'application/json', condition });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
    await backOff(tries);
    const other = await readCatalogue(bucket, showId);
    if (other.known && other.known.feed.generation >= next.feed.generation) return;
    etag = other.etag;
  }
  throw new PassingFailure('contention', `${catalogueKey(showId)} was changed by others ${MAX_TRIES} times in a row`);
}
