/** Recordings with a cover that would take more than a gigabyte once decoded. */
import { crc32, deflateSync } from 'node:zlib';

const SIDE_PIXELS = 20_000;

/** A PNG of 20,000 × 20,000 pixels as far as its header tells; of its rows only the first are there. */
export function hugePng(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE_PIXELS, 0);
  header.writeUInt32BE(SIDE_PIXELS, 4);
  header.set([8, 2], 8);
  const rows = deflateSync(Buffer.alloc(64 * (1 + 3 * SIDE_PIXELS)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

/** RFC 9639: a PICTURE block behind STREAMINFO, which is 4 + 38 bytes from the start. */
export function flacWithCover(flac: Buffer, png: Buffer): Buffer {
  const mime = Buffer.from('image/png');
  const sizes = [SIDE_PIXELS, SIDE_PIXELS, 24, 0, png.length].map(uint32);
  const block = Buffer.concat([uint32(3), uint32(mime.length), mime, uint32(0), ...sizes, png]);
  return Buffer.concat([flac.subarray(0, 42), uint32(0x0600_0000 + block.length), block, flac.subarray(42)]);
}

/** An ID3v2.3 tag with an APIC frame before the first MP3 frame. */
export function mp3WithCover(mp3: Buffer, png: Buffer): Buffer {
  const picture = Buffer.concat([Buffer.from([0, ...Buffer.from('image/png'), 0, 3, 0]), png]);
  return Buffer.concat([
    id3Tag(Buffer.concat([Buffer.from('APIC'), uint32(picture.length), Buffer.alloc(2), picture])),
    mp3,
  ]);
}

export function id3Tag(frames: Buffer): Buffer {
  const size = [21, 14, 7, 0].map((shift) => (frames.length >> shift) & 0x7f);
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([3, 0, 0, ...size]), frames]);
}

/** `covr` among the tags of a file whose `moov` is the last box, as ffmpeg writes it. */
export function m4aWithCover(m4a: Buffer, png: Buffer): Buffer {
  const moov = m4a.lastIndexOf('moov') - 4;
  if (moov < 0 || moov + m4a.readUInt32BE(moov) !== m4a.length) throw new Error('moov is not the last box');
  const data = box('data', uint32(14), uint32(0), png);
  const handler = box('hdlr', uint32(0), uint32(0), Buffer.from('mdirappl'), Buffer.alloc(9));
  const tags = box('udta', box('meta', uint32(0), handler, box('ilst', box('covr', data))));
  const all = Buffer.concat([m4a, tags]);
  all.writeUInt32BE(all.length - moov, moov);
  return all;
}

function box(name: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(name), ...parts]);
  return Buffer.concat([uint32(body.length + 4), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
