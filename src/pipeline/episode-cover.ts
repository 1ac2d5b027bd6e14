/** Which picture an episode has as its cover. */
import type { Manifest } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import type { Show } from '../domain/show.ts';
import type { CoverMaker, ObjectStore } from './ports.ts';
import { readBytes, readPicture } from './records.ts';

export interface CoverDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly makeCover: CoverMaker;
}

/** The room's own artwork, else the show's. A picture that cannot be used is worth a warning, never an episode. */
export async function episodeCover(
  manifest: Manifest,
  show: Show,
  { bucket, trackStore, makeCover }: CoverDependencies,
) {
  const fallback = { title: show.title, seed: show.id };
  const given = manifest.artworkKey ? await readPicture(trackStore, manifest.artworkKey) : undefined;
  const warnings: Notice[] = [];
  if (typeof given === 'string') {
    const why = given === 'missing' ? 'was not there' : 'is too large to be a picture';
    warnings.push({
      code: `artwork-${given}`,
      message: `The artwork ${manifest.artworkKey} ${why}; the show's cover is used.`,
    });
  } else if (given) {
    const cover = await makeCover(given, fallback);
    if (!cover.generated) return { jpeg: cover.jpeg, warnings: cover.warnings };
    warnings.push(...cover.warnings);
  }
  const own = show.cover ? await readBytes(bucket, show.cover.key) : undefined;
  return own ? { jpeg: own.bytes, warnings } : { jpeg: (await makeCover(undefined, fallback)).jpeg, warnings };
}
