/** Listens to one track from its first to its last sample: what it tells is noted, what is kept is handed on packed. */
import { HearingNotes } from './hearing-notes.ts';
import { packStep, STEP_BYTES } from './kept-sound.ts';
import { SampleChecks } from './sample-checks.ts';
import { STEP_SAMPLES } from './sample-clock.ts';
import { CLOSED, MOST_WAITING_STEPS, SpeechActivity, type StepVerdict, type TrackKind } from './speech-activity.ts';
import { StepMeter } from './step-meter.ts';
import type { TrackHearing } from './track-hearing.ts';

/** Below lie handling noise and hum, and nothing of a voice that is missed. */
export const SPEECH_HIGH_PASS_HERTZ = 80;

export interface TrackListenerOptions {
  /** Music keeps everything but digital silence, and its lowest notes. */
  readonly kind: TrackKind;
  /** What an earlier listening told: exactly the same stretches are kept, and nothing is judged anew. */
  readonly known?: TrackHearing;
}

/**
 * Streaming: 48 kHz, one channel, in pieces of any length. Holds back about 61 s of sound (12 MB), since what is
 * noise and what is talk shows in the minute that follows.
 */
export class TrackListener {
  readonly #keep: (packedStep: Uint8Array) => void;
  readonly #known: TrackHearing | undefined;
  readonly #checks = new SampleChecks();
  readonly #meter: StepMeter;
  readonly #activity: SpeechActivity;
  readonly #notes = new HearingNotes();
  readonly #step = new Float32Array(STEP_SAMPLES);
  #stepFill = 0;
  #decodedSamples = 0;
  /** What waits for its verdict, each step at its number modulo MOST_WAITING_STEPS. */
  readonly #waiting: Float32Array;
  readonly #packed = new Uint8Array(STEP_BYTES);
  readonly #energies = new Float32Array(MOST_WAITING_STEPS);
  readonly #peaks = new Float32Array(MOST_WAITING_STEPS);
  #heardSteps = 0;
  #settledSteps = 0;
  /** Which of the known stretches is next or now. */
  #knownIndex = 0;

  /** `keep` is given each kept step in order. The bytes are overwritten after it returns: copy them. */
  constructor({ kind, known }: TrackListenerOptions, keep: (packedStep: Uint8Array) => void) {
    this.#keep = keep;
    this.#known = known;
    this.#meter = new StepMeter(kind === 'speech' ? { highPassHertz: SPEECH_HIGH_PASS_HERTZ } : {});
    this.#activity = new SpeechActivity(kind, (verdict) => this.#settle(verdict));
    this.#waiting = new Float32Array(STEP_SAMPLES * (known === undefined ? MOST_WAITING_STEPS : 1));
  }

  /** Steps whose sound is held back now. */
  get waitingSteps(): number {
    return this.#known === undefined ? this.#heardSteps - this.#settledSteps : 0;
  }

  /** The next samples, as a factor of full scale. They are not changed, and not needed afterwards. */
  hear(samples: Float32Array): void {
    this.#decodedSamples += samples.length;
    for (let from = 0; from < samples.length; ) {
      const count = Math.min(STEP_SAMPLES - this.#stepFill, samples.length - from);
      this.#step.set(samples.subarray(from, from + count), this.#stepFill);
      this.#stepFill += count;
      from += count;
      if (this.#stepFill === STEP_SAMPLES) this.#hearStep();
    }
  }

  /**
   * The track has ended. Throws an Error when the track is `known` but has another length than then: it is another
   * file, or another decoder, and what was kept of it does not fit what is known.
   */
  end(): TrackHearing {
    if (this.#stepFill > 0) this.#hearStep();
    this.#activity.end();
    this.#notes.end();
    if (this.#known !== undefined) return this.#recognised(this.#known);
    const { samplePeak, clippedSamples, nonFiniteSamples, dcOffset } = this.#checks;
    return {
      decodedSamples: this.#decodedSamples,
      kept: this.#notes.kept,
      talk: this.#notes.talk,
      speechLufs: this.#notes.speechLufs(),
      noiseLufs: this.#notes.noiseLufs(),
      samplePeakDbfs: samplePeak > 0 ? 20 * Math.log10(samplePeak) : null,
      clippedSamples,
      nonFiniteSamples,
      dcOffset,
    };
  }

  #hearStep(): void {
    const step = this.#step;
    this.#checks.inspect(step.subarray(0, this.#stepFill));
    step.fill(0, this.#stepFill);
    this.#stepFill = 0;
    this.#meter.measure(step);
    const number = this.#heardSteps;
    this.#heardSteps += 1;
    if (this.#known !== undefined) {
      if (!this.#isKnownKept(this.#known, number)) return;
      this.#wait(0);
      this.#keepFrom(0);
      return;
    }
    const slot = number % MOST_WAITING_STEPS;
    this.#wait(slot);
    this.#energies[slot] = this.#meter.energy;
    this.#peaks[slot] = this.#meter.peak;
    this.#activity.hear(this.#meter.energy);
  }

  #settle(verdict: StepVerdict): void {
    const slot = this.#settledSteps % MOST_WAITING_STEPS;
    this.#settledSteps += 1;
    this.#notes.note(verdict, this.#energies[slot] ?? 0, this.#peaks[slot] ?? 0);
    if (verdict !== CLOSED) this.#keepFrom(slot);
  }

  #wait(slot: number): void {
    const at = slot * STEP_SAMPLES;
    // Most of a long track is silence, and need not be looked at a third time.
    if (this.#meter.peak === 0) this.#waiting.fill(0, at, at + STEP_SAMPLES);
    else this.#waiting.set(this.#step, at);
  }

  #keepFrom(slot: number): void {
    packStep(this.#waiting.subarray(slot * STEP_SAMPLES, (slot + 1) * STEP_SAMPLES), this.#packed, 0);
    this.#keep(this.#packed);
  }

  #isKnownKept({ kept }: TrackHearing, step: number): boolean {
    let stretch = kept[this.#knownIndex];
    while (stretch !== undefined && stretch.firstStep + stretch.stepCount <= step) stretch = kept[++this.#knownIndex];
    return stretch !== undefined && stretch.firstStep <= step;
  }

  #recognised(known: TrackHearing): TrackHearing {
    if (known.decodedSamples === this.#decodedSamples) return known;
    throw new Error(
      `the track decodes to ${this.#decodedSamples} samples, but ${known.decodedSamples} when it was first listened to; listen to it anew`,
    );
  }
}
