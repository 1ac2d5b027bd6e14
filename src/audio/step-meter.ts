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
  readonly #passed = new Float32Array(STEP_SAMPLES);

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
    this.#filterFirst(samples);
    // A sample that is no number makes everything after it no number too, so the last one tells.
    if (!Number.isFinite(this.#work[STEP_SAMPLES - 1])) {
      this.#forget();
      for (let n = 0; n < STEP_SAMPLES; n += 1) if (!Number.isFinite(samples[n])) samples[n] = 0;
      this.#filterFirst(samples);
    }
    if (this.#highPass !== undefined) {
      samples.set(this.#passed);
      this.#shelf.process(this.#work);
    }
    this.peak = highest(samples);
    this.energy = this.#lowCut.power(this.#work) / STEP_SAMPLES;
  }

  #filterFirst(samples: Float32Array): void {
    if (this.#highPass !== undefined) this.#highPass.processInto(samples, this.#passed, this.#work);
    else this.#shelf.processInto(samples, this.#passed, this.#work);
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
  let [even, odd] = [0, 0];
  // Two at a time, so that they do not wait for one another.
  for (let n = 0; n < samples.length; n += 2) {
    const a = Math.abs(samples[n] ?? 0);
    const b = Math.abs(samples[n + 1] ?? 0);
    if (a > even) even = a;
    if (b > odd) odd = b;
  }
  return Math.max(even, odd);
}
