/** Opus packets out of and into Ogg pages (RFC 3533, RFC 7845). */
import { spells, unsigned } from './file-ends.ts';
import { PAGE_HEADER_BYTES, pageEnd } from './ogg-page-end.ts';

const MOST_SEGMENTS = 255;
const FULL_SEGMENT = 255;

/** Takes a file with one stream in pieces of any length, and gives its packets in order, headers first. */
export class OggPacketReader {
  #rest: Uint8Array = new Uint8Array();
  #open: Uint8Array[] = [];

  /** The packets that end in this piece. Throws Error where no page begins. */
  *read(piece: Uint8Array): Generator<Uint8Array> {
    // A plain view: what a Buffer calls a slice is none of its own.
    const view = new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
    const bytes = this.#rest.length === 0 ? view : concatenated([this.#rest, view]);
    let at = 0;
    for (;;) {
      const end = pageEnd(bytes, at);
      if (end === undefined || end > bytes.length) break;
      if (!spells(bytes, at, 'OggS')) throw new Error('an Ogg page was expected, and something else was there');
      yield* this.#packetsOf(bytes, at);
      at = end;
    }
    this.#rest = bytes.slice(at);
  }

  *#packetsOf(bytes: Uint8Array, page: number): Generator<Uint8Array> {
    const segments = bytes[page + 26] ?? 0;
    let at = page + PAGE_HEADER_BYTES + segments;
    let from = at;
    for (let n = 0; n < segments; n += 1) {
      const length = bytes[page + PAGE_HEADER_BYTES + n] ?? 0;
      at += length;
      if (length === FULL_SEGMENT) continue;
      yield this.#open.length === 0 ? bytes.slice(from, at) : concatenated([...this.#open, bytes.subarray(from, at)]);
      this.#open = [];
      from = at;
    }
    if (from < at) this.#open.push(bytes.slice(from, at));
  }
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Samples at 48 kHz that players drop at the start. Throws Error when this is no OpusHead. */
export function preSkipOf(head: Uint8Array): number {
  if (!spells(head, 0, 'OpusHead')) throw new Error('an Opus stream begins with OpusHead, and this one does not');
  return unsigned(head, 10, 2, 'little');
}

export interface OggPage {
  /** Whole ones; together at most 255 segments: see `segmentsOf`. */
  readonly packets: readonly Uint8Array[];
  readonly place: 'first' | 'middle' | 'last';
  /** Samples up to the end of its last packet, pre-skip included. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
}

/** How many of a page's 255 segments a packet takes. */
export const segmentsOf = (packet: Uint8Array): number => Math.floor(packet.length / FULL_SEGMENT) + 1;

export function fitsOnPage(segments: number): boolean {
  return segments <= MOST_SEGMENTS;
}

const FLAGS = { first: 2, middle: 0, last: 4 };

export function oggPage({ packets, place, granule, serial, sequence }: OggPage): Uint8Array {
  const segments = packets.reduce((sum, packet) => sum + segmentsOf(packet), 0);
  if (!fitsOnPage(segments)) throw new RangeError(`an Ogg page holds ${MOST_SEGMENTS} segments, not ${segments}`);
  const header = new Uint8Array(PAGE_HEADER_BYTES + segments);
  const view = new DataView(header.buffer);
  header.set(OGG_CAPTURE);
  header[5] = FLAGS[place];
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  header[26] = segments;
  let at = PAGE_HEADER_BYTES;
  for (const packet of packets) {
    const full = segmentsOf(packet) - 1;
    header.fill(FULL_SEGMENT, at, at + full);
    header[at + full] = packet.length % FULL_SEGMENT;
    at += full + 1;
  }
  const page = concatenated([header, ...packets]);
  new DataView(page.buffer).setUint32(22, checksum(page), true);
  return page;
}

const OGG_CAPTURE = [0x4f, 0x67, 0x67, 0x53];

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c1_1db7 : 0);
  return crc;
});

/** RFC 3533: the polynomial of Ethernet's, but neither reflected nor inverted, so zlib's does not do. */
function checksum(page: Uint8Array): number {
  let crc = 0;
  for (let n = 0; n < page.length; n += 1) crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ (page[n] ?? 0)] ?? 0);
  return crc >>> 0;
}
