/** Filters and energies for the meters of the truth suite: written apart from the code under test. */
import { SAMPLE_RATE } from '../../fixtures/room-plan.ts';

interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/** Second-order Butterworth, by the bilinear transform. */
function butterworth(kind: 'high' | 'low', hertz: number): Biquad {
  const k = Math.tan((Math.PI * hertz) / SAMPLE_RATE);
  const norm = 1 / (1 + Math.SQRT2 * k + k * k);
  const a: [number, number] = [2 * (k * k - 1) * norm, (1 - Math.SQRT2 * k + k * k) * norm];
  return kind === 'high' ? { b: [norm, -2 * norm, norm], a } : { b: [k * k * norm, 2 * k * k * norm, k * k * norm], a };
}

/** What lies between two frequencies: below lies what a high-pass may take, above what an encoder may. */
export function band(sound: Float32Array, lowHertz = 200, highHertz = 6000): Float32Array {
  const output = Float32Array.from(sound);
  for (const { b, a } of [butterworth('high', lowHertz), butterworth('low', highHertz)]) {
    let [x1, x2, y1, y2] = [0, 0, 0, 0];
    for (let n = 0; n < output.length; n += 1) {
      const x = output[n] ?? 0;
      const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      output[n] = y;
    }
  }
  return output;
}

export function energy(sound: Float32Array, from = 0, to = sound.length): number {
  let sum = 0;
  for (let n = Math.max(0, from); n < Math.min(to, sound.length); n += 1) sum += (sound[n] ?? 0) ** 2;
  return sum;
}

export const decibels = (ratio: number) => 10 * Math.log10(ratio);
