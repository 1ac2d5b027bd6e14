/** What every cover is, wherever it came from. */
import sharp from 'sharp';
import { expect } from 'vitest';

export async function expectFit(jpeg: Uint8Array): Promise<void> {
  const { format, width, height, space, channels, exif, icc, orientation, hasAlpha } = await sharp(jpeg).metadata();
  expect({ format, width, height, space, channels, exif, icc, orientation, hasAlpha }).toEqual({
    format: 'jpeg',
    width,
    height: width,
    space: 'srgb',
    channels: 3,
    exif: undefined,
    icc: undefined,
    orientation: undefined,
    hasAlpha: false,
  });
  expect(width).toBeGreaterThanOrEqual(1400);
  expect(width).toBeLessThanOrEqual(3000);
  expect(jpeg.length).toBeLessThan(500_000);
}
