/** Cheap search for moments in which two tracks seem to hear the same voice: from step energies, without any sound. */
import { energyFrom, roomEnd } from './heard-at-once.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES } from './sample-clock.ts';

export interface Screened {
  readonly kind: 'speech' | 'music';
  /** Ascending. */
  readonly stretches: readonly PlacedStretch[];
}

export interface ComparableWindow {
  readonly roomSample: number;
  readonly sampleCount: number;
  /** Of the envelopes, at most 1. */
  readonly correlation: number;
  /** Energy of the second track for each of the first. */
  readonly ratio: number;
}

/** Half a second: long enough to tell a voice, short enough to lie within one speaker's turn. */
const WINDOW_STEPS = 25;
const WINDOW_SAMPLES = WINDOW_STEPS * STEP_SAMPLES;
const LEAST_SHARED_SAMPLES = 3 * SAMPLE_RATE_HZ;
/** Hours in which two microphones hear at once are judged by this many windows, spread evenly. */
const MOST_WINDOWS = 300;
const SIMILAR = 0.8;
/** Chance makes one window in twenty of two strangers similar. */
const LEAST_SIMILAR_SHARE = 0.1;
const LEAST_SIMILAR = 3;

interface Shared {
  readonly one: PlacedStretch;
  readonly other: PlacedStretch;
  readonly from: number;
  readonly windows: number;
}

/** Windows whose envelopes rise and fall together; none where too few do, or too little is heard at once. */
export function comparableWindows(one: Screened, other: Screened): ComparableWindow[] {
  const shared = sharedSound(one.stretches, other.stretches);
  const total = shared.reduce((sum, { windows }) => sum + windows, 0);
  if (total * WINDOW_SAMPLES < LEAST_SHARED_SAMPLES) return [];
  const every = Math.max(1, total / MOST_WINDOWS);
  const windows: ComparableWindow[] = [];
  let [passed, next, judged] = [0, 0, 0];
  for (const part of shared) {
    for (; next < passed + part.windows; next += every) {
      windows.push(judge(part, part.from + (Math.floor(next) - passed) * WINDOW_SAMPLES));
      judged += 1;
    }
    passed += part.windows;
  }
  const similar = windows.filter(({ correlation }) => correlation >= SIMILAR);
  return similar.length < Math.max(LEAST_SIMILAR, judged * LEAST_SIMILAR_SHARE) ? [] : similar;
}

/** Where both have sound for at least one window. */
function sharedSound(ones: readonly PlacedStretch[], others: readonly PlacedStretch[]): Shared[] {
  const shared: Shared[] = [];
  let first = 0;
  for (const one of ones) {
    const end = roomEnd(one);
    while (first < others.length && endOf(others, first) <= one.roomSample) first += 1;
    for (let n = first; n < others.length; n += 1) {
      const other = others[n];
      if (other === undefined || other.roomSample >= end) break;
      const from = Math.max(one.roomSample, other.roomSample);
      const windows = Math.floor((Math.min(end, roomEnd(other)) - from) / WINDOW_SAMPLES);
      if (windows > 0) shared.push({ one, other, from: Math.ceil(from), windows });
    }
  }
  return shared;
}

function endOf(stretches: readonly PlacedStretch[], index: number): number {
  const stretch = stretches[index];
  return stretch === undefined ? Number.POSITIVE_INFINITY : roomEnd(stretch);
}

/** Pearson's correlation of the amplitudes of 25 steps. */
function judge({ one, other }: Shared, roomSample: number): ComparableWindow {
  let [sumX, sumY, sumXx, sumYy, sumXy] = [0, 0, 0, 0, 0];
  for (let step = 0; step < WINDOW_STEPS; step += 1) {
    const energyX = energyFrom(one, roomSample + step * STEP_SAMPLES);
    const energyY = energyFrom(other, roomSample + step * STEP_SAMPLES);
    const [x, y] = [Math.sqrt(energyX), Math.sqrt(energyY)];
    sumX += x;
    sumY += y;
    sumXx += energyX;
    sumYy += energyY;
    sumXy += x * y;
  }
  const spreadX = sumXx - (sumX * sumX) / WINDOW_STEPS;
  const spreadY = sumYy - (sumY * sumY) / WINDOW_STEPS;
  const together = sumXy - (sumX * sumY) / WINDOW_STEPS;
  const correlation = spreadX > 0 && spreadY > 0 ? together / Math.sqrt(spreadX * spreadY) : 0;
  return { roomSample, sampleCount: WINDOW_SAMPLES, correlation, ratio: sumXx > 0 ? sumYy / sumXx : 0 };
}
