/** Decoding to sound: a speaker's track as it is listened to, a finished file as it is heard. */
import {
  type FfmpegPlan,
  ffmpegPlan,
  IN_LARGE_FRAMES,
  rawOutput,
  STANDARD_OUTPUT,
  timestampsOutput,
  trackInput,
} from './ffmpeg-plan.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import type { TrackFormat } from './track-formats.ts';

/** NaN is silence; nothing is louder than 12 dB above full scale. */
const TAME = "aeval='if(isnan(val(ch)),0,clip(val(ch),-4,4))':c=same,";

/** The chain in front of every resampler, which one NaN would poison. Empty for files that cannot hold such samples. */
function sanitise(format: TrackFormat): string {
  return format.mayHoldWildSamples ? TAME : '';
}

/**
 * To one channel, 48 kHz, 32-bit floats. Channels are averaged: two equal ones are as loud as each of them. The fourth
 * of eight, which films use for rumble only, may here be somebody's microphone.
 */
function toOneChannel(): string {
  return `aresample=${SAMPLE_RATE_HZ}:rematrix_maxval=1:lfe_mix_level=1,aformat=flt:${SAMPLE_RATE_HZ}:mono`;
}

/** How much lower a microphone's steady noise becomes; speech stays as it is. */
export const NOISE_REDUCTION_DB = 12;
/** ffmpeg's filter wants the noise told a little louder than it is, and knows no other levels. */
const TOLD_LOUDER_DB = 3;
const [LEAST_FLOOR_DB, MOST_FLOOR_DB] = [-80, -20];

/** The filter looks ahead by this much at 48 kHz. */
const REDUCTION_DELAY_SAMPLES = 1200;

export interface NoiseReduction {
  /** Of the microphone when nobody talks. */
  readonly noiseLufs: number;
  /** How the filter's delay shows in this ffmpeg: `late`, everything comes by so much later; `short`, the end is missing. */
  readonly delay: 'late' | 'short' | 'unknown';
}

/** Told the floor, as it was measured: left to find it out, the filter of ffmpeg 5 does next to nothing. */
function noiseReduction({ noiseLufs, delay }: NoiseReduction): string {
  const floorDb = Math.min(MOST_FLOOR_DB, Math.max(LEAST_FLOOR_DB, noiseLufs + TOLD_LOUDER_DB));
  const filter = `afftdn=nr=${NOISE_REDUCTION_DB}:nf=${floorDb.toFixed(1)}`;
  if (delay === 'unknown') return `,${filter}`;
  const padded = `,apad=pad_len=${REDUCTION_DELAY_SAMPLES},${filter}`;
  return delay === 'late' ? `${padded},atrim=start_sample=${REDUCTION_DELAY_SAMPLES},asetpts=N/SR/TB` : padded;
}

/**
 * A speaker's track as one channel on standard output, to its end. It is not limited here: a limit (`-t`) would go by
 * timestamps, and hide from the clock that they leap ahead. Gaps in them are closed: the clock tells of them.
 */
export function listeningPlan(
  files: { readonly audio: string; readonly timestamps: string },
  format: TrackFormat,
  reduction?: NoiseReduction,
): FfmpegPlan {
  return ffmpegPlan({
    inputs: [trackInput(files.audio, format)],
    filterGraph:
      '[0:a:0]asplit[stamps][sound];' +
      `[sound]${IN_LARGE_FRAMES},${sanitise(format)}asetpts=N/SR/TB,${toOneChannel()}${reduction ? noiseReduction(reduction) : ''}[heard]`,
    outputs: [timestampsOutput('stamps', files.timestamps), rawOutput('heard', STANDARD_OUTPUT)],
  });
}

/** A finished MP3 on standard output, channels interleaved, as a player would give it out. */
export function hearingBackPlan(audio: string, format: TrackFormat): FfmpegPlan {
  return ffmpegPlan({
    inputs: [trackInput(audio, format)],
    filterGraph: `[0:a:0]${IN_LARGE_FRAMES},asetpts=N/SR/TB,aformat=flt[heard]`,
    outputs: [rawOutput('heard', STANDARD_OUTPUT)],
  });
}
