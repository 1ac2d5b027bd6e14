/** One gain for each speaker, so that everyone is heard equally loud. Pure arithmetic on measured blocks. */
import type { ParticipantId } from '../domain/ids.ts';
import type { Track } from '../domain/room.ts';
import { integratedLufs, loudnessSpreadLu } from './loudness-gating.ts';

/** Where every voice is brought, measured on one channel. Played music is usually near it, and is not touched. */
export const SPEECH_LEVEL_LUFS = -19;
const MAX_GAIN_DB = 30;
/** Steady sound as quiet as this is the hiss of an open microphone, not a voice: it is not brought up. */
const HISS_LUFS = -50;
const HISS_SPREAD_LU = 3;

export interface LevelledTrack {
  readonly participantId: ParticipantId;
  readonly kind: Track['kind'];
  /** Loudness of each 400 ms block of the track as one channel, in LUFS. */
  readonly blocksLufs: readonly number[];
}

export interface SpeakerLevel {
  readonly participantId: ParticipantId;
  /** Gated over all of the speaker's speech tracks; null when silent. */
  readonly inputLufs: number | null;
  readonly gainDb: number;
}

/** Brings a voice of this loudness to the common level, by at most ±30 dB. Silence is left alone. */
function speakerGainDb(inputLufs: number | null, spreadLu: number): number {
  if (inputLufs === null) return 0;
  if (inputLufs < HISS_LUFS && spreadLu < HISS_SPREAD_LU) return 0;
  return Math.min(MAX_GAIN_DB, Math.max(-MAX_GAIN_DB, SPEECH_LEVEL_LUFS - inputLufs));
}

/** One level for each participant with a track, in the order they first appear. */
export function levelSpeakers(tracks: readonly LevelledTrack[]): SpeakerLevel[] {
  const blocksOf = new Map<ParticipantId, number[]>();
  for (const track of tracks) {
    const blocks = blocksOf.get(track.participantId) ?? [];
    if (track.kind === 'speech') for (const lufs of track.blocksLufs) blocks.push(lufs);
    blocksOf.set(track.participantId, blocks);
  }
  return [...blocksOf].map(([participantId, blocks]) => {
    const inputLufs = integratedLufs(blocks);
    return {
      participantId,
      inputLufs,
      gainDb: speakerGainDb(inputLufs, loudnessSpreadLu(blocks)),
    };
  });
}

/** Music is mixed as it is; speech with its speaker's gain. */
export function trackGainDb(track: Pick<LevelledTrack, 'participantId' | 'kind'>, levels: readonly SpeakerLevel[]) {
  if (track.kind === 'music') return 0;
  return levels.find((level) => level.participantId === track.participantId)?.gainDb ?? 0;
}
