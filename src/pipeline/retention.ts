/** Removes one class of what is stored of an episode. Each can be done again. */
import type { Manifest } from '../domain/episode.ts';
import { renderPrefix, stemIndexKey } from '../storage/object-keys.ts';
import { forgetIntake } from './erase.ts';
import { forgetHearings } from './heard-recordings.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { listAll } from './records.ts';

/**
 * The recordings, and what was heard in them. False, and nothing is removed, where no stems would stand in for them in
 * an edit: unless those are due too. What `isNeeded` by another episode stays until that one's time is over.
 */
export async function retireTracks(
  { master, tracks }: Manifest,
  isNeeded: (key: string) => boolean,
  areStemsDue: boolean,
  { bucket, trackStore }: { readonly bucket: ObjectStore; readonly trackStore: ObjectStore },
): Promise<boolean> {
  if (master && !areStemsDue && !(await bucket.head(stemIndexKey(master.renderKey)))) return false;
  for (const { key } of tracks) if (!isNeeded(key)) await trackStore.delete(key);
  const recordings = tracks.flatMap(({ heardSha256, sha256 }) => [heardSha256, sha256]);
  await forgetHearings(
    bucket,
    recordings.filter((digest) => digest !== undefined),
  );
  return true;
}

/** Of a published episode its report, peaks and turns stay: there is no voice in them. */
export async function retireStemsAndMasters(manifest: Manifest, bucket: ObjectStore): Promise<boolean> {
  const isSmall = (key: string) => /\/(report|peaks|turns)\.json$/.test(key);
  for (const renderKey of manifest.renderKeys) {
    // The index first: nobody should look for stems that are not there.
    await bucket.delete(stemIndexKey(renderKey));
    for await (const { key } of listAll(bucket, renderPrefix(renderKey))) {
      if (manifest.status !== 'published' || !isSmall(key)) await bucket.delete(key);
    }
  }
  return true;
}

export async function retireIntake(
  manifest: Manifest,
  dependencies: { readonly bucket: ObjectStore; readonly clock: Clock },
): Promise<boolean> {
  await forgetIntake(manifest, dependencies, 'retention');
  return true;
}
