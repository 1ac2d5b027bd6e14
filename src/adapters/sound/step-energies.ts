/** The K-weighted energy of every 20 ms of a sound that comes in pieces, summed over its channels. */
import { STEP_SAMPLES } from '../../audio/sample-clock.ts';
import { StepMeter } from '../../audio/step-meter.ts';

export class StepEnergies {
  readonly #meters: readonly StepMeter[];
  readonly #steps: readonly Float32Array[];
  readonly #energies: number[] = [];
  #filled = 0;

  constructor(channels: number) {
    this.#meters = Array.from({ length: channels }, () => new StepMeter({}));
    this.#steps = Array.from({ length: channels }, () => new Float32Array(STEP_SAMPLES));
  }

  /** Of any length; all channels of one. */
  add(channels: readonly Float32Array[]): void {
    const length = channels[0]?.length ?? 0;
    for (let at = 0; at < length; ) {
      const count = Math.min(STEP_SAMPLES - this.#filled, length - at);
      for (const [index, step] of this.#steps.entries()) {
        step.set(channels[index]?.subarray(at, at + count) ?? [], this.#filled);
      }
      at += count;
      this.#filled += count;
      if (this.#filled === STEP_SAMPLES) this.#measure();
    }
  }

  /** A last step that was begun is filled with silence. */
  end(): Float64Array {
    if (this.#filled > 0) {
      for (const step of this.#steps) step.fill(0, this.#filled);
      this.#measure();
    }
    return Float64Array.from(this.#energies);
  }

  #measure(): void {
    let sum = 0;
    for (const [index, meter] of this.#meters.entries()) {
      const step = this.#steps[index];
      if (step === undefined) continue;
      meter.measure(step);
      sum += meter.energy;
    }
    this.#energies.push(sum);
    this.#filled = 0;
  }
}
