/** What lies in an episode's public folder: one listing instead of a look at every file. */
import type { PublicFile } from '../domain/episode.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { EpisodeId, ShowId } from '../domain/ids.ts';
import { episodeFilesPrefix, type Visibility } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { listAll } from './records.ts';

/** Lengths in bytes by key. */
export type PublicFolder = ReadonlyMap<string, number>;

export async function listPublicFolder(
  bucket: ObjectStore,
  showId: ShowId,
  episodeId: EpisodeId,
  visibility: Visibility = 'public',
): Promise<PublicFolder> {
  const lengths = new Map<string, number>();
  for await (const { key, lengthBytes } of listAll(bucket, episodeFilesPrefix(showId, episodeId, visibility))) {
    lengths.set(key, lengthBytes);
  }
  return lengths;
}

/** A feed never names what is not there, or not whole. Throws PassingFailure, or PermanentFailure('store-unsafe'). */
export function checkFolder(folder: PublicFolder, files: readonly PublicFile[]): void {
  for (const { key, lengthBytes } of files) {
    const storedBytes = folder.get(key);
    if (storedBytes === undefined) {
      throw new PassingFailure('store-inconsistent', `${key} was stored but is not there`);
    }
    if (storedBytes !== lengthBytes) {
      throw new PermanentFailure(
        'store-unsafe',
        `the store keeps ${key} with ${storedBytes} bytes, not ${lengthBytes}`,
      );
    }
  }
}
