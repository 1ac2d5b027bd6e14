/** Keeps true peaks below a ceiling by lowering the gain smoothly before they come: a look-ahead limiter. */
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import { SlidingMaximum } from './sliding-maximum.ts';
import { PEAK_REACH, raiseToPeaksAbove } from './true-peak.ts';

export interface PeakLimiterOptions {
  /** Of true peaks, as a factor of full scale. */
  readonly ceiling: number;
  readonly channels: number;
}

/** Each of the two averages that turn a step of the gain into a soft curve. */
const AVERAGED = 104;
/** 5 ms: two averages, and the reach of a peak between samples at both ends. */
const LATENCY = 2 * (AVERAGED + PEAK_REACH);
const RELEASE_SECONDS = 0.06;
const RELEASE = Math.exp(-1 / (RELEASE_SECONDS * SAMPLE_RATE_HZ));
/** As a passport names them. */
export const LIMITER_SETTINGS = {
  'limiter.lookAheadMs': (1000 * LATENCY) / SAMPLE_RATE_HZ,
  'limiter.releaseMs': 1000 * RELEASE_SECONDS,
};
/** Where a limited peak is brought: eight-fold interpolation reads a peak up to 0.03 dB too low. */
const AIM = 10 ** (-0.03 / 20);
/**
 * Reductions of the gain are whole numbers of this grain. So sums of them are exact, the gain depends on nothing but
 * the last second, whatever came before, and returns to exactly 1.
 */
const GRAIN = 2 ** -24;
const CHUNK = 2048;

/** How far the gain is taken back, from 0 to 1, given what each sample demands. */
class Reduction {
  readonly #demanded = new SlidingMaximum(LATENCY + 1);
  readonly #stepped = new Float64Array(AVERAGED);
  readonly #sloped = new Float64Array(AVERAGED);
  #held = 0;
  #steppedSum = 0;
  #slopedSum = 0;
  #at = 0;

  /** Nothing is taken back, and nothing demanded so far will change that. */
  get isZero(): boolean {
    return this.#demanded.isZero && this.#held === 0 && this.#steppedSum === 0 && this.#slopedSum === 0;
  }

  /** Takes the next sample's demand in grains, and returns the reduction for the sample LATENCY before. */
  next(demand: number): number {
    this.#held = Math.max(this.#demanded.push(demand), Math.floor(this.#held * RELEASE));
    const at = this.#at;
    this.#steppedSum += this.#held - (this.#stepped[at] ?? 0);
    this.#stepped[at] = this.#held;
    this.#slopedSum += this.#steppedSum - (this.#sloped[at] ?? 0);
    this.#sloped[at] = this.#steppedSum;
    this.#at = at + 1 === AVERAGED ? 0 : at + 1;
    return this.#slopedSum * (GRAIN / AVERAGED ** 2);
  }
}

/**
 * Fed with sound block by block, of any lengths, it gives as many samples back: those `latencySamples` before, silence
 * at first. Where no true peak is above the ceiling within 5 ms before and about 1 s after, they come out as they went
 * in, bit for bit. One gain goes for all channels. How the sound is cut into blocks changes nothing; after 1 s of
 * sound the state is as if it had heard all before (to 2^-23). Samples must be finite.
 */
export class PeakLimiter {
  readonly latencySamples = LATENCY;
  readonly #ceiling: number;
  /** Of each channel the last LATENCY samples, then room for a chunk. */
  readonly #lines: readonly Float32Array[];
  readonly #peaks = new Float64Array(CHUNK);
  readonly #gains = new Float64Array(CHUNK);
  readonly #reduction = new Reduction();

  constructor({ ceiling, channels }: PeakLimiterOptions) {
    if (!(ceiling > 0)) throw new RangeError(`a limiter's ceiling is a factor above 0, not ${ceiling}`);
    this.#ceiling = ceiling;
    this.#lines = Array.from({ length: channels }, () => new Float32Array(LATENCY + CHUNK));
  }

  /** Replaces the samples of each channel by the limited ones `latencySamples` before. */
  process(channels: readonly Float32Array[]): void {
    const length = channels[0]?.length ?? 0;
    if (channels.length !== this.#lines.length || channels.some((channel) => channel.length !== length)) {
      const lengths = channels.map((channel) => channel.length).join(', ');
      throw new RangeError(`a limiter of ${this.#lines.length} equally long channels got samples: ${lengths}`);
    }
    for (let from = 0; from < length; from += CHUNK) {
      const to = Math.min(length, from + CHUNK);
      this.#processChunk(channels.map((channel) => channel.subarray(from, to)));
    }
  }

  #processChunk(channels: readonly Float32Array[]): void {
    const count = channels[0]?.length ?? 0;
    // Sample by sample: the peak that has just become known lies PEAK_REACH before the newest sample.
    const first = LATENCY - PEAK_REACH;
    let anyPeak = false;
    for (const [index, line] of this.#lines.entries()) {
      const channel = channels[index];
      if (channel === undefined) continue;
      line.set(channel, LATENCY);
      if (raiseToPeaksAbove(this.#ceiling, line, first, first + count, this.#peaks)) anyPeak = true;
      channel.set(line.subarray(0, count));
      line.copyWithin(0, count, LATENCY + count);
    }
    if (!anyPeak && this.#reduction.isZero) return;
    this.#findGains(count);
    for (const channel of channels) applyGains(channel, this.#gains);
  }

  #findGains(count: number): void {
    const aim = this.#ceiling * AIM;
    for (let n = 0; n < count; n += 1) {
      const peak = this.#peaks[n] ?? 0;
      const demand = peak === 0 ? 0 : Math.ceil((1 - aim / peak) / GRAIN);
      this.#gains[n] = 1 - this.#reduction.next(demand);
    }
    this.#peaks.fill(0);
  }
}

function applyGains(samples: Float32Array, gains: Float64Array): void {
  for (let n = 0; n < samples.length; n += 1) samples[n] = (samples[n] ?? 0) * (gains[n] ?? 0);
}
