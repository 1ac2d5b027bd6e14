/** A render that failed for good, with what it had found out about the tracks by then: the creator should see which is at fault. */
import type { EpisodeTrack } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';

export class RenderFailure extends PermanentFailure {
  /** All of the manifest's, those that were assessed with their new states. */
  readonly tracks: readonly EpisodeTrack[];
  constructor(failure: PermanentFailure, tracks: readonly EpisodeTrack[]) {
    super(failure.code, failure.message, { cause: failure.cause });
    this.tracks = tracks;
  }
}
