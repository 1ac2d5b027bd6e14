/** What is no usable picture never reaches a listener, and never stops an episode. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { decodePicture } from '../../src/adapters/artwork/decode-picture.ts';
import { expectFit } from './fit-cover.ts';

const fallback = { title: 'The Late Table', seed: 'late-table' };
const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#3366cc' } });

/** A PNG of so many pixels that says nothing: some hundred bytes for a gigapixel. */
function pngHead(width: number, height: number): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer) => ~bytes.reduce((c, byte) => (crcTable[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8), ~0) >>> 0;
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const data = chunk('IDAT', deflateSync(Buffer.alloc(1000)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'),
    chunk('IHDR', header),
    data,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('what is no usable picture', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="3000"><rect width="9" height="9"/></svg>';
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('not a picture')],
    ['SVG', Buffer.from(svg)],
    ['SVG behind a declaration', Buffer.from(`<?xml version="1.0"?>\n${svg}`)],
    ['a pixel bomb', pngHead(40_000, 40_000)],
    ['a PNG without pixels', pngHead(2000, 2000)],
    [
      'a JPEG’s first bytes before a web page',
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('<html><script>alert(1)</script></html>')]),
    ],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')],
    ['a PDF', Buffer.from('%PDF-1.7\n')],
  ])('%s gives the generated cover and says so', async (_name, given) => {
    const cover = await makeCover(given, fallback);
    await expectFit(cover.jpeg);
    expect(cover.generated).toBe(true);
    expect(cover.warnings.map(({ code }) => code)).toEqual(['artwork-unusable']);
  });

  const isoBox = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1');
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['text', Buffer.from('not a picture'), 'it is no picture'],
    ['SVG', Buffer.from(svg), 'SVG drawing'],
    ['SVG behind a comment', Buffer.from(`\uFEFF<?xml version="1.0"?><!-- x -->\n<!DOCTYPE svg>${svg}`), 'SVG drawing'],
    ['a photo of a telephone', isoBox('heic'), 'HEIC photo'],
    ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1'), 'it is a GIF'],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'PDF document'],
    ['a pixel bomb', pngHead(40_000, 40_000), 'more pixels than any camera'],
    ['a PNG without pixels', pngHead(2000, 2000), 'it is damaged'],
    ['a drawing for printers', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0'), 'eps'],
  ])('%s is refused in words of its giver’s, not of a library’s', async (_name, given, words) => {
    const { message } = await decodePicture(given, 200, 3000).then(
      () => new Error('was decoded'),
      (error: Error) => error,
    );
    expect(message).toContain(words);
    expect(message).not.toMatch(/buffer|libspng|VipsJpeg|Input/i);
  });

  it('cut in the middle gives the generated cover', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
    const whole = await sharp({ create: { width: 1500, height: 1500, channels: 3, background: '#888', noise } })
      .png()
      .toBuffer();
    expect(await makeCover(whole.subarray(0, whole.length / 2), fallback)).toMatchObject({ generated: true });
  });

  it('of a hundred pixels gives the generated cover', async () => {
    expect(await makeCover(await plain(100, 100).png().toBuffer(), fallback)).toMatchObject({ generated: true });
  });

  it('hidden behind a picture is not in the cover', async () => {
    const polyglot = Buffer.concat([
      await plain(1500, 1500).jpeg().toBuffer(),
      Buffer.from('<script>alert(1)</script>'),
    ]);
    const cover = await makeCover(polyglot, fallback);
    expect(cover.generated).toBe(false);
    expect(Buffer.from(cover.jpeg).includes('<script>')).toBe(false);
  });
});
