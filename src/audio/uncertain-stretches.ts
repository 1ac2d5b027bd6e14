/** Where a mix's loudness does not follow from its parts: where the limiter may act, and where microphones heard each other. */
import { SAMPLE_RATE_HZ, type SampleRange, STEP_SAMPLES } from './sample-clock.ts';

/** The limiter's gain is still moving so long before and after a peak. */
const REACH_STEPS = 15;
/** Stretches nearer than this are measured as one: each begins with sound that only settles filters. */
const JOINED_STEPS = 20;

/**
 * Ascending, disjoint stretches of whole steps that hold every step whose `peakBounds` value passes `ceiling`, and all
 * of `correlated`. Both as factors of full scale; `correlated` in any order.
 */
export function uncertainStretches(
  peakBounds: ArrayLike<number>,
  ceiling: number,
  correlated: readonly SampleRange[],
): SampleRange[] {
  const count = peakBounds.length;
  const isUncertain = new Uint8Array(count);
  for (let step = 0; step < count; step += 1) {
    if ((peakBounds[step] ?? 0) > ceiling) isUncertain.fill(1, Math.max(0, step - REACH_STEPS), step + REACH_STEPS + 1);
  }
  for (const { fromSample, toSample } of correlated) {
    isUncertain.fill(1, Math.max(0, Math.floor(fromSample / STEP_SAMPLES)), Math.ceil(toSample / STEP_SAMPLES));
  }
  const stretches: { fromSample: number; toSample: number }[] = [];
  for (let step = isUncertain.indexOf(1); step >= 0; step = isUncertain.indexOf(1, step)) {
    const end = isUncertain.indexOf(0, step);
    const [fromSample, toSample] = [step * STEP_SAMPLES, (end < 0 ? count : end) * STEP_SAMPLES];
    const last = stretches.at(-1);
    if (last && fromSample - last.toSample <= JOINED_STEPS * STEP_SAMPLES) last.toSample = toSample;
    else stretches.push({ fromSample, toSample });
    step = toSample / STEP_SAMPLES;
  }
  return stretches;
}

const PART_SECONDS = 30;

/** The same stretches in portions worth handing out, each of about half a minute of sound. */
export function portionsOf(stretches: readonly SampleRange[]): SampleRange[][] {
  const portions: SampleRange[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const stretch of stretches) {
    if (filled > PART_SECONDS * SAMPLE_RATE_HZ) {
      portions.push([]);
      filled = 0;
    }
    portions.at(-1)?.push(stretch);
    filled += stretch.toSample - stretch.fromSample;
  }
  return portions;
}
