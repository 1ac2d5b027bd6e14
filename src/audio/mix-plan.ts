/** The resolved mix plan: everything that decides how a master sounds, as frozen data, and the key made from it. */
import canonicalize from 'canonicalize';
import { type EpisodeId, type ParticipantId, type Sha256, sha256 } from '../domain/ids.ts';
import type { EditList, Track } from '../domain/room.ts';
import type { LoudnessTarget, SoundSettings } from '../domain/show.ts';

/** Raise it whenever the same plan would come out sounding otherwise: every render key changes with it. */
const RECIPE_VERSION = 2;

export interface PlannedTrack {
  readonly participantId: ParticipantId;
  readonly kind: Track['kind'];
  readonly isHost: boolean;
  readonly sha256: Sha256;
  /** After the room's start; negative when recorded before it. */
  readonly startOffsetSamples: number;
  /** Decoded samples for each sample of the room. */
  readonly rate: number;
}

interface PlannedJingle {
  readonly place: 'intro' | 'outro' | 'bed';
  readonly sha256: Sha256;
}

/** Gains and loudness are not in here: they follow from the tracks. */
export interface MixPlan<T extends PlannedTrack = PlannedTrack> {
  readonly recipe: number;
  readonly roomDurationSamples: number;
  readonly tracks: readonly T[];
  readonly jingles: readonly PlannedJingle[];
  readonly edit: { readonly trimStartSeconds: number; readonly trimEndSeconds: number };
  readonly target: LoudnessTarget;
  readonly sound: SoundSettings;
}

export interface Planning<T extends PlannedTrack> {
  readonly roomDurationSamples: number;
  readonly tracks: readonly T[];
  readonly jingles: readonly PlannedJingle[];
  readonly edit: EditList;
  readonly target: LoudnessTarget;
  readonly sound: SoundSettings;
}

const orderOf = (track: PlannedTrack) =>
  JSON.stringify([track.participantId, String(track.startOffsetSamples + 1e12), track.sha256, track.kind]);

/** The order in which tracks are named, or arrived, changes nothing: they are sorted here, once, for key and mix alike. */
export function mixPlan<T extends PlannedTrack>({ edit, sound, ...planning }: Planning<T>): MixPlan<T> {
  return Object.freeze({
    ...planning,
    recipe: RECIPE_VERSION,
    tracks: Object.freeze(planning.tracks.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))),
    edit: { trimStartSeconds: edit.trimStartSeconds ?? 0, trimEndSeconds: edit.trimEndSeconds ?? 0 },
    // An episode's own edit overrules its show.
    sound: { ...sound, shortenSilences: edit.shortenSilences ?? sound.shortenSilences },
  });
}

/**
 * Names the master: the same work with the same ffmpeg has the same key, so it is never done twice. For one episode:
 * what is erased with it must not be another's, though the recordings be the same. And for as many people as have left
 * it: what was made before a departure is removed, and must not be what is made after it.
 */
export function renderKeyOf(plan: MixPlan, ffmpegIdentity: string, episode: EpisodeId, departures = 0): Sha256 {
  const tracks = plan.tracks.map(({ participantId, kind, isHost, sha256: digest, startOffsetSamples, rate }) => ({
    participantId,
    kind,
    isHost,
    sha256: digest,
    startOffsetSamples,
    rate,
  }));
  // What is in a jingle counts, not what it is called.
  const { introKey: _intro, outroKey: _outro, bedKey: _bed, ...sound } = plan.sound;
  const text = canonicalize({
    ...{ episode, plan: { ...plan, tracks, sound }, ffmpeg: sha256(ffmpegIdentity) },
    ...(departures > 0 ? { departures } : {}),
  });
  if (text === undefined) throw new Error('a mix plan must be plain data');
  return sha256(text);
}
