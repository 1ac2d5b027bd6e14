/** Decoding one file once, to learn all that is asked of it: timestamps, true length, loudness, peak. */
import { type FfmpegPlan, ffmpegPlan, meter, nullOutput, timestampsOutput, trackInput } from './ffmpeg-plan.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import type { TrackFormat } from './track-formats.ts';

/** NaN is silence; nothing is louder than 12 dB above full scale. */
const TAME = "aeval='if(isnan(val(ch)),0,clip(val(ch),-4,4))':c=same,";

/** The chain in front of every resampler, which one NaN would poison. Empty for files that cannot hold such samples. */
export function sanitise(format: TrackFormat): string {
  return format.mayHoldWildSamples ? TAME : '';
}

/** To one channel, 48 kHz, 32-bit floats. Channels are averaged: two equal ones are as loud as each of them. */
export function toOneChannel(resamplerOptions = ''): string {
  return `aresample=${SAMPLE_RATE_HZ}:rematrix_maxval=1${resamplerOptions},aformat=flt:${SAMPLE_RATE_HZ}:mono`;
}

export interface DecodeFiles {
  readonly audio: string;
  readonly timestamps: string;
  readonly meter: string;
}

/** A speaker's track, measured as one channel. Gaps in its timestamps are closed here: only what was recorded counts. */
export function analysisPlan(files: DecodeFiles, format: TrackFormat, maxSeconds: number): FfmpegPlan {
  return ffmpegPlan({
    inputs: [trackInput(files.audio, format, maxSeconds)],
    filterGraph:
      '[0:a:0]asplit[stamps][sound];' +
      `[sound]${sanitise(format)}asetpts=N/SR/TB,${toOneChannel()},${meter(files.meter, 'sample')}[metered]`,
    outputs: [timestampsOutput('stamps', files.timestamps), nullOutput('metered')],
  });
}

/** A finished MP3, measured as it is heard: both channels, with true peak. */
export function verificationPlan(files: DecodeFiles, format: TrackFormat, maxSeconds: number): FfmpegPlan {
  return ffmpegPlan({
    inputs: [trackInput(files.audio, format, maxSeconds)],
    filterGraph: `[0:a:0]asplit[stamps][sound];[sound]${meter(files.meter, 'true')}[metered]`,
    outputs: [timestampsOutput('stamps', files.timestamps), nullOutput('metered')],
  });
}
