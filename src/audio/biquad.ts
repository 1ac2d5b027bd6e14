/** Second-order filters at 48 kHz: the high-pass for voices, and the K-weighting that loudness is measured with. */
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/** Normalised, so that a0 is 1. */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** -600 dB: what is left of a sound this long ago is set to nothing, before arithmetic on denormals slows everything. */
const NOTHING = 1e-30;

/** Maximally flat when q is 1/√2. After R. Bristow-Johnson's Audio EQ Cookbook; 3 dB down at `hertz`. */
export function highPass(hertz: number, q = Math.SQRT1_2): BiquadCoefficients {
  const omega = (2 * Math.PI * hertz) / SAMPLE_RATE_HZ;
  const alpha = Math.sin(omega) / (2 * q);
  const a0 = 1 + alpha;
  const b0 = (1 + Math.cos(omega)) / 2 / a0;
  return { b0, b1: -2 * b0, b2: b0, a1: (-2 * Math.cos(omega)) / a0, a2: (1 - alpha) / a0 };
}

/** ITU-R BS.1770-4, tables 1 and 2, for 48 kHz: the head's shelf, then the low cut. */
export const K_WEIGHTING: readonly [BiquadCoefficients, BiquadCoefficients] = [
  {
    b0: 1.53512485958697,
    b1: -2.69169618940638,
    b2: 1.19839281085285,
    a1: -1.69065929318241,
    a2: 0.73248077421585,
  },
  { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 },
];

/**
 * One filter in direct form I, which keeps its state between buffers. Several in a row are each their own pass over a
 * small buffer: one loop over all of them takes twice as long, as does the transposed form.
 */
export class Biquad {
  readonly #coefficients: BiquadCoefficients;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(coefficients: BiquadCoefficients) {
    this.#coefficients = coefficients;
  }

  /** Nothing of earlier sound is left: silence in is silence out. */
  get atRest(): boolean {
    return this.#x1 === 0 && this.#x2 === 0 && this.#y1 === 0 && this.#y2 === 0;
  }

  /** Filters the first `count` values in place. */
  process(buffer: Float64Array, count = buffer.length): void {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    let [x1, x2, y1, y2] = [this.#x1, this.#x2, this.#y1, this.#y2];
    for (let n = 0; n < count; n += 1) {
      const x = buffer[n] ?? 0;
      // y1 comes last: the next value waits for nothing but one product and one difference.
      const y = b0 * x + b1 * x1 + b2 * x2 - a2 * y2 - a1 * y1;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      buffer[n] = y;
    }
    this.#keep(x1, x2, y1, y2);
  }

  /** What it makes of a step, in both precisions: one pass over the samples where a copy of each would be three. */
  processInto(samples: Float32Array, narrow: Float32Array, wide: Float64Array): void {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    let [x1, x2, y1, y2] = [this.#x1, this.#x2, this.#y1, this.#y2];
    for (let n = 0; n < samples.length; n += 1) {
      const x = samples[n] ?? 0;
      const y = b0 * x + b1 * x1 + b2 * x2 - a2 * y2 - a1 * y1;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      narrow[n] = y;
      wide[n] = y;
    }
    this.#keep(x1, x2, y1, y2);
  }

  /** The sum of the squares of what it makes of `buffer`, which stays as it is. */
  power(buffer: Float64Array): number {
    const { b0, b1, b2, a1, a2 } = this.#coefficients;
    let [x1, x2, y1, y2] = [this.#x1, this.#x2, this.#y1, this.#y2];
    let sum = 0;
    for (let n = 0; n < buffer.length; n += 1) {
      const x = buffer[n] ?? 0;
      const y = b0 * x + b1 * x1 + b2 * x2 - a2 * y2 - a1 * y1;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      sum += y * y;
    }
    this.#keep(x1, x2, y1, y2);
    return sum;
  }

  reset(): void {
    this.#x1 = 0;
    this.#x2 = 0;
    this.#y1 = 0;
    this.#y2 = 0;
  }

  #keep(x1: number, x2: number, y1: number, y2: number): void {
    const gone = Math.abs(y1) < NOTHING && Math.abs(y2) < NOTHING && Math.abs(x1) < NOTHING && Math.abs(x2) < NOTHING;
    this.#x1 = gone ? 0 : x1;
    this.#x2 = gone ? 0 : x2;
    this.#y1 = gone ? 0 : y1;
    this.#y2 = gone ? 0 : y2;
  }
}
