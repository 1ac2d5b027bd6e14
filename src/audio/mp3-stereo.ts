/**
 * Mono MP3 rewritten as joint stereo with both channels equal, at a third less of the encoding than LAME's own.
 *
 * In a frame with its middle/side switch on, channel 0 carries M, channel 1 carries S, and both outputs are made of
 * them as (M ± S) / √2 (ISO 11172-3, 2.4.3.4.9.2). So a mono frame's data goes in as M, S is left empty, and √2 is
 * put back by a global gain that is 2 higher: its steps are 2^(1/4). What is decoded is the mono decode, twice.
 */
import {
  bitrateIndex,
  frameBytes,
  framesOf,
  MP3_BITRATES_KBPS,
  type Mp3Frame,
  Mp3Malformed,
  readBits,
} from './mp3-frames.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

const HEADER_AND_MONO_SIDE_BYTES = 4 + 17;
const HEADER_AND_STEREO_SIDE_BYTES = 4 + 32;

/** Within the side information, in bits. Mono: begin 9, private 5, scfsi 4. Stereo: begin 9, private 3, scfsi 2 × 4. */
const MONO_SCFSI_BIT = 14;
const MONO_GRANULES_BIT = 18;
const STEREO_SCFSI_BIT = 12;
const STEREO_GRANULES_BIT = 20;
const SCFSI_BITS = 4;
/** One channel of one granule: length 12, big values 9, gain 8, scale factors 4, window 1 + 22, flags 3. */
const GRANULE_BITS = 59;
const GRANULES = 2;

const SQRT2_IN_GAIN_STEPS = 2;
const HIGHEST_GAIN = 255;

/** Joint stereo with middle/side on and intensity off, as the last header byte has it. */
const MIDDLE_SIDE_MODE = 0b0110_0000;
const COPYRIGHT_ORIGINAL_EMPHASIS = 0b1111;

/**
 * The highest bitrate of mono frames that fit into joint-stereo frames of `stereoKbps`, whatever is in them: 80 for 96.
 * Throws RangeError for a bitrate that MP3 does not have, or that is too low to hold any.
 */
export function monoBitrateFor(stereoKbps: number): number {
  bitrateIndex(stereoKbps);
  const room = frameBytes(stereoKbps, SAMPLE_RATE_HZ) - HEADER_AND_STEREO_SIDE_BYTES;
  const fits = (kbps: number) => frameBytes(kbps, SAMPLE_RATE_HZ) - HEADER_AND_MONO_SIDE_BYTES <= room;
  const best = MP3_BITRATES_KBPS.findLast(fits);
  if (best === undefined) throw new RangeError(`no mono MP3 fits into joint stereo of ${stereoKbps} kbit/s`);
  return best;
}

/**
 * Mono frames (as LAME makes them without a bit reservoir) as joint-stereo frames of `stereoKbps`.
 * Throws Mp3Malformed, and RangeError for a bitrate that MP3 does not have.
 */
export function withEmptySideChannel(mono: Uint8Array, stereoKbps: number): Uint8Array<ArrayBuffer> {
  const index = bitrateIndex(stereoKbps);
  const frames = [...framesOf(mono)];
  const length = frameBytes(stereoKbps, frames[0]?.sampleRateHz ?? SAMPLE_RATE_HZ);
  const stereo = new Uint8Array(frames.length * length);
  for (const [n, frame] of frames.entries()) {
    rewriteFrame(mono, frame, stereo.subarray(n * length, (n + 1) * length), index);
  }
  return stereo;
}

/** `target` is zeroed. What LAME fills a frame up with, its name again and again, is left out. */
function rewriteFrame(mono: Uint8Array, frame: Mp3Frame, target: Uint8Array, index: number): void {
  const from = frame.sideInfoOffset * 8;
  if (frame.channelMode !== 'mono') throw wrong(frame, `it is ${frame.channelMode}, not mono`);
  if (frame.sampleRateHz !== SAMPLE_RATE_HZ)
    throw wrong(frame, `it has ${frame.sampleRateHz} Hz, not ${SAMPLE_RATE_HZ}`);
  if (readBits(mono, from, 9) !== 0)
    throw wrong(frame, 'its sound begins in an earlier frame: encode with -reservoir 0');
  // No checksum in the copy, whether or not the frame had one.
  target[0] = 0xff;
  target[1] = 0xfb;
  target[2] = (index << 4) | ((mono[frame.offset + 2] ?? 0) & 0b1100);
  target[3] = MIDDLE_SIDE_MODE | ((mono[frame.offset + 3] ?? 0) & COPYRIGHT_ORIGINAL_EMPHASIS);
  const to = 4 * 8;
  writeBits(target, to + STEREO_SCFSI_BIT, SCFSI_BITS, readBits(mono, from + MONO_SCFSI_BIT, SCFSI_BITS));
  let dataBits = 0;
  for (let granule = 0; granule < GRANULES; granule += 1) {
    const middle = from + MONO_GRANULES_BIT + granule * GRANULE_BITS;
    const copy = to + STEREO_GRANULES_BIT + 2 * granule * GRANULE_BITS;
    const gain = readBits(mono, middle + 21, 8) + SQRT2_IN_GAIN_STEPS;
    if (gain > HIGHEST_GAIN) throw wrong(frame, 'it is too loud for joint stereo: lower the sound before encoding');
    writeBits(target, copy, 21, readBits(mono, middle, 21));
    writeBits(target, copy + 21, 8, gain);
    writeBits(target, copy + 29, 15, readBits(mono, middle + 29, 15));
    writeBits(target, copy + 44, 15, readBits(mono, middle + 44, 15));
    writeEmptyGranule(target, copy + GRANULE_BITS, gain, readBits(mono, middle + 33, 4));
    dataBits += readBits(mono, middle, 12);
  }
  copyData(mono, frame, target, dataBits);
}

/** No bits at all, but the window of M: each channel is transformed back by its own. */
function writeEmptyGranule(target: Uint8Array, at: number, gain: number, window: number): void {
  writeBits(target, at + 21, 8, gain);
  const isSwitched = window >> 3 === 1;
  if (isSwitched) writeBits(target, at + 33, 4, window);
}

function copyData(mono: Uint8Array, frame: Mp3Frame, target: Uint8Array, bits: number): void {
  const bytes = Math.ceil(bits / 8);
  if (frame.mainDataOffset + bytes > frame.offset + frame.length) {
    throw wrong(frame, `its ${bits} bits of sound do not fit into its ${frame.length} bytes`);
  }
  if (HEADER_AND_STEREO_SIDE_BYTES + bytes > target.length) {
    throw wrong(frame, `its ${bits} bits of sound do not fit into ${target.length} bytes: encode at a lower bitrate`);
  }
  target.set(mono.subarray(frame.mainDataOffset, frame.mainDataOffset + bytes), HEADER_AND_STEREO_SIDE_BYTES);
}

/** Up to 24 bits into zeroed bytes. */
function writeBits(bytes: Uint8Array, bitOffset: number, count: number, value: number): void {
  const at = bitOffset >> 3;
  const word = (value << (32 - count)) >>> (bitOffset & 7);
  for (let n = 0; n < 4; n += 1) {
    const byte = (word >>> (24 - 8 * n)) & 0xff;
    if (byte !== 0) bytes[at + n] = (bytes[at + n] ?? 0) | byte;
  }
}

function wrong(frame: Mp3Frame, why: string): Mp3Malformed {
  return new Mp3Malformed(`the MP3 frame at byte ${frame.offset} cannot become joint stereo: ${why}`);
}
