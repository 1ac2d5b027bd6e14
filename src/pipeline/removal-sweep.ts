/** Goes on with what is owed to those who left: sweep's part, which also removes their recordings. */
import type { Manifest } from '../domain/episode.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { digestsOf, forgetHearings } from './heard-recordings.ts';
import { carryOutRemoval, changeRemoval, removalDue, removeStandIns } from './leave-episode.ts';
import { readManifest } from './manifests.ts';
import type { TrackUsers } from './track-users.ts';

export interface RemovalSweepDependencies extends FeedDependencies {
  /** False: the track store is somebody else's, and nothing in it is ever removed. */
  readonly ownsTracks: boolean;
  readonly purgeUrl?: string | undefined;
}

export class RemovalSweep {
  readonly #dependencies: RemovalSweepDependencies;
  readonly #users: TrackUsers;

  constructor(dependencies: RemovalSweepDependencies, users: TrackUsers) {
    this.#dependencies = dependencies;
    this.#users = users;
  }

  /** The manifest as it is afterwards. */
  async goOn(manifest: Manifest, signal: AbortSignal | undefined): Promise<Manifest> {
    const { bucket, clock } = this.#dependencies;
    await removeStandIns(manifest, bucket);
    if (!manifest.removal) return manifest;
    if (removalDue(manifest, clock.now())) {
      await deriveFeed(manifest.showId, this.#dependencies);
      await carryOutRemoval(manifest, this.#dependencies);
    }
    const latest = (await readManifest(bucket, manifest.showId, manifest.id))?.value ?? manifest;
    if (!latest.removal || latest.removal.trackKeys.length === 0) return latest;
    await this.#removeRecordings(latest, latest.removal.trackKeys, signal);
    return (await readManifest(bucket, manifest.showId, manifest.id))?.value ?? latest;
  }

  /** Not those that another episode is made of as well: that one has them from the platform too, and by its own right. */
  async #removeRecordings(manifest: Manifest, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    const { bucket, trackStore, ownsTracks } = this.#dependencies;
    // While they can still be read: under its digest lies what was heard in one.
    const digests = await digestsOf(trackStore, manifest.removal?.unheardKeys ?? [], signal);
    await forgetHearings(bucket, digests);
    if (ownsTracks) {
      await this.#users.refresh(signal);
      if (signal?.aborted) return;
      for (const key of keys) if (!this.#users.isUsed(key, manifest.id)) await trackStore.delete(key);
    }
    await changeRemoval(manifest, bucket, (now, { unheardKeys: _, ...owed }) => {
      const recordings = [...new Set([...owed.recordings, ...digests])];
      return { ...now, removal: { ...owed, recordings, trackKeys: [] } };
    });
  }
}
