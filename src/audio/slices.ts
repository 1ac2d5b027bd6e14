/** The fixed slices an episode is mixed and encoded in. Their times depend on nothing but the episode's length. */
import { SAMPLE_RATE_HZ, type SampleRange } from './sample-clock.ts';

/** Samples in one frame of MPEG-1 Layer III: 24 ms. */
export const MP3_FRAME_SAMPLES = 1152;

/** libmp3lame hands out its first sample this much late (the `delay` of its header)... */
export const MP3_ENCODER_DELAY_SAMPLES = 576;
/** ...and every decoder adds the delay of its filter bank (ISO 11172-3) to that. */
const MP3_DECODER_DELAY_SAMPLES = 529;

/** 0.6 s: the shortest time that is whole MP3 frames (25), whole steps of 20 ms and whole blocks of 100 ms. */
export const SLICE_GRAIN_SAMPLES = 25 * MP3_FRAME_SAMPLES;
/** 150 s: one and a half seconds of pre-roll cost one in a hundred. */
const SLICE_SAMPLES = 250 * SLICE_GRAIN_SAMPLES;
/** A last slice shorter than this is not worth a process of its own. */
const SHORTEST_LAST_SLICE_SAMPLES = 10 * SAMPLE_RATE_HZ;

/** 1.536 s: enough that the encoder, its frames dropped, goes on as if it had heard all that was before. */
const PRE_ROLL_FRAMES = 64;
/** The encoder looks 176 samples past a frame's last; one frame more is plenty. */
const POST_ROLL_FRAMES = 1;

/** As a passport names them. */
export const SLICE_SETTINGS = {
  'slice.seconds': SLICE_SAMPLES / SAMPLE_RATE_HZ,
  'slice.preRollSeconds': (PRE_ROLL_FRAMES * MP3_FRAME_SAMPLES) / SAMPLE_RATE_HZ,
};

/** What is heard of the episode in it is `fromSample` to `toSample`; it is mixed with pre-roll before, post-roll after. */
export interface Slice extends SampleRange {
  readonly index: number;
  /** Whole frames; 0 for the first slice. */
  readonly preRollSamples: number;
  /** 0 for the last slice. */
  readonly postRollSamples: number;
  /** Of the frames that encoding it with its rolls gives: dropped at its beginning, then kept; the rest is dropped. */
  readonly framesToDrop: number;
  readonly framesToKeep: number;
}

/**
 * The slices of an episode, back to back from 0 to `durationSamples`. `sliceSamples` is for tests: a multiple of the
 * grain. Throws RangeError for an episode without a sample, and for a length that is not whole.
 */
export function slicesOf(durationSamples: number, sliceSamples: number = SLICE_SAMPLES): Slice[] {
  if (!Number.isSafeInteger(durationSamples) || durationSamples < 1) {
    throw new RangeError(
      `an episode of ${durationSamples} samples cannot be sliced: it needs one whole sample at least`,
    );
  }
  if (!Number.isSafeInteger(sliceSamples) || sliceSamples < 1 || sliceSamples % SLICE_GRAIN_SAMPLES !== 0) {
    throw new RangeError(`slices of ${sliceSamples} samples do not fit: give a multiple of ${SLICE_GRAIN_SAMPLES}`);
  }
  const whole = Math.floor(durationSamples / sliceSamples);
  const rest = durationSamples - whole * sliceSamples;
  const restIsOwnSlice = rest >= Math.min(SHORTEST_LAST_SLICE_SAMPLES, sliceSamples);
  const count = Math.max(1, whole + (restIsOwnSlice ? 1 : 0));
  return Array.from({ length: count }, (_, index) => slice(index, count, durationSamples, sliceSamples));
}

function slice(index: number, count: number, durationSamples: number, sliceSamples: number): Slice {
  const isLast = index === count - 1;
  const fromSample = index * sliceSamples;
  const toSample = isLast ? durationSamples : fromSample + sliceSamples;
  const framesToDrop = Math.min(PRE_ROLL_FRAMES, fromSample / MP3_FRAME_SAMPLES);
  return {
    index,
    fromSample,
    toSample,
    preRollSamples: framesToDrop * MP3_FRAME_SAMPLES,
    postRollSamples: Math.min(POST_ROLL_FRAMES * MP3_FRAME_SAMPLES, durationSamples - toSample),
    framesToDrop,
    framesToKeep: isLast ? framesHolding(toSample - fromSample) : (toSample - fromSample) / MP3_FRAME_SAMPLES,
  };
}

/** Readers that look for a second frame before they believe the first find one in the shortest episode too. */
const FEWEST_FRAMES = 2;

/** Frames that must be there until the last of `samples` has left both encoder and decoder. */
export function framesHolding(samples: number): number {
  const delayed = samples + MP3_ENCODER_DELAY_SAMPLES + MP3_DECODER_DELAY_SAMPLES;
  return Math.max(FEWEST_FRAMES, Math.ceil(delayed / MP3_FRAME_SAMPLES));
}
