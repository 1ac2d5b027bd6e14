/** Tracks that may still come after an episode was made, or failed, without them. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import { isSettled } from '../domain/episode-life.ts';
import type { ObjectStore } from './ports.ts';

/** Counted from the deadline: what is a day late by then does not come. */
const PATIENCE_MS = 24 * 3600 * 1000;
/** What other recordings could mend; whatever else failed would only fail again. */
const MENDED_BY_TRACKS: ReadonlySet<string> = new Set(['tracks-missing', 'no-usable-track']);

const isMissing = ({ state }: EpisodeTrack) => state === 'expected' || state === 'incomplete';

export function awaitsLateTracks(manifest: Manifest, now: Date): boolean {
  if (!isSettled(manifest) || manifest.status === 'erased') return false;
  if (manifest.failure && !MENDED_BY_TRACKS.has(manifest.failure.code)) return false;
  const since = Math.max(Date.parse(manifest.tracksDeadlineAt), Date.parse(manifest.createdAt));
  return now.getTime() - since < PATIENCE_MS && manifest.tracks.some(isMissing);
}

/** Knows from one look to the next which bytes of an incomplete track were there, whatever the clocks of others say. */
export class LateTracks {
  readonly #trackStore: ObjectStore;
  readonly #seen = new Map<string, string>();

  constructor(trackStore: ObjectStore) {
    this.#trackStore = trackStore;
  }

  /** Whether a missing track is there now, or an incomplete one has other bytes than when it was first looked at. */
  async haveCome(manifest: Manifest): Promise<boolean> {
    for (const track of manifest.tracks.filter(isMissing)) {
      const object = await this.#trackStore.head(track.key);
      if (!object) continue;
      if (track.state === 'expected' || this.#isOther(manifest, track, object)) return true;
    }
    return false;
  }

  #isOther(manifest: Manifest, track: EpisodeTrack, object: { etag: string; lastModified: Date }): boolean {
    const name = `${manifest.id} ${manifest.renderRequest} ${track.key}`;
    const before = this.#seen.get(name);
    this.#seen.set(name, object.etag);
    if (before !== undefined) return before !== object.etag;
    return object.lastModified.getTime() > Date.parse(manifest.updatedAt);
  }

  /** Call for rooms that nothing is awaited for any more. */
  forget(manifest: Manifest): void {
    for (const name of this.#seen.keys()) if (name.startsWith(`${manifest.id} `)) this.#seen.delete(name);
  }
}
