/** WAV files whose headers say what they are told to, true or not. */

export interface WavHeader {
  /** 1 for integers (default), 3 for floats. */
  readonly tag?: 1 | 3;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  /** The length that the header claims; otherwise the real one. */
  readonly claimedBytes?: number;
}

export function wavFile(data: Uint8Array, header: WavHeader = {}): Buffer {
  const { tag = 1, channels = 1, rate = 48_000, bits = 16, claimedBytes = data.byteLength } = header;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(Math.min(0xffff_ffff, 36 + claimedBytes), 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE((rate * channels * (bits / 8)) % 2 ** 32, 28);
  head.writeUInt16LE((channels * (bits / 8)) % 2 ** 16, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(claimedBytes, 40);
  return Buffer.concat([head, data]);
}

/** 16 bits a sample; `channels` of equal length, interleaved. */
export function pcm16(...channels: readonly Float32Array[]): Buffer {
  const length = channels[0]?.length ?? 0;
  const bytes = Buffer.alloc(2 * length * channels.length);
  for (const [place, channel] of channels.entries()) {
    for (let n = 0; n < length; n += 1) {
      const value = Math.max(-1, Math.min(1, channel[n] ?? 0));
      bytes.writeInt16LE(Math.round(value * 32_767), 2 * (n * channels.length + place));
    }
  }
  return bytes;
}
