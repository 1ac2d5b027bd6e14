/** Listens to one channel in steps of 20 ms: takes the rumble out, and measures energy and peak of what is left. */
import { Biquad, highPass, K_WEIGHTING } from './biquad.ts';
import { STEP_SAMPLES } from './sample-clock.ts';

export interface StepMeterOptions {
  /** 3 dB down here, 12 dB an octave below; absent or 0 leaves the sound as it is. */
  readonly highPassHertz?: number;
}

/** Steps are measured in their order: the filters remember. Results stand in fields, so that no step costs an object. */
export class StepMeter {
  /** K-weighted mean square of the last step, as one channel (ITU-R BS.1770-4, annex 1); 1 is a full-scale square wave. */
  energy = 0;
  /** Highest sample of the last step after the high-pass, as a factor of full scale. */
  peak = 0;

  readonly #highPass: Biquad | undefined;
  readonly #shelf = new Biquad(K_WEIGHTING[0]);
  readonly #lowCut = new Biquad(K_WEIGHTING[1]);
  readonly #work = new Float64Array(STEP_SAMPLES);

  constructor({ highPassHertz = 0 }: StepMeterOptions = {}) {
    this.#highPass = highPassHertz > 0 ? new Biquad(highPass(highPassHertz)) : undefined;
  }

  /**
   * Measures one step of exactly 960 samples, which are replaced by the high-passed sound.
   * NaN and infinite samples are taken, and given back, as silence.
   */
  measure(samples: Float32Array): void {
    if (samples.length !== STEP_SAMPLES) {
      throw new RangeError(`a step has ${STEP_SAMPLES} samples, not ${samples.length}; pad the last one with zeros`);
    }
    if (this.#atRest() && isSilent(samples)) {
      this.energy = 0;
      this.peak = 0;
      return;
    }
    const work = this.#work;
    work.set(samples);
    const first = this.#highPass ?? this.#shelf;
    first.process(work);
    // A sample that is no number makes everything after it no number too, so the last one tells.
    if (!Number.isFinite(work[STEP_SAMPLES - 1])) {
      this.#forget();
      for (let n = 0; n < STEP_SAMPLES; n += 1) if (!Number.isFinite(samples[n])) samples[n] = 0;
      work.set(samples);
      first.process(work);
    }
    if (this.#highPass !== undefined) {
      samples.set(work);
      this.#shelf.process(work);
    }
    this.#lowCut.process(work);
    this.peak = highest(samples);
    this.energy = meanSquare(work);
  }

  #atRest(): boolean {
    return (this.#highPass?.atRest ?? true) && this.#shelf.atRest && this.#lowCut.atRest;
  }

  #forget(): void {
    this.#highPass?.reset();
    this.#shelf.reset();
    this.#lowCut.reset();
  }
}

function isSilent(samples: Float32Array): boolean {
  for (let n = 0; n < samples.length; n += 1) if (samples[n] !== 0) return false;
  return true;
}

function highest(samples: Float32Array): number {
  let peak = 0;
  for (let n = 0; n < samples.length; n += 1) {
    const size = Math.abs(samples[n] ?? 0);
    if (size > peak) peak = size;
  }
  return peak;
}

function meanSquare(values: Float64Array): number {
  let even = 0;
  let odd = 0;
  for (let n = 0; n < values.length; n += 2) {
    const a = values[n] ?? 0;
    const b = values[n + 1] ?? 0;
    even += a * a;
    odd += b * b;
  }
  return (even + odd) / values.length;
}
