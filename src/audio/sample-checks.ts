/** Looks at the raw samples of a track: takes out what no filter may see, and counts what a report should tell. */

/** Four times full scale, 12 dB: more is a broken decoder, and would deafen the gates. */
const MOST = 4;
/** -120 dBFS: what an Opus decoder leaves of digital silence is not zero, but far below this and below 16 bits. */
const LEAST = 1e-6;
const FULL_SCALE = 0.999;
const LEAST_CLIPPED_RUN = 3;

export class SampleChecks {
  samplePeak = 0;
  clippedSamples = 0;
  nonFiniteSamples = 0;
  #sum = 0;
  #count = 0;
  /** Samples at full scale in a row so far, and on which side. */
  #run = 0;
  #runSign = 0;

  /** Mean of all samples, as a factor of full scale. */
  get dcOffset(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Looks at the next step, or what there is of the last; what is no number becomes 0, what is beyond ±4 is held there, in place. All below -120 dBFS become zeros. */
  inspect(samples: Float32Array): void {
    let [even, odd, peak] = [0, 0, 0];
    // Two at a time: additions that do not wait for one another take half as long.
    for (let n = 0; n < samples.length; n += 2) {
      const a = samples[n] ?? 0;
      const b = samples[n + 1] ?? 0;
      even += a;
      odd += b;
      if (Math.abs(a) > peak) peak = Math.abs(a);
      if (Math.abs(b) > peak) peak = Math.abs(b);
    }
    const sum = even + odd;
    // NaN and infinity make the sum no number: one test instead of one for each sample.
    if (!Number.isFinite(sum) || peak > MOST) {
      this.#repair(samples);
      this.inspect(samples);
      return;
    }
    this.#count += samples.length;
    if (peak < LEAST) {
      // Exact zeros let everything after this know silence when it sees it.
      samples.fill(0);
      this.#run = 0;
      return;
    }
    this.#sum += sum;
    this.samplePeak = Math.max(this.samplePeak, peak);
    if (peak >= FULL_SCALE) this.#countClipped(samples);
    else this.#run = 0;
  }

  #repair(samples: Float32Array): void {
    for (let n = 0; n < samples.length; n += 1) {
      const sample = samples[n] ?? 0;
      if (Number.isFinite(sample)) {
        samples[n] = Math.max(-MOST, Math.min(MOST, sample));
      } else {
        samples[n] = 0;
        this.nonFiniteSamples += 1;
      }
    }
  }

  #countClipped(samples: Float32Array): void {
    for (let n = 0; n < samples.length; n += 1) {
      const sample = samples[n] ?? 0;
      const sign = sample >= FULL_SCALE ? 1 : sample <= -FULL_SCALE ? -1 : 0;
      this.#run = sign === 0 ? 0 : sign === this.#runSign ? this.#run + 1 : 1;
      this.#runSign = sign;
      if (this.#run === LEAST_CLIPPED_RUN) this.clippedSamples += LEAST_CLIPPED_RUN;
      else if (this.#run > LEAST_CLIPPED_RUN) this.clippedSamples += 1;
    }
  }
}
