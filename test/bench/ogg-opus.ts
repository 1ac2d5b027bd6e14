/** Opus packets out of and into Ogg (RFC 3533, RFC 7845), so that long tracks are put together without encoding them. */
import { closeSync, openSync, writeSync } from 'node:fs';

export const PACKET_SAMPLES = 960;
export const PACKETS_PER_SECOND = 50;

/** Encoders of libopus start this many samples (at 48 kHz) late; players drop them. */
const PRE_SKIP_SAMPLES = 312;

/** The audio packets of a file with one Opus stream. */
export function opusPackets(file: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let open: Uint8Array[] = [];
  for (let page = 0; page < file.length; ) {
    if (Buffer.from(file.subarray(page, page + 4)).toString('latin1') !== 'OggS') throw new Error('not an Ogg page');
    const segments = file[page + 26] ?? 0;
    let at = page + 27 + segments;
    for (const length of file.subarray(page + 27, page + 27 + segments)) {
      open.push(file.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(open));
      open = [];
    }
    page = at;
  }
  // The first two are OpusHead and OpusTags.
  return packets.slice(2);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
}

const [FIRST, LAST] = [2, 4];

interface Page {
  readonly packets: readonly Uint8Array[];
  readonly flags: number;
  /** Samples at 48 kHz up to the end of the page. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
}

function pageBytes({ packets, flags, granule, serial, sequence }: Page): Buffer {
  const lacing = packets.flatMap(({ length }) => [
    ...new Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ]);
  const header = Buffer.alloc(27 + lacing.length);
  header.write('OggS', 0, 'latin1');
  header[5] = flags;
  header.writeBigUInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header[26] = lacing.length;
  header.set(lacing, 27);
  const bytes = Buffer.concat([header, ...packets]);
  bytes.writeUInt32LE(crcOf(bytes), 22);
  return bytes;
}

function opusHead(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0, 'latin1');
  head[8] = 1;
  head[9] = 1;
  head.writeUInt16LE(PRE_SKIP_SAMPLES, 10);
  head.writeUInt32LE(48_000, 12);
  return head;
}

function opusTags(): Buffer {
  const vendor = 'aftershow bench';
  const tags = Buffer.alloc(8 + 4 + vendor.length + 4);
  tags.write('OpusTags', 0, 'latin1');
  tags.writeUInt32LE(vendor.length, 8);
  tags.write(vendor, 12, 'latin1');
  return tags;
}

export interface WrittenTrack {
  readonly bytes: number;
  readonly durationSeconds: number;
}

const FLUSH_BYTES = 1 << 20;
/** A page holds at most 255 lacing values; a packet of 20 ms takes a few of them. */
const MOST_LACING = 200;

/** Mono, 20 ms a packet, about a page a second. */
export function writeOggOpus(path: string, packets: Iterable<Uint8Array>, serial: number): WrittenTrack {
  const file = openSync(path, 'w');
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let [bytes, sequence, count] = [0, 0, 0];
  const flush = () => {
    if (waitingBytes > 0) writeSync(file, Buffer.concat(waiting));
    bytes += waitingBytes;
    [waiting, waitingBytes] = [[], 0];
  };
  const page = (contents: readonly Uint8Array[], flags: number) => {
    const made = pageBytes({ packets: contents, flags, granule: count * PACKET_SAMPLES, serial, sequence });
    sequence += 1;
    waiting.push(made);
    waitingBytes += made.length;
    if (waitingBytes >= FLUSH_BYTES) flush();
  };
  try {
    page([opusHead()], FIRST);
    page([opusTags()], 0);
    let held: Uint8Array[] = [];
    let lacing = 0;
    for (const packet of packets) {
      if (held.length === PACKETS_PER_SECOND || lacing > MOST_LACING) {
        page(held, 0);
        [held, lacing] = [[], 0];
      }
      held.push(packet);
      lacing += Math.floor(packet.length / 255) + 1;
      count += 1;
    }
    page(held, LAST);
    flush();
  } finally {
    closeSync(file);
  }
  return { bytes, durationSeconds: (count * PACKET_SAMPLES - PRE_SKIP_SAMPLES) / 48_000 };
}
