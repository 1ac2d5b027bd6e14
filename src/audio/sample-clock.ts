/** The clock of all sound in here: 48,000 samples a second, listened to and levelled in steps of 20 ms. */

/** Everything is mixed at this rate; offsets are whole samples of it (21 µs). */
export const SAMPLE_RATE_HZ = 48_000;

/** 20 ms: the grain of speech activity, kept sound and gain curves. */
export const STEP_SAMPLES = 960;
export const STEPS_PER_SECOND = SAMPLE_RATE_HZ / STEP_SAMPLES;

/** Step n holds the samples from n × 960 up to (n + 1) × 960. */
export interface StepRange {
  readonly firstStep: number;
  readonly stepCount: number;
}

/** From `fromSample` up to, not including, `toSample`. */
export interface SampleRange {
  readonly fromSample: number;
  readonly toSample: number;
}
