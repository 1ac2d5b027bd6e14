/** Whether an Ogg file is several, one behind the other (RFC 3533 calls that chained). */
import { spells, unsigned } from './file-ends.ts';
import { PAGE_HEADER_BYTES, pageEnd } from './ogg-page-end.ts';

const FIRST_PAGE_FLAG = 2;

/**
 * True when the file's last page belongs to none of the streams it begins with. ffmpeg follows a chain while its links
 * are of one codec, and else leaves out all but the first without a word.
 *
 * @param head the first bytes of the file
 * @param tail the last bytes of the file, more than its longest page
 */
export function isChainedOgg(head: Uint8Array, tail: Uint8Array): boolean {
  const serials = new Set<number>();
  for (
    let at = 0;
    spells(head, at, 'OggS') && ((head[at + 5] ?? 0) & FIRST_PAGE_FLAG) !== 0;
    at = pageEnd(head, at) ?? head.length
  ) {
    serials.add(unsigned(head, at + 14, 4));
  }
  for (let at = tail.length - PAGE_HEADER_BYTES; at >= 0; at -= 1) {
    if (spells(tail, at, 'OggS')) return serials.size > 0 && !serials.has(unsigned(tail, at + 14, 4));
  }
  return false;
}
