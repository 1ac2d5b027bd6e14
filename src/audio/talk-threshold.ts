/** How loud a step must be to count as talk: told from the levels heard in the minute before it and the minute after. */
import { STEPS_PER_SECOND } from './sample-clock.ts';

/** How far the noise floor looks to either side: 60 s. */
export const LOOK_AROUND_STEPS = 3000;

/** Looked at anew each 100 ms: a percentile of minutes does not move faster. */
const RENEWED_EVERY_STEPS = 5;

const LOWEST_LUFS = -90;
const BIN_LU = 0.5;
const BINS = 240;
const NO_EVIDENCE = 255;

/** A step is evidence of the room's noise once sound has lasted this long: a burst between digital silence shows none. */
const SETTLED_STEPS = 25;
/** Less sound than this shows no floor, unless it hardly varies. */
const FLOOR_EVIDENCE_STEPS = 100;
/** Less than this shows nothing at all. */
const LEAST_EVIDENCE_STEPS = 25;
/** With this much on one side, that side has a floor of its own, so that a fan that starts is not taken for talk. */
const SIDE_EVIDENCE_STEPS = 1000;

/** Low, since even a speaker in full flow pauses for that share of the time. */
const FLOOR_SHARE = 0.1;
const SIDE_FLOOR_SHARE = 0.08;
const LOUD_SHARE = 0.95;

const OPEN_ABOVE_FLOOR_LU = 8;
/** The close threshold lies this much under the open one. */
const HYSTERESIS_LU = 2;
/** Below this nothing is talk; a track that is quiet throughout but has structure is given ten more. */
const LEAST_OPEN_LUFS = -65;
const LEAST_OPEN_QUIET_LUFS = -75;
const QUIET_BELOW_LOUD_LU = 30;
const STRUCTURE_LU = 20;
/** Above this everything is talk, whatever the noise. */
const MOST_OPEN_LUFS = -30;

/** Sound that varies less is steady: deliberate when loud (a tone, a held note), else the hiss of an open microphone. */
const STEADY_SPREAD_LU = 6;
const STEADY_IS_TALK_LUFS = -35;

/** As a passport names them. */
export const TALK_SETTINGS = {
  'talk.aboveNoiseLu': OPEN_ABOVE_FLOOR_LU,
  'talk.hysteresisLu': HYSTERESIS_LU,
  'talk.noiseLookAroundSeconds': LOOK_AROUND_STEPS / STEPS_PER_SECOND,
};

/** Counts levels in bins of 0.5 LU. */
class LevelHistogram {
  count = 0;
  readonly #bins = new Uint16Array(BINS);

  add(bin: number, times: 1 | -1): void {
    this.#bins[bin] = (this.#bins[bin] ?? 0) + times;
    this.count += times;
  }

  /** The level, in LUFS, that this share of the steps does not exceed. */
  percentile(share: number): number {
    let left = share * (this.count - 1);
    for (let bin = 0; bin < BINS; bin += 1) {
      left -= this.#bins[bin] ?? 0;
      if (left < 0) return LOWEST_LUFS + (bin + 0.5) * BIN_LU;
    }
    return LOWEST_LUFS;
  }
}

export interface TalkThreshold {
  /** What begins talk, and what goes on with it, in LUFS. */
  readonly openLufs: number;
  readonly closeLufs: number;
}

const thresholdAt = (openLufs: number): TalkThreshold => ({ openLufs, closeLufs: openLufs - HYSTERESIS_LU });

/** Slides over a track: levels go in at its front, thresholds come out 60 s behind, or nearer once the track has ended. */
export class TalkThresholds {
  readonly #past = new LevelHistogram();
  readonly #future = new LevelHistogram();
  readonly #around = new LevelHistogram();
  /** The bins of the steps around, each at its number modulo the length. */
  readonly #ring = new Uint8Array(8192);
  #heard = 0;
  #asked = 0;
  #soundingSteps = 0;
  #threshold = thresholdAt(LEAST_OPEN_LUFS);

  /** The level of the next step, -Infinity for digital silence. At most 60 s more than what `next` was asked for. */
  hear(lufs: number): void {
    this.#soundingSteps = lufs > LOWEST_LUFS ? this.#soundingSteps + 1 : 0;
    const bin = Math.min(BINS - 1, Math.floor((lufs - LOWEST_LUFS) / BIN_LU));
    const evidence = this.#soundingSteps > SETTLED_STEPS ? bin : NO_EVIDENCE;
    this.#ring[this.#heard % this.#ring.length] = evidence;
    this.#heard += 1;
    if (evidence === NO_EVIDENCE) return;
    this.#future.add(evidence, 1);
    this.#around.add(evidence, 1);
  }

  /** The threshold of the next step, which has been heard. */
  next(): TalkThreshold {
    const step = this.#asked;
    this.#asked += 1;
    this.#move(step, this.#future, this.#past);
    this.#move(step - LOOK_AROUND_STEPS, this.#past, undefined);
    if (step % RENEWED_EVERY_STEPS === 0) this.#threshold = thresholdAt(this.#openLufs());
    return this.#threshold;
  }

  #move(step: number, from: LevelHistogram, to: LevelHistogram | undefined): void {
    const bin = step < 0 ? NO_EVIDENCE : (this.#ring[step % this.#ring.length] ?? NO_EVIDENCE);
    if (bin === NO_EVIDENCE) return;
    from.add(bin, -1);
    if (to === undefined) this.#around.add(bin, -1);
    else to.add(bin, 1);
  }

  #openLufs(): number {
    const around = this.#around;
    if (around.count < LEAST_EVIDENCE_STEPS) return LEAST_OPEN_QUIET_LUFS;
    const low = around.percentile(FLOOR_SHARE);
    const loud = around.percentile(LOUD_SHARE);
    const steady = loud - low < STEADY_SPREAD_LU;
    if (steady && around.percentile(0.5) >= STEADY_IS_TALK_LUFS) return low - STEADY_SPREAD_LU;
    const structured = loud - low >= STRUCTURE_LU;
    const least = structured
      ? Math.min(LEAST_OPEN_LUFS, Math.max(LEAST_OPEN_QUIET_LUFS, loud - QUIET_BELOW_LOUD_LU))
      : LEAST_OPEN_LUFS;
    if (around.count < FLOOR_EVIDENCE_STEPS && !steady) return least;
    const floor = Math.max(low, sideFloor(this.#past), sideFloor(this.#future));
    return Math.min(MOST_OPEN_LUFS, Math.max(least, floor + OPEN_ABOVE_FLOOR_LU));
  }
}

function sideFloor(side: LevelHistogram): number {
  return side.count < SIDE_EVIDENCE_STEPS ? -Infinity : side.percentile(SIDE_FLOOR_SHARE);
}
