/** What sounds when in an episode, and how loud: all decisions about a mix, resolved to places and gain curves. Pure data. */
import type { PlacedStretch } from './placed-stretch.ts';
import { STEP_SAMPLES } from './sample-clock.ts';

/** Factors at every step (960 lane samples) from `fromSample` of the lane on; straight lines between. */
interface GainCurve {
  readonly fromSample: number;
  /** One more than there are steps. */
  readonly gains: Float32Array;
}

/** One uninterrupted piece of one lane in the episode. */
export interface Cue {
  /** Which lane: the place of its track in the mix plan. */
  readonly lane: number;
  /** The lane sample that is heard at `start`; between two samples where drift is corrected. */
  readonly source: number;
  /** Lane samples for each episode sample. */
  readonly rate: number;
  /** In episode samples. */
  readonly start: number;
  readonly length: number;
  readonly curve: GainCurve;
  /** Mean square (K-weighted) and peak of every step of the curve, before any gain. */
  readonly energies: Float32Array;
  readonly peaks: Float32Array;
  /** Straight ramps at both ends, where an edit cuts into sound; 0 for none. */
  readonly fadeInSamples: number;
  readonly fadeOutSamples: number;
  readonly left: number;
  readonly right: number;
}

export interface CueSheet {
  readonly durationSamples: number;
  /** 1: every channel of the episode carries the same. */
  readonly channels: 1 | 2;
  /** By start. */
  readonly cues: readonly Cue[];
}

/** A piece of the room that is kept: `length` samples from `roomFrom` on are heard from `episodeFrom` on. */
export interface KeptPiece {
  readonly roomFrom: number;
  readonly length: number;
  readonly episodeFrom: number;
}

export interface CuedTrack {
  readonly lane: number;
  readonly stretches: readonly PlacedStretch[];
  /** For each stretch, one factor more than it has steps. */
  readonly gains: readonly Float32Array[];
  readonly left: number;
  readonly right: number;
}

/** Long enough that a cut in running sound does not click, short enough to take no syllable. */
const JOINT_FADE_SAMPLES = 480;

/** The cues of tracks that lie on the room's clock, after an edit. */
export function cuesOf(tracks: readonly CuedTrack[], pieces: readonly KeptPiece[]): Cue[] {
  return tracks
    .flatMap((track) =>
      track.stretches.flatMap((stretch, index) => {
        const gains = track.gains[index];
        if (gains === undefined) throw new Error(`no gain curve for stretch ${index} of lane ${track.lane}`);
        return pieces.flatMap((piece) => cueOf(track, stretch, gains, piece) ?? []);
      }),
    )
    .sort((a, b) => a.start - b.start || a.lane - b.lane || a.source - b.source);
}

function cueOf(track: CuedTrack, stretch: PlacedStretch, gains: Float32Array, piece: KeptPiece): Cue | undefined {
  const stretchEnd = stretch.roomSample + Math.floor(stretch.sampleCount / stretch.rate);
  const from = Math.max(stretch.roomSample, piece.roomFrom);
  const to = Math.min(stretchEnd, piece.roomFrom + piece.length);
  if (from >= to) return undefined;
  const length = to - from;
  const fade = Math.min(JOINT_FADE_SAMPLES, Math.floor(length / 2));
  return {
    lane: track.lane,
    source: stretch.fromSample + (from - stretch.roomSample) * stretch.rate,
    rate: stretch.rate,
    start: piece.episodeFrom + from - piece.roomFrom,
    length,
    curve: { fromSample: stretch.fromSample, gains },
    energies: stretch.energies,
    peaks: stretch.peaks,
    fadeInSamples: from > stretch.roomSample ? fade : 0,
    fadeOutSamples: to < stretchEnd ? fade : 0,
    left: track.left,
    right: track.right,
  };
}

/** The cues heard anywhere in [from, to) of the episode, without the parts of their curves that are not needed for it. */
export function cuesWithin(sheet: CueSheet, from: number, to: number): Cue[] {
  return sheet.cues
    .filter((cue) => cue.start < to && cue.start + cue.length > from)
    .map((cue) => withoutRest(cue, Math.max(from, cue.start), Math.min(to, cue.start + cue.length)));
}

function withoutRest(cue: Cue, from: number, to: number): Cue {
  const { fromSample, gains } = cue.curve;
  const stepAt = (episodeSample: number) =>
    (cue.source + (episodeSample - cue.start) * cue.rate - fromSample) / STEP_SAMPLES;
  const first = Math.max(0, Math.floor(stepAt(from)) - 1);
  const last = Math.min(gains.length - 1, Math.ceil(stepAt(to)) + 1);
  return {
    ...cue,
    curve: { fromSample: fromSample + first * STEP_SAMPLES, gains: gains.slice(first, last + 1) },
    energies: cue.energies.slice(first, last),
    peaks: cue.peaks.slice(first, last),
  };
}
