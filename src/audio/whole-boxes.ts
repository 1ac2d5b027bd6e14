/** Whether files made of boxes with sizes (WAV, Matroska, MP4) hold as much as their boxes claim. */
import { type FileEnds, spells, unsigned } from './file-ends.ts';

/** RIFF, and RF64 of EBU Tech 3306 for more than 4 GiB. A length that was never filled in is 0 or larger than the file. */
export function isWholeWav({ head, fileBytes }: FileEnds): boolean {
  if (!spells(head, 8, 'WAVE')) return false;
  let longDataBytes = Number.NaN;
  for (let at = 12; at + 8 <= head.length; ) {
    const size = unsigned(head, at + 4, 4, 'little');
    if (spells(head, at, 'ds64')) longDataBytes = unsigned(head, at + 16, 8, 'little');
    if (spells(head, at, 'data')) {
      const dataBytes = size === 0xffff_ffff ? longDataBytes : size;
      return dataBytes > 0 && at + 8 + dataBytes <= fileBytes;
    }
    // Chunks begin at even offsets.
    at += 8 + size + (size % 2);
  }
  return false;
}

const EBML = 0x1a45_dfa3;
const SEGMENT = 0x1853_8067;
const VOID = 0xec;

/** RFC 8794 and RFC 9559: the Segment's size is filled in when a file is finished; in a live stream it stays unknown. */
export function isWholeMatroska({ head, fileBytes }: FileEnds): boolean {
  let at = 0;
  while (at < head.length) {
    const id = elementId(head, at);
    const size = elementSize(head, at + id.bytes);
    const content = at + id.bytes + size.bytes;
    if (id.value === SEGMENT) return content + size.value <= fileBytes;
    if (id.value !== EBML && id.value !== VOID) return false;
    at = content + size.value;
  }
  return false;
}

/** The first byte tells by its leading zeros how many follow; NaN where it is 0, which no element begins with. */
function widthOf(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  return first === 0 ? Number.NaN : Math.clz32(first) - 23;
}

function elementId(bytes: Uint8Array, at: number): { value: number; bytes: number } {
  const width = widthOf(bytes, at);
  return { value: unsigned(bytes, at, width), bytes: width };
}

/** NaN for unknown: all bits of the number are ones. */
function elementSize(bytes: Uint8Array, at: number): { value: number; bytes: number } {
  const width = widthOf(bytes, at);
  // Without the marker, which would cost an eight-byte number its last digits.
  const high = (bytes[at] ?? 0) & (0xff >> width);
  const low = unsigned(bytes, at + 1, width - 1);
  const isUnknown = high === 0xff >> width && low >= 2 ** (8 * (width - 1)) - 1;
  return { value: isUnknown ? Number.NaN : high * 2 ** (8 * (width - 1)) + low, bytes: width };
}

/**
 * ISO/IEC 14496-12: sound lies in `mdat`, its table in `moov`; no decoder reads one without the other, so where `moov`
 * stands behind a long `mdat` it is enough that this ends within the file. A file of fragments ends with `mfra`.
 */
export function isWholeMp4({ head, tail, fileBytes, decodedSeconds }: FileEnds): boolean {
  const tailFrom = fileBytes - tail.length;
  let hasTable = false;
  let hasSound = false;
  let at = 0;
  while (at < fileBytes) {
    const [bytes, offset] = at + 16 <= head.length ? [head, at] : [tail, at - tailFrom];
    if (offset < 0) return hasSound && decodedSeconds > 0;
    if (spells(bytes, offset + 4, 'moof')) return hasFragmentIndex(tail);
    hasTable ||= spells(bytes, offset + 4, 'moov');
    hasSound ||= spells(bytes, offset + 4, 'mdat');
    const short = unsigned(bytes, offset, 4);
    const size = short === 1 ? unsigned(bytes, offset + 8, 8) : short;
    // 0: to the end of the file, wherever that is.
    if (!(size >= 8)) return false;
    at += size;
  }
  return hasTable && hasSound && at === fileBytes;
}

/** The last box in `mfra` is `mfro`, of 16 bytes. */
function hasFragmentIndex(tail: Uint8Array): boolean {
  return unsigned(tail, tail.length - 16, 4) === 16 && spells(tail, tail.length - 12, 'mfro');
}
