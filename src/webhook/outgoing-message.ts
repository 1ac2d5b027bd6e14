/** The body of a webhook that we send (interfaces.md, "Out"): from what was written down when it happened. Pure. */
import type { Manifest, OutgoingMessage } from '../domain/episode.ts';
import { namedAudio } from '../feed/feed-audio.ts';

type EpisodeIds = Pick<Manifest, 'showId' | 'roomId' | 'id' | 'guid' | 'status'>;

/** The same bytes at every try. `publicUrl`: what the show's links begin with. */
export function messageBody(episode: EpisodeIds, message: OutgoingMessage, publicUrl: string): string {
  const audio = namedAudio(message, publicUrl);
  const { integratedLufs = null, truePeakDbtp = null } = message.audio ?? {};
  return JSON.stringify({
    type: message.type,
    timestamp: message.since,
    data: {
      showId: episode.showId,
      roomId: episode.roomId,
      episodeId: episode.id,
      guid: episode.guid,
      status: message.status ?? episode.status,
      ...(audio ? { audio: { ...audio, integratedLufs, truePeakDbtp } } : {}),
      ...(message.failure ? { failure: message.failure } : {}),
    },
  });
}
