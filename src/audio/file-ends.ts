/** The first and last bytes of a recording, and how numbers and names are read from them. */

/** How many bytes of either end are looked at: more than the longest page of an Ogg file. */
export const FILE_END_BYTES = 65_536;

export interface FileEnds {
  /** The first FILE_END_BYTES, or all there are. */
  readonly head: Uint8Array;
  /** The last FILE_END_BYTES, or all there are. */
  readonly tail: Uint8Array;
  readonly fileBytes: number;
  /** How much of it was decoded. */
  readonly decodedSeconds: number;
}

/** An unsigned integer; NaN where the bytes end before, which makes every comparison false. */
export function unsigned(bytes: Uint8Array, at: number, byteCount: number, order: 'big' | 'little' = 'big'): number {
  if (!(at >= 0 && at + byteCount <= bytes.length)) return Number.NaN;
  let value = 0;
  for (let n = 0; n < byteCount; n += 1)
    value = value * 256 + (bytes[at + (order === 'big' ? n : byteCount - 1 - n)] ?? 0);
  return value;
}

/** Whether the bytes from `at` on spell `name`, in ASCII. */
export function spells(bytes: Uint8Array, at: number, name: string): boolean {
  for (let n = 0; n < name.length; n += 1) if (bytes[at + n] !== name.charCodeAt(n)) return false;
  return true;
}

/** The length of the ID3v2 tag that some encoders put in front of MP3 and FLAC; 0 where there is none. */
export function id3Bytes(head: Uint8Array): number {
  if (!spells(head, 0, 'ID3')) return 0;
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
  const hasFooter = ((head[5] ?? 0) & 0x10) !== 0;
  return 10 + ((a << 21) | (b << 14) | (c << 7) | d) + (hasFooter ? 10 : 0);
}
