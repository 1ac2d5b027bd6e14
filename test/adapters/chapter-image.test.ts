/** Pictures of chapters: small JPEGs, whatever came in. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeChapterImage } from '../../src/adapters/artwork/chapter-image.ts';
import { hugePng } from '../support/cover-pictures.ts';

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#3366cc' } });
async function made(image: Uint8Array) {
  const result = await makeChapterImage(image);
  if ('problem' in result) throw new Error(result.problem);
  return { jpeg: result.jpeg, ...(await sharp(result.jpeg).metadata()) };
}

describe('a picture', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('in %s becomes a JPEG of its own shape', async (format) => {
    const {
      format: type,
      width,
      height,
      space,
      hasAlpha,
    } = await made(await plain(1920, 1080).toFormat(format).toBuffer());
    expect({ type, width, height, space, hasAlpha }).toEqual({
      ...{ type: 'jpeg', width: 1000, height: expect.closeTo(563, -0.5), space: 'srgb', hasAlpha: false },
    });
  });

  it('that is small stays as small as it is', async () => {
    expect(await made(await plain(200, 100).png().toBuffer())).toMatchObject({ width: 200, height: 100 });
  });

  it('is upright and without what its camera wrote', async () => {
    const given = await plain(400, 200)
      .withExif({ IFD0: { Copyright: 'Ana Quimera' }, IFD3: { GPSLatitude: '41/1 9/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const { jpeg, width, height, exif } = await made(given);
    expect([width, height, exif]).toEqual([200, 400, undefined]);
    expect(Buffer.from(jpeg).includes('Quimera')).toBe(false);
  });

  it('of pure noise is below 150 kB all the same', async () => {
    const noise = Buffer.alloc(2000 * 2000 * 3);
    let seed = 7;
    for (let at = 0; at < noise.length; at++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      noise[at] = seed >> 16;
    }
    const raw = { width: 2000, height: 2000, channels: 3 as const };
    const { jpeg } = await made(await sharp(noise, { raw }).png().toBuffer());
    expect(jpeg.length).toBeLessThanOrEqual(150_000);
  });

  it('gives the same bytes each time', async () => {
    const given = await plain(640, 480).png().toBuffer();
    expect(Buffer.from((await made(given)).jpeg).equals(Buffer.from((await made(given)).jpeg))).toBe(true);
  });
});

describe('what cannot be used', () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>');
  it.each<[string, () => Promise<Uint8Array> | Uint8Array, RegExp]>([
    ['text', () => Buffer.from('no picture at all'), /it is no picture/],
    ['SVG, which can ask for files', () => svg, /SVG drawing.*export it as PNG/],
    ['a picture of 400 million pixels', hugePng, /pixel/i],
    ['half a picture', async () => (await plain(800, 800).png().toBuffer()).subarray(0, 300), /./],
    ['an icon', () => plain(16, 16).png().toBuffer(), /16 × 16/],
    ['nothing', () => new Uint8Array(), /it is empty/],
  ])('is told: %s', async (_, image, told) => {
    const result = await makeChapterImage(await image());
    expect('problem' in result && result.problem).toMatch(told);
  });
});
