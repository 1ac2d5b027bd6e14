/** The lane format: kept steps of one track back to back, 16 bits a sample under one scale a step. */
import { STEP_SAMPLES, type StepRange } from './sample-clock.ts';

const SCALE_BYTES = 4;
const FULL_SCALE = 32_767;

/** A step is its float32 scale and 960 int16, little-endian: block floating point, 96 dB below the step's own peak. */
export const STEP_BYTES = SCALE_BYTES + 2 * STEP_SAMPLES;

/**
 * Packs 960 finite samples, which may exceed full scale, into STEP_BYTES of `into` from `at` on.
 * Silence stays exact zeros. The error of a sample is at most 1/65534 of the step's peak.
 */
export function packStep(samples: Float32Array, into: Uint8Array, at: number): void {
  const peak = highest(samples);
  const scale = Math.fround(peak / FULL_SCALE);
  // A peak too small for a float32 scale is silence too.
  if (scale === 0) {
    into.fill(0, at, at + STEP_BYTES);
    return;
  }
  const view = new DataView(into.buffer, into.byteOffset + at, STEP_BYTES);
  view.setFloat32(0, scale, true);
  const factor = FULL_SCALE / peak;
  for (let n = 0; n < STEP_SAMPLES; n += 1) {
    // Rounds half up, far faster than Math.round: what is cut off is positive.
    const rounded = (((samples[n] ?? 0) * factor + (FULL_SCALE + 0.5)) | 0) - FULL_SCALE;
    view.setInt16(SCALE_BYTES + 2 * n, rounded, true);
  }
}

function highest(samples: Float32Array): number {
  let peak = 0;
  for (let n = 0; n < STEP_SAMPLES; n += 1) {
    const size = Math.abs(samples[n] ?? 0);
    if (size > peak) peak = size;
  }
  return peak;
}

/**
 * Unpacks the whole steps in `bytes` so that their first sample lands at `into[intoOffset]`.
 * What falls before or behind `into` is left out, so `intoOffset` may be negative: see LaneIndex.locate.
 */
export function unpackSteps(bytes: Uint8Array, into: Float32Array, intoOffset: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const steps = Math.floor(bytes.byteLength / STEP_BYTES);
  for (let step = 0; step < steps; step += 1) {
    const target = intoOffset + step * STEP_SAMPLES;
    const first = Math.max(0, -target);
    const end = Math.min(STEP_SAMPLES, into.length - target);
    const scale = view.getFloat32(step * STEP_BYTES, true);
    const source = step * STEP_BYTES + SCALE_BYTES;
    for (let n = first; n < end; n += 1) into[target + n] = scale * view.getInt16(source + 2 * n, true);
  }
}

/** Whole steps to read from a lane file in one go. */
export interface LaneRead {
  readonly fileOffset: number;
  readonly byteLength: number;
  /** Where the first of them belongs, counted from the first sample asked for; negative when it begins before. */
  readonly intoOffset: number;
}

/** Tells where a track's decoded samples lie in its lane file. */
export class LaneIndex {
  readonly #firstSteps: Float64Array;
  /** Of each stretch and, last, of the end of the file: how many steps lie before it in the file. */
  readonly #stepsBefore: Float64Array;

  /** `kept`: as in TrackHearing, ascending. */
  constructor(kept: readonly StepRange[]) {
    this.#firstSteps = Float64Array.from(kept, ({ firstStep }) => firstStep);
    this.#stepsBefore = new Float64Array(kept.length + 1);
    let steps = 0;
    for (const [index, { stepCount }] of kept.entries()) {
      steps += stepCount;
      this.#stepsBefore[index + 1] = steps;
    }
  }

  /** The length that the lane file must have. */
  get byteLength(): number {
    return (this.#stepsBefore.at(-1) ?? 0) * STEP_BYTES;
  }

  /**
   * What to read for decoded samples [fromSample, fromSample + sampleCount), one read for each kept stretch in there.
   * Unpack each with `unpackSteps(bytes, into, intoOffset)` into a Float32Array(sampleCount) that is zero before:
   * what is not kept is silence, and so is everything before the track's start and after its end.
   */
  locate(fromSample: number, sampleCount: number): LaneRead[] {
    const fromStep = Math.floor(fromSample / STEP_SAMPLES);
    const toStep = Math.ceil((fromSample + sampleCount) / STEP_SAMPLES);
    const reads: LaneRead[] = [];
    if (sampleCount <= 0) return reads;
    for (let index = this.#firstEndingAfter(fromStep); index < this.#firstSteps.length; index += 1) {
      const firstStep = this.#firstSteps[index] ?? 0;
      if (firstStep >= toStep) break;
      const before = this.#stepsBefore[index] ?? 0;
      const stepCount = (this.#stepsBefore[index + 1] ?? 0) - before;
      const first = Math.max(firstStep, fromStep);
      const end = Math.min(firstStep + stepCount, toStep);
      reads.push({
        fileOffset: (before + first - firstStep) * STEP_BYTES,
        byteLength: (end - first) * STEP_BYTES,
        intoOffset: first * STEP_SAMPLES - fromSample,
      });
    }
    return reads;
  }

  #firstEndingAfter(step: number): number {
    let [low, high] = [0, this.#firstSteps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const stepCount = (this.#stepsBefore[middle + 1] ?? 0) - (this.#stepsBefore[middle] ?? 0);
      if ((this.#firstSteps[middle] ?? 0) + stepCount <= step) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
