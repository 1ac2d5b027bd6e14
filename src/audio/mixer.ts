/** Adds cues up to sound. Pure arithmetic on samples: the same sheet gives the same samples, in whatever pieces it is asked for. */
import type { Cue } from './cue-sheet.ts';
import { INTERPOLATION_MARGIN_SAMPLES, interpolate } from './fractional-delay.ts';
import { STEP_SAMPLES } from './sample-clock.ts';

/** `count` decoded samples of a lane from `fromSample` on; zeros where nothing was kept. Valid until the next call. */
export type ReadLane = (lane: number, fromSample: number, count: number) => Float32Array;

/**
 * Adds what sounds in [from, from + length) of the episode to `channels` (one or two, each `length` samples long).
 * With one channel, places (left and right) are left aside.
 */
export function mixInto(
  channels: readonly Float32Array[],
  from: number,
  cues: readonly Cue[],
  gain: number,
  read: ReadLane,
): void {
  const length = channels[0]?.length ?? 0;
  for (const cue of cues) {
    const begin = Math.max(from, cue.start);
    const end = Math.min(from + length, cue.start + cue.length);
    if (begin < end) addCue(channels, from, cue, begin, end, gain, read);
  }
}

function addCue(
  channels: readonly Float32Array[],
  from: number,
  cue: Cue,
  begin: number,
  end: number,
  gain: number,
  read: ReadLane,
): void {
  const sound = soundOf(cue, begin, end, read);
  const [first, second] = channels;
  if (first === undefined) return;
  const stereo = second !== undefined;
  const left = gain * (stereo ? cue.left : 1);
  const right = gain * cue.right;
  let at = begin;
  while (at < end) {
    // From corner to corner, wherever this piece of the mix begins or ends: every piece hears the same lines.
    const [corner, next] = cornersAround(cue, at);
    const until = Math.min(end, next);
    const atCorner = factorAt(cue, corner);
    const slope = (factorAt(cue, next) - atCorner) / (next - corner);
    const factor = atCorner + slope * (at - corner);
    if (factor !== 0 || slope !== 0) {
      add(first, at - from, sound, at - begin, until - at, factor * left, slope * left);
      if (stereo) add(second, at - from, sound, at - begin, until - at, factor * right, slope * right);
    }
    at = until;
  }
}

function add(
  target: Float32Array,
  targetFrom: number,
  sound: Float32Array,
  soundFrom: number,
  count: number,
  factor: number,
  slope: number,
): void {
  for (let n = 0; n < count; n += 1) {
    target[targetFrom + n] = (target[targetFrom + n] ?? 0) + (sound[soundFrom + n] ?? 0) * (factor + slope * n);
  }
}

function soundOf(cue: Cue, begin: number, end: number, read: ReadLane): Float32Array {
  const source = cue.source + (begin - cue.start) * cue.rate;
  if (cue.rate === 1 && Number.isInteger(source)) return read(cue.lane, source, end - begin);
  const first = Math.floor(source) - INTERPOLATION_MARGIN_SAMPLES;
  const count = Math.ceil((end - begin) * cue.rate) + 2 * INTERPOLATION_MARGIN_SAMPLES + 2;
  return interpolate(read(cue.lane, first, count), source - first, cue.rate, end - begin);
}

/** Where in the lane the cue is at an episode sample, in steps of its gain curve. */
function stepAt(cue: Cue, at: number): number {
  return (cue.source + (at - cue.start) * cue.rate - cue.curve.fromSample) / STEP_SAMPLES;
}

/** The last episode sample up to `at`, and the first after it, at which the gain may turn. */
function cornersAround(cue: Cue, at: number): [number, number] {
  const step = Math.floor(stepAt(cue, at) + 1e-9);
  let [before, next] = [Math.min(at, gridSample(cue, step)), Math.max(at + 1, gridSample(cue, step + 1))];
  const end = cue.start + cue.length;
  for (const corner of [cue.start, cue.start + cue.fadeInSamples, end - cue.fadeOutSamples, end]) {
    if (corner <= at) before = Math.max(before, corner);
    else next = Math.min(next, corner);
  }
  return [before, next];
}

/** The first episode sample that is not before a step of the gain curve. */
function gridSample(cue: Cue, step: number): number {
  const laneSample = cue.curve.fromSample + step * STEP_SAMPLES;
  return cue.start + Math.ceil((laneSample - cue.source) / cue.rate - 1e-9);
}

/** The gain of the cue at an episode sample: its curve, and the ramps at its ends. */
export function factorAt(cue: Cue, at: number): number {
  const { gains } = cue.curve;
  const step = Math.max(0, Math.min(gains.length - 1, stepAt(cue, at)));
  const low = Math.min(Math.floor(step), Math.max(0, gains.length - 2));
  const share = step - low;
  const value = (gains[low] ?? 0) * (1 - share) + (gains[low + 1] ?? gains[low] ?? 0) * share;
  const since = at - cue.start;
  const left = cue.length - since;
  const rampIn = since < cue.fadeInSamples ? since / cue.fadeInSamples : 1;
  const rampOut = left < cue.fadeOutSamples ? left / cue.fadeOutSamples : 1;
  return value * rampIn * rampOut;
}
