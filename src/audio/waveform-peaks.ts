/** The outline of an episode's sound, for drawing it: the JSON that audiowaveform writes and wavesurfer.js draws. */
import { z } from 'zod';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/** Ten points a second. A slice of 150 s has 1,500 of them, so slices side by side make one outline. */
const SAMPLES_PER_PEAK = 4800;

/** Sample values run from -128 to 127. */
const FULL_SCALE = 127;
const Level = z.int().min(-128).max(127);

/** Version 2 of audiowaveform's data format: github.com/bbc/audiowaveform, doc/DataFormat.md. */
export const Waveform = z.object({
  version: z.literal(2),
  channels: z.literal(1),
  sample_rate: z.int().positive(),
  samples_per_pixel: z.int().positive(),
  bits: z.literal(8),
  /** How many points: half of what `data` holds. */
  length: z.int().nonnegative(),
  /** The lowest and the highest sample of each point in turn. */
  data: z.array(Level),
});
export type Waveform = z.infer<typeof Waveform>;

/** Takes the sound of one slice in chunks of any length. */
export class WaveformPeaks {
  readonly #samplesPerPeak: number;
  readonly #data: number[] = [];
  #samples = 0;
  #lowest = 0;
  #highest = 0;

  constructor(samplesPerPeak: number = SAMPLES_PER_PEAK) {
    this.#samplesPerPeak = samplesPerPeak;
  }

  /** Samples that are NaN are silence. */
  add(samples: Float32Array): void {
    for (let from = 0; from < samples.length; ) {
      const to = Math.min(samples.length, from + this.#samplesPerPeak - this.#samples);
      let [lowest, highest] = [this.#lowest, this.#highest];
      for (let n = from; n < to; n += 1) {
        const sample = samples[n] ?? 0;
        if (sample < lowest) lowest = sample;
        if (sample > highest) highest = sample;
      }
      [this.#lowest, this.#highest] = [lowest, highest];
      this.#samples += to - from;
      if (this.#samples === this.#samplesPerPeak) this.#endPoint();
      from = to;
    }
  }

  /** The lowest and highest of each point in turn; the last point may have heard fewer samples than the others. */
  end(): number[] {
    if (this.#samples > 0) this.#endPoint();
    return this.#data;
  }

  #endPoint(): void {
    this.#data.push(levelOf(this.#lowest), levelOf(this.#highest));
    [this.#samples, this.#lowest, this.#highest] = [0, 0, 0];
  }
}

function levelOf(sample: number): number {
  // + 0: no -0, which JSON would not give back.
  return Math.max(-128, Math.min(FULL_SCALE, Math.round(sample * FULL_SCALE))) + 0;
}

/** One outline from those of an episode's slices, in order; every slice but the last is a whole number of points long. */
export function waveformOf(slices: readonly ArrayLike<number>[]): Waveform {
  const data = slices.flatMap((slice) => Array.from(slice));
  return {
    version: 2,
    channels: 1,
    sample_rate: SAMPLE_RATE_HZ,
    samples_per_pixel: SAMPLES_PER_PEAK,
    bits: 8,
    length: data.length / 2,
    data,
  };
}
