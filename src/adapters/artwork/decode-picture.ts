/** Opens pictures that strangers gave: by their content alone, bounded, upright, in RGB, with nothing else that was in the file. */
import sharp, { type Sharp } from 'sharp';
import { refusalOf, wordsForBroken } from './picture-kind.ts';

/** 12,000 × 10,000: beyond any camera; a bomb claims more. */
const LIMIT_INPUT_PIXELS = 120_000_000;
const MAX_INPUT_BYTES = 50 * 1024 * 1024;
const DECODE_SECONDS = 60;

/** Behind a transparent logo: what its own colours stand out from. */
async function groundFor(picture: Sharp): Promise<string> {
  const { data } = await picture
    .clone()
    .resize(64, 64, { fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let light = 0;
  let weight = 0;
  for (let at = 0; at + 3 < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    light += alpha * (0.2126 * (data[at] ?? 0) + 0.7152 * (data[at + 1] ?? 0) + 0.0722 * (data[at + 2] ?? 0));
    weight += alpha;
  }
  return weight > 0 && light / weight > 160 ? '#15171c' : '#ffffff';
}

export interface DecodedPicture {
  /** Raw RGB: metadata (EXIF with its place, profiles, thumbnails) is gone. */
  readonly pixels: Sharp;
  /** Of `pixels`. */
  readonly pixelsWide: number;
  readonly pixelsHigh: number;
  /** As it was given, upright. */
  readonly width: number;
  readonly height: number;
}

/**
 * Of an animation its first picture. Throws Error in words for its giver for what is no picture, too large in bytes or
 * pixels, broken, or smaller than `leastSidePx`; `mostSidePx` bounds what is decoded.
 */
export async function decodePicture(
  image: Uint8Array,
  leastSidePx: number,
  mostSidePx: number,
): Promise<DecodedPicture> {
  if (image.length > MAX_INPUT_BYTES) throw new Error(`it has more than ${MAX_INPUT_BYTES / 1024 / 1024} MiB`);
  const refusal = await refusalOf(image);
  if (refusal !== undefined) throw new Error(refusal);
  const { width, height, hasAlpha, source } = await opened(image);
  if (Math.min(width, height) < leastSidePx) {
    throw new Error(`it has only ${width} × ${height} pixels, and needs ${leastSidePx} or more each way`);
  }
  try {
    // Decoded once, at most at the size it is needed in; transparency is laid on a ground, CMYK and grey become RGB.
    const flat = hasAlpha ? source.flatten({ background: await groundFor(source) }) : source;
    const { data, info } = await flat
      .resize(mostSidePx, mostSidePx, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } });
    return { pixels, pixelsWide: info.width, pixelsHigh: info.height, width, height };
  } catch (cause) {
    throw new Error(wordsForBroken(cause), { cause });
  }
}

async function opened(image: Uint8Array) {
  try {
    const source = sharp(image, { limitInputPixels: LIMIT_INPUT_PIXELS, failOn: 'error', pages: 1 })
      .timeout({ seconds: DECODE_SECONDS })
      .autoOrient();
    const { autoOrient, hasAlpha } = await source.metadata();
    return { ...autoOrient, hasAlpha, source };
  } catch (cause) {
    throw new Error(wordsForBroken(cause), { cause });
  }
}
