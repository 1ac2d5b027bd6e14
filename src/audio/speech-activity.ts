/** Decides, step by step and 60 s behind what it hears, where a track is kept and where somebody talks. */
import { energyToLufs } from './loudness-gating.ts';
import { LOOK_AROUND_STEPS, type TalkThreshold, TalkThresholds } from './talk-threshold.ts';

export type TrackKind = 'speech' | 'music';

/**
 * What a step is found to be. Only closed steps are forgotten; in a margin there may still be breath and reverberation,
 * in a pause there is nothing but the room.
 */
export const CLOSED = 0;
const PAUSE = 1;
export const MARGIN = 2;
export const TALK = 3;
export type StepVerdict = typeof CLOSED | typeof PAUSE | typeof MARGIN | typeof TALK;

/** Talk begins with this many steps in a row above the threshold, or with one that is a good deal louder. */
const LEAST_BURST_STEPS = 2;
const LOUD_BURST_LU = 12;
/** Talk ends 240 ms after the last step above the threshold. */
const HANG_OVER_STEPS = 12;
/** The lower threshold alone does not carry talk longer than this: 1 s. */
const CARRIED_STEPS = 50;
/** Kept before talk: 200 ms, for the soft beginnings of words. After it: 600 ms. */
const BEFORE_STEPS = 10;
const AFTER_STEPS = 30;
/** Beside talk, on both sides, a step is no pause yet. */
const BESIDE_STEPS = 10;
/** What would be closed for less than 500 ms is kept. */
const LEAST_CLOSED_STEPS = 25;

/** A verdict is out of reach of all that is heard later: then onset, margin and joining are behind it. */
const SETTLED_AFTER_STEPS = LEAST_CLOSED_STEPS + BEFORE_STEPS + LEAST_BURST_STEPS;

/** At most this many steps wait for their verdict. */
export const MOST_WAITING_STEPS = LOOK_AROUND_STEPS + SETTLED_AFTER_STEPS + 1;

/** Music: everything above digital silence. */
const MUSIC_THRESHOLD: TalkThreshold = { openLufs: -80, closeLufs: -80 };

export class SpeechActivity {
  readonly #thresholds: TalkThresholds | undefined;
  readonly #verdict: (verdict: StepVerdict) => void;
  /** Levels and verdicts of the steps that wait, each at its number modulo the length. */
  readonly #levels = new Float32Array(4096);
  readonly #verdicts = new Uint8Array(64);
  #heard = 0;
  #judged = 0;
  #settled = 0;
  /** Steps in a row above the threshold while nobody talks. */
  #burst = 0;
  #talking = false;
  #lastActive = -Infinity;
  #lastOpen = -Infinity;
  /** The last step of the latest talk, and of what is kept after it. */
  #talkedLast = -Infinity;

  /** `verdict` is told of every step, in order. */
  constructor(kind: TrackKind, verdict: (verdict: StepVerdict) => void) {
    this.#thresholds = kind === 'speech' ? new TalkThresholds() : undefined;
    this.#verdict = verdict;
  }

  /** The K-weighted mean square of the next step. */
  hear(energy: number): void {
    const lufs = energyToLufs(energy);
    this.#thresholds?.hear(lufs);
    this.#levels[this.#heard % this.#levels.length] = lufs;
    this.#heard += 1;
    if (this.#heard > LOOK_AROUND_STEPS) this.#judge();
  }

  /** The track has ended: the steps that wait get their verdicts. */
  end(): void {
    while (this.#judged < this.#heard) this.#judge();
    while (this.#settled < this.#judged) this.#settle();
  }

  #judge(): void {
    const step = this.#judged;
    const threshold = this.#thresholds?.next() ?? MUSIC_THRESHOLD;
    const lufs = this.#levels[step % this.#levels.length] ?? -Infinity;
    this.#judged += 1;
    if (lufs >= threshold.openLufs) this.#lastOpen = step;
    if (this.#talking) this.#goOn(step, lufs, threshold);
    else this.#listen(step, lufs, threshold);
    if (this.#judged - this.#settled > SETTLED_AFTER_STEPS) this.#settle();
  }

  #goOn(step: number, lufs: number, { closeLufs }: TalkThreshold): void {
    if (lufs >= closeLufs && step - this.#lastOpen <= CARRIED_STEPS) this.#lastActive = step;
    if (step - this.#lastActive <= HANG_OVER_STEPS) {
      this.#talkedLast = step;
      this.#mark(step, TALK);
      return;
    }
    this.#talking = false;
    this.#burst = 0;
    this.#mark(step, this.#afterTalk(step));
  }

  #listen(step: number, lufs: number, { openLufs }: TalkThreshold): void {
    this.#burst = lufs >= openLufs ? this.#burst + 1 : 0;
    const begins = this.#burst >= LEAST_BURST_STEPS || lufs >= openLufs + LOUD_BURST_LU;
    if (!begins) {
      this.#mark(step, this.#afterTalk(step));
      return;
    }
    this.#openFrom(step - this.#burst + 1);
    for (let talked = step - this.#burst + 1; talked <= step; talked += 1) this.#mark(talked, TALK);
    this.#talking = true;
    this.#lastActive = step;
    this.#talkedLast = step;
  }

  /** Keeps what lies before an onset, and all back to the last kept step when that is near. */
  #openFrom(onset: number): void {
    const keptLast = this.#talkedLast + AFTER_STEPS;
    const first = onset - BEFORE_STEPS;
    const joined = first - keptLast - 1 < LEAST_CLOSED_STEPS ? keptLast + 1 : first;
    for (let step = Math.max(0, joined); step < first; step += 1) this.#mark(step, PAUSE);
    for (let step = Math.max(0, first, this.#talkedLast + 1); step < onset; step += 1) this.#mark(step, MARGIN);
  }

  #afterTalk(step: number): StepVerdict {
    const since = step - this.#talkedLast;
    if (since <= BESIDE_STEPS) return MARGIN;
    return since <= AFTER_STEPS ? PAUSE : CLOSED;
  }

  #mark(step: number, verdict: StepVerdict): void {
    this.#verdicts[step % this.#verdicts.length] = verdict;
  }

  #settle(): void {
    const verdict = this.#verdicts[this.#settled % this.#verdicts.length] as StepVerdict;
    this.#settled += 1;
    this.#verdict(verdict);
  }
}
