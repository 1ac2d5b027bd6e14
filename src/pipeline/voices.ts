/** A voice is all that one participant says, or all that they play: several tracks may carry one. */
import type { EpisodeTrack } from '../domain/episode.ts';

type Voice = Pick<EpisodeTrack, 'participantId' | 'kind'>;

/** The same for all tracks of one voice, and for no other's. */
export const voiceOf = ({ participantId, kind }: Voice): string => JSON.stringify([participantId, kind]);

/** The tracks of each voice, voices and tracks in the order in which they first appear. */
export function byVoice<T extends { readonly planned: Voice }>(
  tracks: readonly T[],
): (Voice & { readonly tracks: readonly T[] })[] {
  const voices = new Map<string, Voice & { readonly tracks: T[] }>();
  for (const track of tracks) {
    const { participantId, kind } = track.planned;
    const known = voices.get(voiceOf(track.planned));
    if (known) known.tracks.push(track);
    else voices.set(voiceOf(track.planned), { participantId, kind, tracks: [track] });
  }
  return [...voices.values()];
}
