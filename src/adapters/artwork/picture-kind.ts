/** What a file is that was given for a picture, by its content alone: what it calls itself proves nothing. */
import { fileTypeFromBuffer } from 'file-type';

/** Decoded here. SVG is not among them: it can ask for files and addresses. */
const PICTURES = ['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/avif'];

/** What people try all the same, and what to do about it. */
const WORDS: Readonly<Record<string, string>> = {
  'image/heic': 'it is a HEIC photo, as telephones take them, which few programs open: export it as JPEG',
  'image/heif': 'it is a HEIF photo, as telephones take them, which few programs open: export it as JPEG',
  'image/gif': 'it is a GIF, which has too few colours for a cover: export it as PNG',
  'image/tiff': 'it is a TIFF picture: export it as PNG',
  'application/pdf': 'it is a PDF document: export its page as PNG',
};

const SVG_START = /^\uFEFF?\s*(<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i;

/** Why these bytes cannot be opened as a picture, in words for their giver; undefined when they can be tried. */
export async function refusalOf(bytes: Uint8Array): Promise<string | undefined> {
  if (bytes.length === 0) return 'it is empty';
  const mime = (await fileTypeFromBuffer(bytes).catch(() => undefined))?.mime;
  if (mime !== undefined && PICTURES.includes(mime)) return undefined;
  const start = Buffer.from(bytes.subarray(0, 2048)).toString('utf8');
  if (SVG_START.test(start)) return 'it is an SVG drawing, which can ask for files of others: export it as PNG';
  const what = mime === undefined ? 'no picture' : (WORDS[mime] ?? `a file of the type ${mime}`);
  return what.startsWith('it is') ? what : `it is ${what}`;
}

/** The library's words are for programmers. */
export function wordsForBroken(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (/pixel limit/i.test(message)) return 'it claims more pixels than any camera has';
  if (/timeout/i.test(message)) return 'opening it took too long';
  return 'it is damaged, or only a part of it arrived';
}
