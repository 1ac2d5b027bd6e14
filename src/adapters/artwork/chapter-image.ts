/** Pictures of chapters as players show them beside the sound: small JPEGs of their own shape, never what was given. */
import { messageOf } from '../../domain/failure.ts';
import type { ChapterImageMaker } from '../../pipeline/ports.ts';
import { decodePicture } from './decode-picture.ts';

/** Beyond what any player shows them in. */
const MOST_SIDE_PX = 1000;
/** Smaller ones are icons, and nothing to look at. */
const LEAST_SIDE_PX = 32;
/** They are fetched while somebody listens, and lie in the audio file's tags too. */
const MOST_BYTES = 150_000;
const BEST_QUALITY = 82;
const WORST_QUALITY = 12;
const QUALITY_STEP = 14;

/** Equal input gives equal bytes. What cannot be used gives a problem in words, never an error. */
export const makeChapterImage: ChapterImageMaker = async (image) => {
  try {
    const { pixels } = await decodePicture(image, LEAST_SIDE_PX, MOST_SIDE_PX);
    for (let quality = BEST_QUALITY; quality >= WORST_QUALITY; quality -= QUALITY_STEP) {
      const jpeg = await pixels.clone().jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
      if (jpeg.length <= MOST_BYTES) return { jpeg: new Uint8Array(jpeg) };
    }
    const jpeg = await pixels
      .clone()
      .resize(MOST_SIDE_PX / 4)
      .jpeg({ quality: WORST_QUALITY })
      .toBuffer();
    return { jpeg: new Uint8Array(jpeg) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
};
