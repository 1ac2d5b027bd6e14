/** What ffmpeg is asked to do, as data; one adapter runs it. Files are named within the work folder it runs in. */

import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import type { TrackFormat } from './track-formats.ts';

/** In place of a file's name: what whoever runs the plan hands in, or takes out, as a stream. At most one of each. */
export const STANDARD_INPUT = 'pipe:0';
export const STANDARD_OUTPUT = 'pipe:1';

export interface FfmpegInput {
  readonly options: readonly string[];
  /** A file name within the work folder, or STANDARD_INPUT. */
  readonly file: string;
}

export interface FfmpegOutput {
  readonly options: readonly string[];
  /** A file name within the work folder, STANDARD_OUTPUT, or `-` where nothing is to be kept. */
  readonly target: string;
}

export interface FfmpegPlan {
  readonly inputs: readonly FfmpegInput[];
  readonly filterGraph: string;
  readonly outputs: readonly FfmpegOutput[];
}

/** No single allocation may be larger; a header that lies about sizes ends here. */
const MAX_ALLOCATION_BYTES = 256 * 1024 * 1024;

/**
 * Timestamps as the file has them, from zero on: without -copyts ffmpeg closes every gap of more than ten seconds
 * in an Ogg file, and all that follows would sound too early. -y: what is made again replaces what was there.
 */
const GLOBAL_OPTIONS = [
  ...['-nostdin', '-y', '-hide_banner', '-loglevel', 'warning', '-stats'],
  ...['-max_alloc', String(MAX_ALLOCATION_BYTES), '-copyts', '-start_at_zero'],
];

function inputOptions(demuxer: string, codecs: readonly string[]): string[] {
  return [
    ...['-threads', '1', '-protocol_whitelist', 'file,pipe'],
    ...['-format_whitelist', demuxer, '-codec_whitelist', codecs.join(',')],
  ];
}

/** The first input carries what holds for the whole run. */
function withGlobals(inputs: readonly FfmpegInput[]): FfmpegInput[] {
  return inputs.map((input, index) =>
    index === 0 ? { ...input, options: [...GLOBAL_OPTIONS, ...input.options] } : input,
  );
}

export function ffmpegPlan(plan: FfmpegPlan): FfmpegPlan {
  return Object.freeze({ ...plan, inputs: withGlobals(plan.inputs) });
}

/** A foreign file: read as the one format it was recognised as. How far, whoever takes the sound must see to. */
export function trackInput(file: string, format: TrackFormat): FfmpegInput {
  return { options: inputOptions(format.demuxer, format.codecs), file };
}

/** Sound of ours: 32-bit floats without a header, channels interleaved. */
export function rawInput(file: string, channels: 1 | 2 = 1): FfmpegInput {
  const form = ['-f', 'f32le', '-ar', String(SAMPLE_RATE_HZ), '-ac', String(channels)];
  return { options: [...inputOptions('f32le', ['pcm_f32le']), ...form], file };
}

/**
 * A filter, the first of its chain. A codec's frame is some 4 kB: handed on one by one, from filter to filter and to us,
 * each costs time. The last stays short.
 */
export const IN_LARGE_FRAMES = 'asetnsamples=n=16384:p=0';

/** Only the mapped audio: no pictures, subtitles, data, tags or chapters of the input. */
export const AUDIO_ONLY = ['-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'];

export function rawOutput(label: string, file: string): FfmpegOutput {
  return {
    options: ['-map', `[${label}]`, ...AUDIO_ONLY, '-c:a', 'pcm_f32le', '-f', 'f32le'],
    target: file,
  };
}

export function nullOutput(label: string): FfmpegOutput {
  return {
    options: ['-map', `[${label}]`, ...AUDIO_ONLY, '-f', 'null'],
    target: '-',
  };
}

/** One line for each decoded frame: its timestamp and length, in ticks of the sample rate. */
export function timestampsOutput(label: string, file: string): FfmpegOutput {
  return {
    options: ['-map', `[${label}]`, ...AUDIO_ONLY, '-c:a', 'pcm_f32le', '-f', 'framecrc'],
    target: file,
  };
}
