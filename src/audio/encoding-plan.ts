/** How mixed sound, handed to ffmpeg as it is made, becomes a slice of the master, an alternate or a stem. */
import {
  AUDIO_ONLY,
  type FfmpegOutput,
  type FfmpegPlan,
  ffmpegPlan,
  IN_LARGE_FRAMES,
  rawInput,
  STANDARD_INPUT,
} from './ffmpeg-plan.ts';

/** The channels of standard input, and of what is made of it. */
type Channels = 1 | 2;

/** No dates, versions or random serial numbers: the same sound gives the same bytes. */
const BITEXACT = ['-fflags', '+bitexact', '-flags:a', '+bitexact'];

/**
 * LAME's quality. One channel: 7, which leaves out noise shaping. Measured on speech, the noise of mono 80 kbit/s at 7
 * lies lower under the masking threshold than that of joint stereo 96 kbit/s at 5, for less than half the time.
 * Two channels are fewer bits for each, and music more often: 5.
 */
const MP3_QUALITY = { 1: 7, 2: 5 } as const;
/**
 * Above 16 kHz, MP3 at 48 kHz has no scale factor of its own, and at these bitrates LAME would let that much of one
 * channel through: the bits are better spent below. Lower bitrates it cuts lower, higher ones can afford all.
 */
const LOWPASS_HZ = 16_000;
const isWorthLowpass = (channels: Channels, kbps: number) => channels === 1 && kbps >= 64 && kbps <= 96;

/**
 * A slice with its rolls, as bare frames that need no other: no bit reservoir, no header. Frames of one channel can be
 * made joint stereo afterwards, cheaper than here: encode at monoBitrateFor.
 */
export function mp3SlicePlan(channels: Channels, bitrateKbps: number, target: string): FfmpegPlan {
  return encoding(channels, channels, target, [
    ...mp3Options(channels, bitrateKbps),
    ...['-write_xing', '0', '-id3v2_version', '0', '-write_id3v1', '0', '-f', 'mp3'],
  ]);
}

/** All that decides how it sounds. */
export function mp3Options(channels: Channels, bitrateKbps: number): string[] {
  const lowpass = isWorthLowpass(channels, bitrateKbps) ? ['-cutoff', String(LOWPASS_HZ)] : [];
  return [
    ...['-c:a', 'libmp3lame', '-b:a', `${bitrateKbps}k`, '-compression_level', String(MP3_QUALITY[channels])],
    ...[...lowpass, '-joint_stereo', '1', '-reservoir', '0'],
  ];
}

/** An alternate enclosure: AAC in MP4, its index at the front so that it plays while it loads. `target` is a file. */
export function aacPlan(channels: Channels, bitrateKbps: number, target: string): FfmpegPlan {
  return encoding(channels, 2, target, [
    ...['-c:a', 'aac', '-b:a', `${bitrateKbps}k`, '-movflags', '+faststart', '-f', 'ipod'],
  ]);
}

/** An alternate enclosure: Opus in Ogg. */
export function opusPlan(channels: Channels, bitrateKbps: number, target: string): FfmpegPlan {
  return encoding(channels, 2, target, [
    ...['-c:a', 'libopus', '-b:a', `${bitrateKbps}k`, '-application', 'audio', '-f', 'ogg'],
  ]);
}

/**
 * A speaker's stem, kept while the episode is published: Opus in Ogg, 32 kbit/s. The lowest complexity is six times
 * faster than the highest and 3 dB noisier; packets of 60 ms (STEM_PACKET_SAMPLES) take a quarter less time than the
 * usual 20 ms. Low delay is the one way to have libopus use CELT alone, whose packets of silence forget what was before.
 */
export function stemPlan(target: string): FfmpegPlan {
  return encoding(1, 1, target, [
    ...['-c:a', 'libopus', '-b:a', '32k', '-application', 'lowdelay', '-compression_level', '0'],
    ...['-frame_duration', '60', '-f', 'ogg'],
  ]);
}

/** A speaker's stem for an editor's own mix. */
export function stemFlacPlan(bits: 16 | 24, target: string): FfmpegPlan {
  const sampleFormat = bits === 16 ? 's16' : 's32';
  return encoding(1, 1, target, [
    ...['-c:a', 'flac', '-sample_fmt', sampleFormat, '-bits_per_raw_sample', String(bits)],
    ...['-compression_level', '2', '-f', 'flac'],
  ]);
}

function encoding(from: Channels, to: Channels, target: string, options: readonly string[]): FfmpegPlan {
  const output: FfmpegOutput = { options: ['-map', '[out]', ...AUDIO_ONLY, ...BITEXACT, ...options], target };
  return ffmpegPlan({
    inputs: [rawInput(STANDARD_INPUT, from)],
    filterGraph: `[0:a]${IN_LARGE_FRAMES}${from === to ? '' : ',pan=stereo|c0=c0|c1=c0'}[out]`,
    outputs: [output],
  });
}
