/**
 * The first frame of an MP3: silent, and carrying the "Info" header that tells how long the sound is to the sample.
 * After Xing's header and LAME's extension of it (LAME's VbrTag.c; "Mp3 info Tag rev 1 specifications").
 */
import { crc16 } from './crc16.ts';
import {
  bitrateIndex,
  frameBytes,
  MP3_BITRATES_KBPS,
  type Mp3Frame,
  Mp3Malformed,
  sideInfoBytes,
} from './mp3-frames.ts';
import type { Mp3Music } from './mp3-join.ts';
import { framesHolding, MP3_ENCODER_DELAY_SAMPLES, MP3_FRAME_SAMPLES } from './slices.ts';

/** Both ffmpegs carry this release of LAME; mutagen and ffmpeg believe the delays only of "LAME" and a release. */
const ENCODER = 'LAME3.100';

const TOC_ENTRIES = 100;
/** Frame count, byte count, table of contents and quality are all there. */
const ALL_FIELDS = 0b1111;
/** As LAME has it for a constant bitrate at its default quality, 5. */
const QUALITY = 55;
const CONSTANT_BITRATE = 1;
/** Offsets from the word "Info". */
const LAME_AT = 120;
const CRC_AT = 154;
const HEADER_LENGTH = 156;
const STEREO_MODES: Readonly<Record<Mp3Frame['channelMode'], number>> = {
  mono: 0,
  stereo: 1,
  'dual-channel': 2,
  'joint-stereo': 3,
};
const MODE_BITS: Readonly<Record<Mp3Frame['channelMode'], number>> = {
  stereo: 0b0000_0000,
  'joint-stereo': 0b0100_0000,
  'dual-channel': 0b1000_0000,
  mono: 0b1100_0000,
};
const IS_48_KHZ = 2;

/** Bytes of the frame that infoFrame will make, so that a writer can leave room for it. */
export function infoFrameBytes(music: Mp3Music): number {
  const frame = firstFrameOf(music);
  return frameBytes(infoBitrateKbps(frame), frame.sampleRateHz);
}

/**
 * To be put before `music`, of which `durationSamples` are to be heard. Throws Mp3Malformed when it is not 48 kHz, or
 * when its number of frames is not the one for that duration.
 */
export function infoFrame(music: Mp3Music, durationSamples: number): Uint8Array<ArrayBuffer> {
  const first = firstFrameOf(music);
  const needed = framesHolding(durationSamples);
  if (music.frameCount !== needed) {
    throw new Mp3Malformed(
      `${durationSamples} samples take ${needed} MP3 frames, not ${music.frameCount}: join all slices once and in order`,
    );
  }
  const bytes = new Uint8Array(infoFrameBytes(music));
  bytes.set([0xff, 0xfb, (bitrateIndex(infoBitrateKbps(first)) << 4) | 0b0100, MODE_BITS[first.channelMode] | 0b0100]);
  const tagAt = 4 + sideInfoBytes(first.channelMode);
  const totalBytes = bytes.length + music.byteCount;
  writeXing(new DataView(bytes.buffer, tagAt), music.frameCount, bytes.length, totalBytes);
  const padding = music.frameCount * MP3_FRAME_SAMPLES - durationSamples - MP3_ENCODER_DELAY_SAMPLES;
  writeLame(new DataView(bytes.buffer, tagAt + LAME_AT), first, padding, totalBytes, music.crc);
  new DataView(bytes.buffer).setUint16(tagAt + CRC_AT, crc16(bytes.subarray(0, tagAt + CRC_AT)));
  return bytes;
}

/** Byte counts hold the whole file from this frame on, the frame count all but this frame. */
function writeXing(view: DataView, frameCount: number, ownBytes: number, totalBytes: number): void {
  writeText(view, 0, 'Info');
  view.setUint32(4, ALL_FIELDS);
  view.setUint32(8, frameCount);
  view.setUint32(12, totalBytes);
  for (let percent = 0; percent < TOC_ENTRIES; percent += 1) {
    const frame = Math.floor((frameCount * percent) / TOC_ENTRIES);
    const byte = ownBytes + frame * ((totalBytes - ownBytes) / frameCount);
    view.setUint8(16 + percent, Math.min(255, Math.floor((256 * byte) / totalBytes)));
  }
  view.setUint32(16 + TOC_ENTRIES, QUALITY);
}

/** No replay gain, no peak, no lowpass, no preset: all zero, which means "not known". */
function writeLame(view: DataView, first: Mp3Frame, padding: number, totalBytes: number, musicCrc: number): void {
  writeText(view, 0, ENCODER);
  view.setUint8(9, CONSTANT_BITRATE);
  view.setUint8(20, Math.min(255, first.bitrateKbps));
  view.setUint8(21, MP3_ENCODER_DELAY_SAMPLES >> 4);
  view.setUint16(22, ((MP3_ENCODER_DELAY_SAMPLES & 0xf) << 12) | padding);
  view.setUint8(24, (IS_48_KHZ << 6) | (STEREO_MODES[first.channelMode] << 2));
  view.setUint32(28, totalBytes);
  view.setUint16(32, musicCrc);
}

/** The music's own bitrate, unless the header needs more room. */
function infoBitrateKbps(frame: Mp3Frame): number {
  const needed = 4 + sideInfoBytes(frame.channelMode) + HEADER_LENGTH;
  const holds = (kbps: number) => kbps >= frame.bitrateKbps && frameBytes(kbps, frame.sampleRateHz) >= needed;
  return MP3_BITRATES_KBPS.find(holds) ?? frame.bitrateKbps;
}

function firstFrameOf(music: Mp3Music): Mp3Frame {
  if (music.firstFrame === null) throw new Mp3Malformed('there is no MP3 to write a header for: join a slice first');
  if (music.firstFrame.sampleRateHz !== 48_000) {
    throw new Mp3Malformed(`MP3 of ${music.firstFrame.sampleRateHz} Hz cannot be joined here: encode at 48,000 Hz`);
  }
  return music.firstFrame;
}

function writeText(view: DataView, at: number, text: string): void {
  for (let n = 0; n < text.length; n += 1) view.setUint8(at + n, text.charCodeAt(n));
}
