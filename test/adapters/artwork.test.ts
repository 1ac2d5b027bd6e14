/** Every cover is what directories take, whatever came in. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { isDrawable, linePath, widthOf } from '../../src/adapters/artwork/letterforms.ts';
import { expectFit } from './fit-cover.ts';

const fallback = { title: 'The Late Table', seed: 'late-table' };
const plain = (width: number, height: number, colour = '#3366cc') =>
  sharp({ create: { width, height, channels: 3, background: colour } });

/** Mean red, green, blue of a part, in hundredths of the side. */
async function colourAt(jpeg: Uint8Array, left: number, top: number, side = 4): Promise<number[]> {
  const { width } = await sharp(jpeg).metadata();
  const part = (hundredths: number) => Math.round((hundredths * width) / 100);
  const region = { left: part(left), top: part(top), width: part(side), height: part(side) };
  const { channels } = await sharp(await sharp(jpeg).extract(region).png().toBuffer()).stats();
  return channels.map(({ mean }) => Math.round(mean));
}

const expectColour = (actual: readonly number[], expected: readonly number[]) => {
  for (const [channel, value] of expected.entries())
    expect(Math.abs((actual[channel] ?? -999) - value)).toBeLessThan(12);
};

describe('a picture', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('in %s becomes a square JPEG of 3000 pixels', async (format) => {
    const given = await plain(1500, 1500).toFormat(format).toBuffer();
    const cover = await makeCover(given, fallback);
    await expectFit(cover.jpeg);
    expect(cover).toMatchObject({ generated: false, sizePx: 3000, warnings: [] });
    expectColour(await colourAt(cover.jpeg, 48, 48), [0x33, 0x66, 0xcc]);
  });

  it('in CMYK, grey or 16 bit becomes plain RGB', async () => {
    const cmyk = await plain(1500, 1500, '#cc3322').toColourspace('cmyk').jpeg().toBuffer();
    const grey = await plain(1500, 1500, '#808080').toColourspace('b-w').png().toBuffer();
    const deep = await plain(1500, 1500).toColourspace('rgb16').png().toBuffer();
    for (const given of [cmyk, grey, deep]) {
      const cover = await makeCover(given, fallback);
      expect(cover.generated).toBe(false);
      await expectFit(cover.jpeg);
    }
  });

  it('of a wide gamut keeps its colours as far as sRGB has them', async () => {
    const red = await plain(1500, 1500, '#ff0000').withIccProfile('p3').png().toBuffer();
    expect((await sharp(red).metadata()).icc).toBeDefined();
    const { jpeg } = await makeCover(red, fallback);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 48, 48), [255, 0, 0]);
  });

  it('that moves stands still at its first picture', async () => {
    const frames = [plain(1500, 1500, '#ff0000'), plain(1500, 1500, '#0000ff')].map((frame) => frame.png().toBuffer());
    const given = await sharp(await Promise.all(frames), { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer();
    expect((await sharp(given, { animated: true }).metadata()).pages).toBe(2);
    const { jpeg, generated } = await makeCover(given, fallback);
    expect(generated).toBe(false);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 48, 48), [255, 0, 0]);
  });

  it('comes in every size that was asked for and that it reaches', async () => {
    const cover = await makeCover(await plain(1500, 1500).png().toBuffer(), fallback, [600, 1400, 4000]);
    expect(cover.smaller?.map(({ sizePx }) => sizePx)).toEqual([1400, 600]);
    for (const { jpeg, sizePx } of cover.smaller ?? []) {
      const { width, height, format, exif, icc } = await sharp(jpeg).metadata();
      expect([width, height, format, exif, icc]).toEqual([sizePx, sizePx, 'jpeg', undefined, undefined]);
      expect(jpeg.length).toBeLessThan(500_000);
    }
  });

  it('is turned upright, and loses where it was taken', async () => {
    // Red above blue, stored lying on its side.
    const upright = await sharp({ create: { width: 1600, height: 1600, channels: 3, background: '#0000ff' } })
      .composite([
        { input: { create: { width: 1600, height: 800, channels: 3, background: '#ff0000' } }, gravity: 'north' },
      ])
      .png()
      .toBuffer();
    const lying = await sharp(upright)
      .rotate(-90)
      .withExif({ IFD0: { Artist: 'Somebody' }, IFD3: { GPSLatitude: '38/1 42/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect((await sharp(lying).metadata()).orientation).toBe(6);
    const { jpeg } = await makeCover(lying, fallback);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 48, 5), [255, 0, 0]);
    expectColour(await colourAt(jpeg, 48, 90), [0, 0, 255]);
  });

  it('that is nearly square is cropped around its middle', async () => {
    const given = await plain(2000, 1500, '#00ff00')
      .composite([
        { input: { create: { width: 200, height: 1500, channels: 3, background: '#ff0000' } }, gravity: 'west' },
      ])
      .png()
      .toBuffer();
    const { jpeg, warnings } = await makeCover(given, fallback);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 1, 48), [0, 255, 0]);
    expect(warnings.map(({ code }) => code)).toEqual(['artwork-not-square']);
  });

  it('that is a banner is kept whole before a darker ground of its own colours', async () => {
    const given = await plain(3000, 1500, '#00ff00')
      .composite([
        { input: { create: { width: 300, height: 1500, channels: 3, background: '#ff0000' } }, gravity: 'west' },
      ])
      .png()
      .toBuffer();
    const { jpeg } = await makeCover(given, fallback);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 2, 48), [255, 0, 0]);
    const [red = 0, green = 0, blue = 0] = await colourAt(jpeg, 48, 2);
    expect(green).toBeGreaterThan(red + blue);
    expect(green).toBeLessThan(200);
  });

  it.each([
    ['#ffffff', [0x15, 0x17, 0x1c]],
    ['#101010', [255, 255, 255]],
  ])('that is a logo in %s stands before a ground that shows it', async (colour, ground) => {
    const logo = { create: { width: 900, height: 900, channels: 3 as const, background: colour } };
    const given = await sharp({ create: { width: 1800, height: 1800, channels: 4, background: '#00000000' } })
      .composite([{ input: logo, gravity: 'centre' }])
      .png()
      .toBuffer();
    const { jpeg } = await makeCover(given, fallback);
    await expectFit(jpeg);
    expectColour(await colourAt(jpeg, 2, 2), ground);
  });

  it('that is small is enlarged, with a word about it', async () => {
    const cover = await makeCover(await plain(600, 600).png().toBuffer(), fallback);
    await expectFit(cover.jpeg);
    expect(cover.warnings.map(({ code }) => code)).toEqual(['artwork-small']);
    expect(cover.warnings[0]?.message).toContain('600 × 600');
  });

  it('too rich for 500 kB becomes smaller, never less than 1400 pixels', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
    const given = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: '#808080', noise } })
      .png()
      .toBuffer();
    const cover = await makeCover(given, fallback);
    await expectFit(cover.jpeg);
    expect(cover.generated).toBe(false);
    expect(cover.sizePx).toBeLessThan(3000);
  });

  it('gives the same bytes each time', async () => {
    const given = await plain(1500, 1600).png().toBuffer();
    const [one, two] = [await makeCover(given, fallback), await makeCover(given, fallback)];
    expect(Buffer.from(one.jpeg).equals(Buffer.from(two.jpeg))).toBe(true);
  });
});

describe('the generated cover', () => {
  it('fits, and is the same bytes for the same seed and title, others for others', async () => {
    const covers = await Promise.all(
      [fallback, fallback, { ...fallback, seed: 'other' }, { ...fallback, title: 'Other' }].map((given) =>
        makeCover(undefined, given),
      ),
    );
    for (const { jpeg, generated, warnings } of covers) {
      await expectFit(jpeg);
      expect({ generated, warnings }).toEqual({ generated: true, warnings: [] });
    }
    const digests = covers.map(({ jpeg }) => Buffer.from(jpeg).toString('base64'));
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });

  it.each([
    ['empty', ''],
    ['beyond our letterforms', '深夜のテーブル'],
    ['emoji alone', '😀😀'],
    ['one endless word', 'a'.repeat(500)],
    ['markup', '</path><image href="file:///etc/passwd"/>'],
    ['very long', 'word '.repeat(200)],
  ])('stands a title that is %s', async (_name, title) => {
    const cover = await makeCover(undefined, { title, seed: 's' });
    await expectFit(cover.jpeg);
  });

  it('has letters for Latin, Greek and Cyrillic, and draws nothing for what it has none', () => {
    expect([...'AÇŁőЖяΩάệ&!’'].filter((character) => !isDrawable(character))).toEqual([]);
    expect([...'深😀ع'].filter(isDrawable)).toEqual([]);
    expect(widthOf('深')).toBe(0);
    expect(widthOf('mm')).toBeGreaterThan(1.9 * widthOf('m'));
    expect(linePath('Hi', 0, 100, 100)).toMatch(/^M[\d.\- MLQCZ]+$/);
    expect(linePath('深', 0, 0, 100)).toBe('');
  });

  it('has letters without a hole in their outlines, wherever they stand', () => {
    const letters = Array.from({ length: 0x500 - 0x20 }, (_, n) => String.fromCodePoint(n + 0x20)).filter(isDrawable);
    expect(letters.length).toBeGreaterThan(800);
    for (const sizePx of [160, 260, 303.7]) {
      expect(linePath(letters.join(''), 260, 2000, sizePx)).toMatch(/^[MLQCZ\d.\- ]+$/);
    }
  });
});
