/** Tells a recorder whose clock ran fast or slow from one that lost sound. */
import type { TimestampReading } from './timestamps.ts';

export interface DriftFacts {
  readonly timestamps: Pick<TimestampReading, 'decodedSeconds' | 'gapCount' | 'segments'>;
  /** Promised by the platform; absent where it promised nothing. */
  readonly durationSeconds?: number | undefined;
  /** See streamEndMark. */
  readonly hasEndMark: boolean;
}

export interface Drift {
  /** Decoded samples for each sample of the room; above 1 where the recorder's clock ran fast. */
  readonly rate: number;
  readonly correctedPpm: number;
}

const SHORTEST_SECONDS = 600;
/** Quartz is within 100 ppm, two of them within 200: what differs by more is no drift. */
const LARGEST_PPM = 300;
/** The last packet of a codec is filled up by as much: that says nothing about clocks, and nobody hears it. */
const SMALLEST_SECONDS = 0.02;

/**
 * The rate at which a track is to be played so that it lasts as long as promised; undefined where nothing is to be
 * corrected: under 20 ms over the whole, or where drift cannot be told from sound that is missing.
 */
export function driftRate({ timestamps, durationSeconds, hasEndMark }: DriftFacts): Drift | undefined {
  if (!hasEndMark || durationSeconds === undefined || !(durationSeconds >= SHORTEST_SECONDS)) return undefined;
  if (timestamps.gapCount > 0 || timestamps.segments.length !== 1) return undefined;
  const deviationSeconds = timestamps.decodedSeconds - durationSeconds;
  const correctedPpm = (deviationSeconds / durationSeconds) * 1e6;
  if (Math.abs(deviationSeconds) < SMALLEST_SECONDS || Math.abs(correctedPpm) > LARGEST_PPM) return undefined;
  return { rate: timestamps.decodedSeconds / durationSeconds, correctedPpm };
}
