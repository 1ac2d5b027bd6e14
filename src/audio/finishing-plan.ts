/** From the mix to the master: one linear gain, a true-peak limiter where one is needed, the MP3 encoder. */
import { decibelsToFactor } from '../domain/loudness.ts';
import { type FfmpegPlan, factor, ffmpegPlan, meter, mp3Output, nullOutput, rawInput } from './ffmpeg-plan.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

/** How the mix is brought to its level, before the encoder's own loss. */
export interface Finish {
  readonly gainDb: number;
  /** Peaks are held below this; absent where none would pass it, and then the sound is only made louder or softer. */
  readonly limitDbtp?: number;
}

export interface FinishFiles {
  readonly mix: string;
  readonly meter: string;
  readonly master: string;
}

/** At four times the rate, samples are so close together that none hides a peak between them (BS.1770 annex 2). */
const OVERSAMPLED_HZ = 4 * SAMPLE_RATE_HZ;
const LIMITER_ATTACK_MS = 5;
const LIMITER_RELEASE_MS = 60;
/** alimiter looks ahead by its attack and hands everything out that much later, less one sample. */
const LIMITER_DELAY_SAMPLES = (OVERSAMPLED_HZ * LIMITER_ATTACK_MS) / 1000 - 1;

/** `level=0`: otherwise alimiter makes everything louder again afterwards. */
function peakLimiter(limitDbtp: number): string {
  const limit = factor(decibelsToFactor(limitDbtp));
  return `alimiter=limit=${limit}:level=0:attack=${LIMITER_ATTACK_MS}:release=${LIMITER_RELEASE_MS}`;
}

function truePeakLimiter(limitDbtp: number, durationSamples: number): string {
  return [
    `apad=whole_len=${durationSamples + SAMPLE_RATE_HZ / 10}`,
    `aresample=${OVERSAMPLED_HZ}`,
    peakLimiter(limitDbtp),
    `atrim=start_sample=${LIMITER_DELAY_SAMPLES}`,
    'asetpts=N/SR/TB',
    `aresample=${SAMPLE_RATE_HZ}`,
    `atrim=end_sample=${durationSamples}`,
  ].join(',');
}

const gain = ({ gainDb }: Finish) => `volume=${factor(decibelsToFactor(gainDb))}`;

/**
 * What the finish does to loudness, without encoding. Peaks between samples make no difference to that worth hearing,
 * so the limiter works at the plain rate here, which is five times faster.
 */
export function rehearsalPlan(files: FinishFiles, finish: Finish): FfmpegPlan {
  const limited = finish.limitDbtp === undefined ? '' : `,${peakLimiter(finish.limitDbtp)}`;
  return ffmpegPlan({
    inputs: [rawInput(files.mix)],
    filterGraph: `[0:a]${gain(finish)}${limited},${meter(files.meter, 'none')}[out]`,
    outputs: [nullOutput('out')],
  });
}

/** Both channels carry the same, so that every meter and every app mean the same by its loudness. */
export function encodingPlan(
  files: FinishFiles,
  finish: Finish,
  durationSamples: number,
  bitrateKbps: number,
): FfmpegPlan {
  const limited = finish.limitDbtp === undefined ? '' : `,${truePeakLimiter(finish.limitDbtp, durationSamples)}`;
  return ffmpegPlan({
    inputs: [rawInput(files.mix)],
    filterGraph: `[0:a]${gain(finish)}${limited},pan=stereo|c0=c0|c1=c0[out]`,
    outputs: [mp3Output('out', files.master, bitrateKbps)],
  });
}
