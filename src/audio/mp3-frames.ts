/** Frames of MPEG-1 Layer III as they lie in bytes (ISO 11172-3, 2.4.1 and 2.4.2). Nothing is copied. */

/** The bytes are not MP3 as this code writes and reads it; the message says where and why. */
export class Mp3Malformed extends Error {
  override readonly name = 'Mp3Malformed';
}

type ChannelMode = 'stereo' | 'joint-stereo' | 'dual-channel' | 'mono';

export interface Mp3Frame {
  /** Of the header's first byte. */
  readonly offset: number;
  /** Header and all, in bytes. */
  readonly length: number;
  readonly bitrateKbps: number;
  readonly sampleRateHz: number;
  readonly channelMode: ChannelMode;
  readonly hasCrc: boolean;
  /** Offsets in the same bytes: after header and checksum, and after the side information. */
  readonly sideInfoOffset: number;
  readonly mainDataOffset: number;
}

/** By the header's index; 0 is "free format", which has no length to go by. */
const BITRATES_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000];
const CHANNEL_MODES: readonly ChannelMode[] = ['stereo', 'joint-stereo', 'dual-channel', 'mono'];

const HEADER_BYTES = 4;
const CRC_BYTES = 2;

export function sideInfoBytes(mode: ChannelMode): number {
  return mode === 'mono' ? 17 : 32;
}

/** Bytes of an unpadded frame. At 48 kHz none is ever padded: three bytes for each kbit/s. */
export function frameBytes(bitrateKbps: number, sampleRateHz: number): number {
  return Math.floor((144_000 * bitrateKbps) / sampleRateHz);
}

/** Bitrates that a header can name, ascending, in kbit/s. */
export const MP3_BITRATES_KBPS: readonly number[] = BITRATES_KBPS.slice(1);

/** The four bits that name a bitrate in a header; throws RangeError for one that MPEG-1 Layer III does not have. */
export function bitrateIndex(bitrateKbps: number): number {
  const index = MP3_BITRATES_KBPS.indexOf(bitrateKbps) + 1;
  if (index === 0) {
    throw new RangeError(`MP3 has no bitrate of ${bitrateKbps} kbit/s; choose one of ${MP3_BITRATES_KBPS.join(', ')}`);
  }
  return index;
}

/** The frame whose header begins at `offset`. Throws Mp3Malformed when none does, or when it is cut off. */
export function frameAt(bytes: Uint8Array, offset: number): Mp3Frame {
  if (bytes.length < offset + HEADER_BYTES) throw wrong(offset, `only ${bytes.length - offset} bytes are left`);
  const [first, second, third, fourth] = bytes.subarray(offset, offset + HEADER_BYTES);
  if (first !== 0xff || second === undefined || third === undefined || fourth === undefined || second >> 5 !== 7) {
    throw wrong(offset, 'there is no sync word');
  }
  if ((second & 0b11110) !== 0b11010) throw wrong(offset, 'it is not MPEG-1 Layer III');
  const bitrateKbps = BITRATES_KBPS[third >> 4] ?? 0;
  if (bitrateKbps === 0) throw wrong(offset, 'its bitrate is free or reserved');
  const sampleRateHz = SAMPLE_RATES_HZ[(third >> 2) & 3];
  if (sampleRateHz === undefined) throw wrong(offset, 'its sample rate is reserved');
  const channelMode = CHANNEL_MODES[fourth >> 6] ?? 'stereo';
  const hasCrc = (second & 1) === 0;
  const length = frameBytes(bitrateKbps, sampleRateHz) + ((third >> 1) & 1);
  if (bytes.length < offset + length) {
    throw wrong(offset, `its ${length} bytes are cut off after ${bytes.length - offset}`);
  }
  const sideInfoOffset = offset + HEADER_BYTES + (hasCrc ? CRC_BYTES : 0);
  const mainDataOffset = sideInfoOffset + sideInfoBytes(channelMode);
  return { offset, length, bitrateKbps, sampleRateHz, channelMode, hasCrc, sideInfoOffset, mainDataOffset };
}

/** Frame after frame to the end of the bytes, which must be the end of a frame. Throws Mp3Malformed on the way. */
export function* framesOf(bytes: Uint8Array): Generator<Mp3Frame> {
  for (let offset = 0; offset < bytes.length; ) {
    const frame = frameAt(bytes, offset);
    yield frame;
    offset += frame.length;
  }
}

/** Bytes before its own that a frame's sound begins in. */
export function mainDataBegin(bytes: Uint8Array, frame: Mp3Frame): number {
  return readBits(bytes, frame.sideInfoOffset * 8, 9);
}

/** Up to 24 bits, the most significant first; what lies past the end reads as 0. */
export function readBits(bytes: Uint8Array, bitOffset: number, count: number): number {
  const at = bitOffset >> 3;
  const word =
    ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return (word << (bitOffset & 7)) >>> (32 - count);
}

function wrong(offset: number, why: string): Mp3Malformed {
  return new Mp3Malformed(`no MP3 frame at byte ${offset}: ${why}`);
}
