/** Peaks between the samples, by eight-fold interpolation (ITU-R BS.1770-4, annex 2 asks for four), only where one can be. */

const PHASES = 8;
/** Samples on either side that a value between two samples is made of. */
export const PEAK_REACH = 16;
const TAPS = 2 * PEAK_REACH;
/** Kaiser window: 63 dB down from 27 kHz on, flat to 21 kHz. */
const WINDOW_SHAPE = 6;
const BLOCK = 32;

/** Modified Bessel function of the first kind and order zero. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Weights of the samples around, the first PEAK_REACH of them up to and with sample n, for the value at n + fraction. */
function weightsAt(fraction: number): Float64Array {
  const weights = Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - PEAK_REACH + 1 - fraction;
    const window = bessel(WINDOW_SHAPE * Math.sqrt(1 - (x / PEAK_REACH) ** 2)) / bessel(WINDOW_SHAPE);
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  });
  // Constants and ramps are to come out exactly; the bound below rests on that.
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const exact = weights.map((weight) => weight / sum);
  const place = exact.reduce((total, weight, tap) => total + weight * (tap - PEAK_REACH + 1), 0);
  const shift = place - fraction;
  exact[PEAK_REACH - 1] = (exact[PEAK_REACH - 1] ?? 0) + shift;
  exact[PEAK_REACH] = (exact[PEAK_REACH] ?? 0) - shift;
  return exact;
}

const INTERPOLATORS = Array.from({ length: PHASES - 1 }, (_, phase) => weightsAt((phase + 1) / PHASES));
const WEIGHTS = Float64Array.from(INTERPOLATORS.flatMap((weights) => [...weights]));

/**
 * A value between two samples differs from the straight line between them by at most this times the highest second
 * difference around: what is left of the weights, summed up twice, are weights of second differences.
 */
const BEND = Math.max(
  ...INTERPOLATORS.map((weights, phase) => {
    const fraction = (phase + 1) / PHASES;
    let [once, twice, size] = [0, 0, 0];
    for (const [tap, weight] of weights.entries()) {
      const line = tap === PEAK_REACH - 1 ? 1 - fraction : tap === PEAK_REACH ? fraction : 0;
      once += weight - line;
      twice += once;
      size += Math.abs(twice);
    }
    return size;
  }),
);
/** What is left out must be so whatever way it was rounded. */
const ROUNDING = 1 + 1e-12;
/** No second difference is larger than four times the highest sample, so nothing between samples exceeds this many. */
const MOST_BETWEEN = (1 + 4 * BEND) * ROUNDING;

/** The samples of a block with what is around them; the block's first stands at PEAK_REACH - 1. */
const around = new Float64Array(BLOCK + TAPS - 1);

/** Fills `around`, with silence for what lies outside the samples; returns by how much a straight line can be exceeded. */
function takeBlock(samples: Float32Array, from: number, count: number): number {
  const first = from - PEAK_REACH + 1;
  const length = count + TAPS - 1;
  for (let n = 0; n < length; n += 1) {
    const at = first + n;
    around[n] = at >= 0 && at < samples.length ? (samples[at] ?? 0) : 0;
  }
  let bend = 0;
  for (let n = 2; n < length; n += 1) {
    const size = Math.abs((around[n] ?? 0) - 2 * (around[n - 1] ?? 0) + (around[n - 2] ?? 0));
    if (size > bend) bend = size;
  }
  return BEND * bend;
}

/** Highest value from the block's sample n up to the next one, if that is above the floor; else the sample's own. */
function peakAfter(n: number, bend: number, floor: number): number {
  const here = Math.abs(around[n + PEAK_REACH - 1] ?? 0);
  const next = Math.abs(around[n + PEAK_REACH] ?? 0);
  if ((Math.max(here, next) + bend) * ROUNDING <= floor) return here;
  let peak = here;
  for (let weight = 0; weight < WEIGHTS.length; weight += TAPS) {
    let even = 0;
    let odd = 0;
    for (let tap = 0; tap < TAPS; tap += 2) {
      even += (WEIGHTS[weight + tap] ?? 0) * (around[n + tap] ?? 0);
      odd += (WEIGHTS[weight + tap + 1] ?? 0) * (around[n + tap + 1] ?? 0);
    }
    const size = Math.abs(even + odd);
    if (size > peak) peak = size;
  }
  return peak;
}

/** Where the next sample further from zero than `limit` stands; `to` when there is none. */
function nextAbove(limit: number, samples: Float32Array, from: number, to: number): number {
  for (let n = from; n < to; n += 1) if (Math.abs(samples[n] ?? 0) > limit) return n;
  return to;
}

type BlockVisitor = (count: number, bend: number, from: number) => void;

/** Visits those blocks in which something may come above the floor, which is asked for anew before each. */
function visitLoudBlocks(samples: Float32Array, from: number, to: number, floor: () => number, visit: BlockVisitor) {
  const end = Math.min(samples.length, to + PEAK_REACH);
  let start = from;
  for (;;) {
    const loud = nextAbove(floor() / MOST_BETWEEN, samples, Math.max(0, start - PEAK_REACH), end);
    // A sample is part of the peaks after each of the PEAK_REACH samples up to it, and of as many before it.
    start = Math.max(start, loud - PEAK_REACH);
    const count = Math.min(BLOCK, to - start);
    if (loud === end || count <= 0) return;
    visit(count, takeBlock(samples, start, count), start);
    start += count;
  }
}

/**
 * True peak from sample `from` up to `to`, as a factor of full scale, and at least `floor`: given the highest so far or
 * a ceiling of interest, quieter places cost next to nothing. Samples outside the range, if any, shape what is between.
 */
export function truePeak(samples: Float32Array, from = 0, to = samples.length, floor = 0): number {
  let peak = floor;
  const floorNow = () => peak;
  visitLoudBlocks(samples, from, to, floorNow, (count, bend) => {
    for (let n = 0; n < count; n += 1) peak = Math.max(peak, peakAfter(n, bend, peak));
  });
  return peak;
}

/**
 * Raises `peaks[n]` to the highest value from sample `from + n` up to the next one, wherever that is above `ceiling`;
 * the rest of `peaks` is left as it is. True when any was above.
 */
export function raiseToPeaksAbove(
  ceiling: number,
  samples: Float32Array,
  from: number,
  to: number,
  peaks: Float64Array,
): boolean {
  let any = false;
  const floor = () => ceiling;
  visitLoudBlocks(samples, from, to, floor, (count, bend, start) => {
    for (let n = 0; n < count; n += 1) {
      const peak = peakAfter(n, bend, ceiling);
      if (peak <= ceiling) continue;
      any = true;
      const at = start - from + n;
      peaks[at] = Math.max(peaks[at] ?? 0, peak);
    }
  });
  return any;
}
