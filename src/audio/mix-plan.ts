/** The resolved mix plan: everything that decides how a master sounds, as frozen data, and the key made from it. */
import canonicalize from 'canonicalize';
import { type EpisodeId, type ParticipantId, type Sha256, sha256 } from '../domain/ids.ts';
import type { Track } from '../domain/room.ts';
import type { LoudnessTarget } from '../domain/show.ts';
import type { EpisodeWindow } from './timeline.ts';

/** Raise it whenever the same plan would come out sounding otherwise: every render key changes with it. */
const RECIPE_VERSION = 1;

const MASTER_BITRATE_KBPS = 96;

export interface PlannedTrack {
  readonly participantId: ParticipantId;
  readonly kind: Track['kind'];
  readonly sha256: Sha256;
  readonly startOffsetSamples: number;
}

/** Gains and loudness are not in here: they follow from the tracks. */
export interface MixPlan {
  readonly recipe: number;
  readonly durationSamples: number;
  readonly tracks: readonly PlannedTrack[];
  readonly target: LoudnessTarget;
  readonly output: {
    readonly codec: 'mp3';
    readonly channels: 2;
    readonly bitrateKbps: number;
  };
}

const orderOf = (track: PlannedTrack) =>
  JSON.stringify([track.participantId, String(track.startOffsetSamples + 1e12), track.sha256, track.kind]);

/** The order in which tracks are named, or arrived, changes nothing: they are sorted here, once, for key and mix alike. */
export function mixPlan<T extends PlannedTrack>(
  episode: EpisodeWindow,
  tracks: readonly T[],
  target: LoudnessTarget,
): Omit<MixPlan, 'tracks'> & { readonly tracks: readonly T[] } {
  const sorted = tracks.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return Object.freeze({
    recipe: RECIPE_VERSION,
    durationSamples: episode.durationSamples,
    tracks: Object.freeze(sorted),
    target,
    output: {
      codec: 'mp3',
      channels: 2,
      bitrateKbps: MASTER_BITRATE_KBPS,
    } as const,
  });
}

/**
 * Names the master: the same work with the same ffmpeg has the same key, so it is never done twice. For one episode:
 * what is erased with it must not be another's, though the recordings be the same.
 */
export function renderKeyOf(plan: MixPlan, ffmpegIdentity: string, episode: EpisodeId): Sha256 {
  const tracks = plan.tracks.map(({ participantId, kind, sha256: digest, startOffsetSamples }) => ({
    participantId,
    kind,
    sha256: digest,
    startOffsetSamples,
  }));
  const text = canonicalize({
    episode,
    plan: { ...plan, tracks },
    ffmpeg: sha256(ffmpegIdentity),
  });
  if (text === undefined) throw new Error('a mix plan must be plain data');
  return sha256(text);
}
