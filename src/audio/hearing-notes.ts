/** Gathers the verdicts on a track's steps into what is told of it: stretches, talk, and how loud speech and noise are. */
import { blockEnergies, energyToLufs, integratedFromBlocks } from './loudness-gating.ts';
import type { StepRange } from './sample-clock.ts';
import { CLOSED, MARGIN, type StepVerdict, TALK } from './speech-activity.ts';
import type { KeptStretch } from './track-hearing.ts';

const SILENCE_LUFS = -90;
const BIN_LU = 0.5;
/** With less of it, half a second, the noise of a pause is not told from the end of a breath. */
const LEAST_NOISE_STEPS = 25;
const BLOCK_STEPS = 20;

export class HearingNotes {
  readonly kept: KeptStretch[] = [];
  readonly talk: StepRange[] = [];
  #step = 0;
  #energies: number[] = [];
  #peaks: number[] = [];
  #talkSteps = 0;
  readonly #noiseSteps = new Uint32Array(256);
  readonly #noiseEnergies = new Float64Array(256);

  /** The next step of the track. */
  note(verdict: StepVerdict, energy: number, peak: number): void {
    if (verdict === TALK) this.#talkSteps += 1;
    else this.#endTalk();
    if (verdict === CLOSED) {
      this.#endStretch();
    } else {
      this.#energies.push(energy);
      this.#peaks.push(peak);
    }
    if (verdict < MARGIN) this.#noteNoise(energy);
    this.#step += 1;
  }

  end(): void {
    this.#endTalk();
    this.#endStretch();
  }

  /** Gated over the 400 ms blocks within each stretch of talk; a shorter one counts as a block. Null without talk. */
  speechLufs(): number | null {
    const blocks: number[] = [];
    let index = 0;
    for (const { firstStep, stepCount } of this.talk) {
      let stretch = this.kept[index];
      while (stretch !== undefined && stretch.firstStep + stretch.stepCount <= firstStep) stretch = this.kept[++index];
      if (stretch === undefined) break;
      const from = firstStep - stretch.firstStep;
      const energies = stretch.energies.subarray(from, from + stepCount);
      if (stepCount < BLOCK_STEPS) blocks.push(energies.reduce((sum, energy) => sum + energy, 0) / stepCount);
      else for (const energy of blockEnergies(energies)) blocks.push(energy);
    }
    return integratedFromBlocks(blocks);
  }

  /** The median level of the steps in which nobody talks, so that neither breath nor a slammed door counts. */
  noiseLufs(): number | null {
    const steps = this.#noiseSteps.reduce((sum, count) => sum + count, 0);
    if (steps < LEAST_NOISE_STEPS) return null;
    let left = steps / 2;
    const median = this.#noiseSteps.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return energyToLufs((this.#noiseEnergies[median] ?? 0) / (this.#noiseSteps[median] ?? 1));
  }

  #noteNoise(energy: number): void {
    const lufs = energyToLufs(energy);
    if (!(lufs >= SILENCE_LUFS)) return;
    const bin = Math.min(this.#noiseSteps.length - 1, Math.floor((lufs - SILENCE_LUFS) / BIN_LU));
    this.#noiseSteps[bin] = (this.#noiseSteps[bin] ?? 0) + 1;
    this.#noiseEnergies[bin] = (this.#noiseEnergies[bin] ?? 0) + energy;
  }

  #endTalk(): void {
    if (this.#talkSteps > 0) this.talk.push({ firstStep: this.#step - this.#talkSteps, stepCount: this.#talkSteps });
    this.#talkSteps = 0;
  }

  #endStretch(): void {
    const stepCount = this.#energies.length;
    if (stepCount === 0) return;
    const [energies, peaks] = [Float32Array.from(this.#energies), Float32Array.from(this.#peaks)];
    this.kept.push({ firstStep: this.#step - stepCount, stepCount, energies, peaks });
    this.#energies = [];
    this.#peaks = [];
  }
}
