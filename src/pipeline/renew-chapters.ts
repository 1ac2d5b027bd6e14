/** After a show's address changed: what JSON chapters say of their pictures' addresses has to be written anew. */
import type { Manifest } from '../domain/episode.ts';
import { changed } from '../domain/episode-life.ts';
import type { ShowId } from '../domain/ids.ts';
import { changeAndMark, readManifests } from './manifests.ts';
import type { Clock, ObjectStore } from './ports.ts';

const hasPictures = (manifest: Manifest) => manifest.status === 'published' && manifest.chapterImages !== undefined;

/** Sweep has their public files made anew; everything else that a feed names follows from its own address. */
export async function renewPicturedChapters(
  showId: ShowId,
  { bucket, clock }: { readonly bucket: ObjectStore; readonly clock: Clock },
): Promise<void> {
  for (const manifest of (await readManifests(bucket, showId)).filter(hasPictures)) {
    await changeAndMark(bucket, manifest, (now) =>
      hasPictures(now)
        ? changed(now, clock.now(), 'operator', 'the show’s address changed', {
            publishRequest: now.publishRequest + 1,
          })
        : undefined,
    );
  }
}
