/** Intro, outro and bed: brought to the voices' loudness, cross-faded with the conversation, the bed ducked under it. Pure. */
import { decibelsToFactor } from '../domain/loudness.ts';
import type { Cue } from './cue-sheet.ts';
import { SAMPLE_RATE_HZ, type SampleRange, STEP_SAMPLES } from './sample-clock.ts';
import { SPEECH_LEVEL_LUFS } from './speaker-level.ts';
import type { TrackHearing } from './track-hearing.ts';

interface Jingle {
  readonly lane: number;
  readonly hearing: TrackHearing;
}

export interface Jingles {
  readonly intro?: Jingle | undefined;
  readonly outro?: Jingle | undefined;
  readonly bed?: Jingle | undefined;
}

export interface JingleTimes {
  /** How much of the intro is heard before the room begins, and of the outro after its end. */
  readonly leadInSamples: number;
  readonly tailSamples: number;
}

/** Intro and room, room and outro, and the bed and itself overlap for so long. */
const CROSSFADE_SAMPLES = 1.5 * SAMPLE_RATE_HZ;
/** The bed lies so far below the voices where nobody talks, and where somebody does. */
const BED_ALONE_LU = 15;
const BED_DUCKED_LU = 25;
/** It goes down this long before a voice, and comes up again as slowly after it. */
const DUCK_SAMPLES = 0.8 * SAMPLE_RATE_HZ;

/** As a passport names them. */
export const JINGLE_SETTINGS = {
  'jingles.crossfadeSeconds': CROSSFADE_SAMPLES / SAMPLE_RATE_HZ,
  'bed.belowVoicesLu': BED_ALONE_LU,
  'bed.duckedLu': BED_DUCKED_LU,
  'bed.duckSeconds': DUCK_SAMPLES / SAMPLE_RATE_HZ,
};

export function jingleTimes({ intro, outro }: Jingles): JingleTimes {
  const beyond = (jingle: Jingle | undefined) =>
    Math.max(0, Math.round((jingle?.hearing.decodedSamples ?? 0) - CROSSFADE_SAMPLES));
  return { leadInSamples: beyond(intro), tailSamples: beyond(outro) };
}

/** `talk`: where anybody is heard, in episode samples, ascending and disjoint. */
export function jingleCues(jingles: Jingles, durationSamples: number, talk: readonly SampleRange[]): Cue[] {
  const { intro, outro, bed } = jingles;
  const cues: Cue[] = [];
  if (intro) {
    const length = Math.min(intro.hearing.decodedSamples, durationSamples);
    cues.push(...laneCues(intro, 0, length, (at) => ramp((length - at) / CROSSFADE_SAMPLES)));
  }
  if (outro) {
    const from = Math.max(0, durationSamples - outro.hearing.decodedSamples);
    cues.push(...laneCues(outro, from, durationSamples, (at) => ramp((at - from) / CROSSFADE_SAMPLES)));
  }
  if (bed) cues.push(...bedCues(bed, jingles, durationSamples, talk));
  return cues;
}

function bedCues(bed: Jingle, jingles: Jingles, durationSamples: number, talk: readonly SampleRange[]): Cue[] {
  const { leadInSamples, tailSamples } = jingleTimes(jingles);
  const [begin, end] = [leadInSamples, durationSamples - tailSamples];
  const length = bed.hearing.decodedSamples;
  if (length <= 2 * CROSSFADE_SAMPLES) return [];
  const ducking = duckingOf(talk);
  const cues: Cue[] = [];
  for (let from = begin; from < end; from += length - CROSSFADE_SAMPLES) {
    const to = Math.min(end, from + length);
    cues.push(
      ...laneCues(bed, from, to, (at) => {
        // Its end and its beginning are two sounds: their powers, not their values, must add up to one all the while.
        const faded = Math.sqrt(ramp((at - from) / CROSSFADE_SAMPLES) * ramp((to - at) / CROSSFADE_SAMPLES));
        return faded * decibelsToFactor(-BED_ALONE_LU - (BED_DUCKED_LU - BED_ALONE_LU) * ducking(at));
      }),
    );
  }
  return cues;
}

/** From 0, nobody near, to 1, somebody talks. To be asked for ascending instants only. */
function duckingOf(talk: readonly SampleRange[]): (at: number) => number {
  let next = 0;
  let last = 0;
  return (at) => {
    // Each loop of the bed begins before the one before has ended.
    if (at < last) next = 0;
    last = at;
    while ((talk[next]?.toSample ?? Number.POSITIVE_INFINITY) + DUCK_SAMPLES <= at) next += 1;
    let most = 0;
    for (let index = next; index < talk.length; index += 1) {
      const range = talk[index];
      if (range === undefined || range.fromSample - DUCK_SAMPLES > at) break;
      const distance = Math.max(range.fromSample - at, at - range.toSample, 0);
      most = Math.max(most, 1 - distance / DUCK_SAMPLES);
    }
    return ramp(most);
  };
}

/** A soft way from 0 to 1. */
function ramp(share: number): number {
  const within = Math.min(1, Math.max(0, share));
  return 0.5 - 0.5 * Math.cos(Math.PI * within);
}

/** What is kept of a jingle that begins at `from` and is heard up to `to`, as loud as a voice times `gainAt`. */
function laneCues(jingle: Jingle, from: number, to: number, gainAt: (episodeSample: number) => number): Cue[] {
  const { kept, speechLufs } = jingle.hearing;
  const level = speechLufs === null ? 1 : decibelsToFactor(SPEECH_LEVEL_LUFS - speechLufs);
  return kept.flatMap(({ firstStep, stepCount, energies, peaks }) => {
    const fromSample = firstStep * STEP_SAMPLES;
    const start = from + fromSample;
    const length = Math.min(stepCount * STEP_SAMPLES, to - start);
    if (length <= 0) return [];
    return [
      {
        ...{ lane: jingle.lane, source: fromSample, rate: 1, start, length, fadeInSamples: 0, fadeOutSamples: 0 },
        curve: {
          fromSample,
          gains: Float32Array.from({ length: stepCount + 1 }, (_, step) => level * gainAt(start + step * STEP_SAMPLES)),
        },
        ...{ energies, peaks, left: 1, right: 1 },
      },
    ];
  });
}
