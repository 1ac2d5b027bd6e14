/** What one decode of a track told. Steps count from the first decoded sample: gaps in the clock are not in here. */
import type { StepRange } from './sample-clock.ts';

/** A stretch of sound that is kept for the mix; what lies between stretches is closed microphone, and forgotten. */
export interface KeptStretch extends StepRange {
  /** K-weighted mean square of each step, as one channel, after the high-pass. */
  readonly energies: Float32Array;
  /** Highest sample of each step, as a factor of full scale. */
  readonly peaks: Float32Array;
}

export interface TrackHearing {
  readonly decodedSamples: number;
  /** Ascending, neither touching nor overlapping. Their sound lies back to back in the track's lane file. */
  readonly kept: readonly KeptStretch[];
  /** Where somebody is heard, without the margins that `kept` adds; each lies within a kept stretch. */
  readonly talk: readonly StepRange[];
  /** Gated over the 400 ms blocks of `talk`; null when nobody is heard. */
  readonly speechLufs: number | null;
  /** Of the microphone when nobody talks; null where that is digital silence or never happens. */
  readonly noiseLufs: number | null;
  /** Before the high-pass; null for digital silence. */
  readonly samplePeakDbfs: number | null;
  /** In runs of three or more at full scale. */
  readonly clippedSamples: number;
  /** NaN or infinite, taken as silence. */
  readonly nonFiniteSamples: number;
  /** Mean of all samples, as a factor of full scale. */
  readonly dcOffset: number;
}
