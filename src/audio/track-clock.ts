/** A track's own clock: which stretches of what was decoded follow one another without a gap, and when each begins. */
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/** From here to the next segment the track's clock and its decoded samples run alike. */
export interface ClockSegment {
  /** Decoded samples at 48 kHz before it. */
  readonly fromSample: number;
  /** After the track's first sample. */
  readonly startSeconds: number;
}

/** A smaller difference is rounding of the container's clock, or a timestamp that trembles. */
export const GAP_SECONDS = 0.015;
/** A timestamp that is back where it belongs before as much has sounded was written late: nothing was lost. */
const SETTLED_SECONDS = 0.1;

/** In ticks of the sample rate. `aheadTicks`: by how much the timestamps have left behind what was decoded. */
interface Step {
  readonly fromTicks: number;
  readonly aheadTicks: number;
}

/**
 * Follows the timestamps of decoded frames. Where they leave what was decoded by more than 15 ms, and stay away, a
 * segment begins: later after lost packets, earlier where a clock went back (that sound overlaps what came before).
 */
export class TrackClock {
  readonly #secondsPerTick: number;
  readonly #steps: Step[] = [];
  #first = 0;
  #decodedTicks = 0;
  #pending: Step | undefined;

  constructor(secondsPerTick: number) {
    this.#secondsPerTick = secondsPerTick;
  }

  /** The next frame, in ticks. */
  add(pts: number, duration: number): void {
    const current = this.#steps.at(-1);
    if (current === undefined) {
      this.#first = pts;
      this.#steps.push({ fromTicks: 0, aheadTicks: 0 });
    } else {
      this.#follow(current, { fromTicks: this.#decodedTicks, aheadTicks: pts - this.#first - this.#decodedTicks });
    }
    this.#decodedTicks += duration;
  }

  /** After the last frame; none where nothing was decoded. */
  segments(): ClockSegment[] {
    const steps = this.#pending ? [...this.#steps, this.#pending] : this.#steps;
    return steps.map(({ fromTicks, aheadTicks }) => ({
      fromSample: Math.round(fromTicks * this.#secondsPerTick * SAMPLE_RATE_HZ),
      startSeconds: (fromTicks + aheadTicks) * this.#secondsPerTick,
    }));
  }

  #follow(current: Step, now: Step): void {
    const pending = this.#pending;
    if (this.#alike(current, now)) {
      this.#pending = undefined;
    } else if (pending === undefined) {
      this.#pending = now;
    } else if (this.#alike(pending, now)) {
      if ((now.fromTicks - pending.fromTicks) * this.#secondsPerTick < SETTLED_SECONDS) return;
      this.#steps.push(pending);
      this.#pending = undefined;
    } else {
      // Still further away: more was lost right after. Elsewhere: the last one was an outlier.
      const first = pending.aheadTicks - current.aheadTicks;
      const second = now.aheadTicks - pending.aheadTicks;
      if (first > 0 === second > 0) this.#steps.push(pending);
      this.#pending = now;
    }
  }

  #alike(a: Step, b: Step): boolean {
    return Math.abs(a.aheadTicks - b.aheadTicks) * this.#secondsPerTick <= GAP_SECONDS;
  }
}
