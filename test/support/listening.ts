/** Listens to a sound as the listening worker does, and asks what was kept of it. */
import { STEP_SAMPLES, type StepRange } from '../../src/audio/sample-clock.ts';
import type { TrackHearing } from '../../src/audio/track-hearing.ts';
import { TrackListener, type TrackListenerOptions } from '../../src/audio/track-listener.ts';

export interface Listened {
  readonly hearing: TrackHearing;
  readonly packed: readonly Uint8Array[];
  /** The most steps that were held back at once. */
  readonly mostWaitingSteps: number;
}

/** `lengths`: of the pieces it is heard in, over and over. */
export function listen(
  sound: Float32Array,
  options: TrackListenerOptions = { kind: 'speech' },
  lengths: readonly number[] = [16_384],
): Listened {
  const packed: Uint8Array[] = [];
  const listener = new TrackListener(options, (step) => packed.push(step.slice()));
  let mostWaitingSteps = 0;
  for (let from = 0, turn = 0; from < sound.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    listener.hear(sound.subarray(from, from + length));
    mostWaitingSteps = Math.max(mostWaitingSteps, listener.waitingSteps);
    from += length;
  }
  return { hearing: listener.end(), packed, mostWaitingSteps };
}

export const isIn = (ranges: readonly StepRange[], step: number) =>
  ranges.some(({ firstStep, stepCount }) => firstStep <= step && step < firstStep + stepCount);

export const stepAt = (seconds: number) => Math.floor((seconds * 48_000) / STEP_SAMPLES);

/** Seconds of [from, to) that lie in the ranges. */
export function secondsIn(ranges: readonly StepRange[], fromSeconds: number, toSeconds: number): number {
  let steps = 0;
  for (const { firstStep, stepCount } of ranges) {
    steps += Math.max(0, Math.min(firstStep + stepCount, stepAt(toSeconds)) - Math.max(firstStep, stepAt(fromSeconds)));
  }
  return steps / 50;
}
