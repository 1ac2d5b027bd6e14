/** Recordings that are in the audio there is, and no longer in the store. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';

/**
 * Audio made anew without them would lose a voice that listeners know, and nobody had asked for that: throws
 * PermanentFailure('tracks-gone') when any of `missing` is heard in the manifest's master. Their states stay as they
 * are, so that the next attempt is refused too.
 */
export function refuseGoneTracks(manifest: Manifest, missing: readonly EpisodeTrack[]): void {
  if (!manifest.master && !manifest.stemsFrom) return;
  const missingKeys = new Set(missing.map(({ key }) => key));
  const gone = manifest.tracks.filter(({ key, state }) => missingKeys.has(key) && isHeard(state));
  if (gone.length === 0) return;
  const speakers = [...new Set(gone.map(({ participantId }) => nameOf(manifest, participantId)))];
  throw new PermanentFailure(
    'tracks-gone',
    `The audio was not made anew: what was recorded of ${speakers.join(', ')} is no longer there ` +
      `(${gone.map(({ key }) => key).join(', ')}), and would be missing from it. The audio there is stays as it is. ` +
      'Put the recording back and try again, or leave that person out.',
  );
}

/** Whether there was anything of it when it was last looked at. */
export const isHeard = (state: EpisodeTrack['state']) => state === 'present' || state === 'incomplete';

function nameOf({ participants }: Manifest, id: EpisodeTrack['participantId']): string {
  return participants.find((participant) => participant.id === id)?.name ?? id;
}
