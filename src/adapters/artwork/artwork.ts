/** Covers as directories want them: a square RGB JPEG of 3000 pixels below 500 kB, from whatever was given or from nothing. */
import sharp, { type Sharp } from 'sharp';
import { messageOf, type Notice } from '../../domain/failure.ts';
import { decodePicture } from './decode-picture.ts';
import { defaultCoverSvg } from './default-cover.ts';
import { inTurn } from './in-turn.ts';

interface Sized {
  readonly jpeg: Uint8Array;
  readonly sizePx: number;
}

export interface Cover extends Sized {
  /** The further sizes that were asked for. */
  readonly smaller?: readonly Sized[];
  readonly generated: boolean;
  readonly warnings: readonly Notice[];
}

/** Directories take 1400 to 3000. A picture too rich for 500 kB at 3000 becomes smaller before it becomes blotchy. */
const SIZES_PX = [3000, 2400, 2000, 1400] as const;
const MAX_BYTES = 500_000 - 1;
const GOOD_QUALITY = 55;
const BEST_QUALITY = 92;
const WORST_QUALITY = 10;

/** Below this nothing but blur is left of a picture at 3000. */
const MIN_SIDE_PX = 200;
const RECOMMENDED_SIDE_PX = 1400;
/** Up to here (4:3, what cameras take) cropping loses only edges; beyond it, it loses what a banner says. */
const CROP_UP_TO_RATIO = 4 / 3;
/** The best quality below the limit at the largest size that still looks good. */
async function encode(square: Buffer): Promise<Sized> {
  const raw = { width: SIZES_PX[0], height: SIZES_PX[0], channels: 3 as const };
  for (const sizePx of SIZES_PX) {
    const pixels = sharp(square, { raw }).resize(sizePx, sizePx);
    const at = async (quality: number) => pixels.clone().jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
    let best: Buffer | undefined;
    let low = sizePx === SIZES_PX.at(-1) ? WORST_QUALITY : GOOD_QUALITY;
    let high = BEST_QUALITY;
    // The best first: flat designs, and every generated cover, fit at once.
    for (let quality = high; low <= high; quality = Math.round((low + high) / 2)) {
      const jpeg = await at(quality);
      if (jpeg.length <= MAX_BYTES) {
        best = jpeg;
        low = quality + 1;
      } else {
        high = quality - 1;
      }
    }
    if (best) return { jpeg: new Uint8Array(best), sizePx };
  }
  throw new Error(`No JPEG of ${SIZES_PX.at(-1)} pixels stays below ${MAX_BYTES} bytes: pure noise is no cover`);
}

/**
 * Nearly square: cropped around its middle. Otherwise whole, before an enlarged, blurred and darkened copy of itself.
 */
async function squareOf(picture: Sharp, width: number, height: number): Promise<Buffer> {
  const [size] = SIZES_PX;
  if (Math.max(width, height) / Math.min(width, height) <= CROP_UP_TO_RATIO) {
    return picture.clone().resize(size, size, { fit: 'cover', position: 'centre' }).raw().toBuffer();
  }
  const whole = await picture.clone().resize(size, size, { fit: 'inside' }).png({ compressionLevel: 1 }).toBuffer();
  const blurred = await picture
    .clone()
    .resize(150, 150, { fit: 'cover' })
    .blur(6)
    .modulate({ brightness: 0.6 })
    .png()
    .toBuffer();
  const ground = await sharp(blurred).resize(size, size).png({ compressionLevel: 1 }).toBuffer();
  return sharp(ground)
    .composite([{ input: whole, gravity: 'centre' }])
    .removeAlpha()
    .raw()
    .toBuffer();
}

async function convert(image: Uint8Array): Promise<Omit<Cover, 'generated'>> {
  const { pixels, pixelsWide, pixelsHigh, width, height } = await decodePicture(image, MIN_SIDE_PX, 2 * SIZES_PX[0]);
  const shorterPx = Math.min(width, height);
  const warnings: Notice[] = [];
  if (shorterPx < RECOMMENDED_SIDE_PX) {
    const message = `The artwork has only ${width} × ${height} pixels and was enlarged: give one of at least ${RECOMMENDED_SIDE_PX} × ${RECOMMENDED_SIDE_PX}.`;
    warnings.push({ code: 'artwork-small', message });
  }
  if (width !== height) {
    const message = `The artwork is not square (${width} × ${height} pixels) and was fitted into a square: look whether you like it.`;
    warnings.push({ code: 'artwork-not-square', message });
  }
  return { ...(await encode(await squareOf(pixels, pixelsWide, pixelsHigh))), warnings };
}

async function generate({ title, seed }: { readonly title: string; readonly seed: string }): Promise<Sized> {
  return encode(
    await sharp(Buffer.from(defaultCoverSvg(title, seed)))
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer(),
  );
}

const SMALLER_QUALITY = 85;

/** Further sizes of a finished cover, the largest first. */
async function smallerOnes({ jpeg, sizePx }: Sized, sizesPx: readonly number[]): Promise<Sized[]> {
  const made: Sized[] = [];
  for (const px of sizesPx.filter((px) => px < sizePx).toSorted((a, b) => b - a)) {
    const pixels = sharp(jpeg).resize(px, px);
    for (let quality = SMALLER_QUALITY; ; quality -= 15) {
      const smaller = await pixels.clone().jpeg({ quality }).toBuffer();
      if (smaller.length > MAX_BYTES && quality > WORST_QUALITY) continue;
      made.push({ jpeg: new Uint8Array(smaller), sizePx: px });
      break;
    }
  }
  return made;
}

async function coverOf(
  image: Uint8Array | undefined,
  fallback: { readonly title: string; readonly seed: string },
): Promise<Cover> {
  if (image === undefined) return { ...(await generate(fallback)), generated: true, warnings: [] };
  try {
    return { ...(await convert(image)), generated: false };
  } catch (error) {
    const message = `The artwork could not be used: ${messageOf(error)}. Give a square JPEG, PNG, WebP or AVIF picture.`;
    return { ...(await generate(fallback)), generated: true, warnings: [{ code: 'artwork-unusable', message }] };
  }
}

/**
 * Metadata (EXIF with its place, profiles, thumbnails) is gone, rotation applied, animation stopped at its first picture.
 * What is no usable picture gives the generated cover and the warning `artwork-unusable`: never an error of the input's.
 * `seed` chooses the generated cover's colours and shape: the same seed and title give the same bytes.
 */
export async function makeCover(
  image: Uint8Array | undefined,
  fallback: { readonly title: string; readonly seed: string },
  smallerPx: readonly number[] = [],
): Promise<Cover> {
  return inTurn(async () => {
    const cover = await coverOf(image, fallback);
    return { ...cover, smaller: await smallerOnes(cover, smallerPx) };
  });
}
