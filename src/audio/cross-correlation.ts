/** Where two sounds resemble one another most: normalised cross-correlation, on a fraction of their samples. */
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/** Voices are told apart well below 4 kHz, at a thirty-sixth of the arithmetic. */
const DECIMATION = 6;
/** 30 ms: ten metres of air, or a step and a half by which two tracks' clocks may be apart. */
const MOST_LAG = (0.03 * SAMPLE_RATE_HZ) / DECIMATION;
/** Takes the strength of the low harmonics, in which all voices are alike. */
const PRE_EMPHASIS = 0.9;

const TAPS = 49;
const CUTOFF_HERTZ = 3400;
/** Windowed sinc (Hann). */
const LOW_PASS = Float64Array.from({ length: TAPS }, (_, tap) => {
  const x = tap - (TAPS - 1) / 2;
  const cycles = (2 * CUTOFF_HERTZ) / SAMPLE_RATE_HZ;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * cycles * x) / (Math.PI * cycles * x);
  return cycles * sinc * (0.5 + 0.5 * Math.cos((2 * Math.PI * x) / (TAPS + 1)));
});

export interface BestFit {
  /** From -1 to 1; negative where one is the other turned over. */
  readonly correlation: number;
  /** How much later the second sound has it, in samples at 48 kHz. */
  readonly lagSamples: number;
  /** Energies of what was compared. */
  readonly energy: number;
  readonly otherEnergy: number;
}

/** Of two sounds at 48 kHz that begin at one instant. Undefined when they have less than 100 ms in common, or silence. */
export function bestFit(a: Float32Array, b: Float32Array): BestFit | undefined {
  const [one, other] = [emphasised(decimated(a)), emphasised(decimated(b))];
  const length = Math.min(one.length, other.length) - 2 * MOST_LAG;
  if (length < MOST_LAG) return undefined;
  const segment = one.subarray(MOST_LAG, MOST_LAG + length);
  const energy = dot(segment, segment);
  const correlations = Float64Array.from({ length: 2 * MOST_LAG + 1 }, (_, lag) => {
    const shifted = other.subarray(lag, lag + length);
    const product = dot(segment, shifted);
    return product === 0 ? 0 : product / Math.sqrt(energy * dot(shifted, shifted));
  });
  let best = 0;
  for (const [lag, value] of correlations.entries())
    if (Math.abs(value) > Math.abs(correlations[best] ?? 0)) best = lag;
  const otherPart = other.subarray(best, best + length);
  const correlation = Math.max(-1, Math.min(1, correlations[best] ?? 0));
  if (correlation === 0) return undefined;
  const lagSamples = (best + summitOffset(correlations, best) - MOST_LAG) * DECIMATION;
  return { correlation, lagSamples, energy, otherEnergy: dot(otherPart, otherPart) };
}

/** A parabola through three values has its top here, between -0.5 and 0.5. */
function summitOffset(values: Float64Array, top: number): number {
  const sign = Math.sign(values[top] ?? 0);
  const [before, at, after] = [(values[top - 1] ?? 0) * sign, (values[top] ?? 0) * sign, (values[top + 1] ?? 0) * sign];
  const curvature = before - 2 * at + after;
  return curvature < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature))) : 0;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n += 1) sum += (a[n] ?? 0) * (b[n] ?? 0);
  return sum;
}

function decimated(sound: Float32Array): Float64Array {
  const count = Math.max(0, Math.floor((sound.length - TAPS) / DECIMATION) + 1);
  return Float64Array.from({ length: count }, (_, n) => {
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap += 1) sum += (LOW_PASS[tap] ?? 0) * (sound[n * DECIMATION + tap] ?? 0);
    return sum;
  });
}

function emphasised(sound: Float64Array): Float64Array {
  return sound.map((value, n) => value - PRE_EMPHASIS * (sound[n - 1] ?? 0));
}
