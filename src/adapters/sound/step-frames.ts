/** Cuts interleaved sound that comes in chunks of any size into whole steps, one array a channel. */
import { STEP_SAMPLES } from '../../audio/sample-clock.ts';

export class StepFrames {
  /** Of the last channel that was begun; what `onStep` is given is valid until it returns. */
  readonly #channels: readonly Float32Array[];
  readonly #onStep: (channels: readonly Float32Array[], count: number) => void;
  #filled = 0;

  /** `onStep` gets 960 samples a channel; at the end, silence after the first `count`. */
  constructor(channels: 1 | 2, onStep: (channels: readonly Float32Array[], count: number) => void) {
    this.#channels = Array.from({ length: channels }, () => new Float32Array(STEP_SAMPLES));
    this.#onStep = onStep;
  }

  add(samples: Float32Array): void {
    const width = this.#channels.length;
    const whole = STEP_SAMPLES * width;
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(whole - this.#filled, samples.length - at);
      for (const [index, channel] of this.#channels.entries()) {
        const skipped = (index - (this.#filled % width) + width) % width;
        let place = Math.floor((this.#filled + skipped) / width);
        for (let n = at + skipped; n < at + count; n += width) {
          channel[place] = samples[n] ?? 0;
          place += 1;
        }
      }
      at += count;
      this.#filled += count;
      if (this.#filled === whole) this.#hand(STEP_SAMPLES);
    }
  }

  end(): void {
    const count = Math.floor(this.#filled / this.#channels.length);
    if (count === 0) return;
    for (const channel of this.#channels) channel.fill(0, count);
    this.#hand(count);
  }

  #hand(count: number): void {
    this.#onStep(this.#channels, count);
    this.#filled = 0;
  }
}
