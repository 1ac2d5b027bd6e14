/** Titles and descriptions of other feeds: HTML or plain, escaped once or too often. */
import { decodeHTMLStrict } from 'entities';
import { cleanText, cutText, DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../../domain/room.ts';
import { isTooMuchHtml, looksLikeHtml, plainTextOf, safeHtml } from './html.ts';
import { type Oddities, quoted } from './oddity.ts';

/** What holds for a whole feed while its parts are read. */
export interface ReadingContext {
  /** Where the feed is: what relative addresses are relative to. */
  readonly base: string | undefined;
  /** Written by this program: escaped as it should be, however odd a title looks. */
  readonly isOurs: boolean;
}

const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}(?:\d{1,2})?);/i;
const MOST_ROUNDS = 3;

function decodedAgain(text: string, what: string, odd: Oddities): string {
  let decoded = text;
  for (let round = 0; round < MOST_ROUNDS && ENTITY.test(decoded); round++) {
    const next = decodeHTMLStrict(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  if (decoded !== text) {
    odd.changed(`${what}-double-encoded`, `The ${what} ${quoted(text)} was escaped twice: read as ${quoted(decoded)}`);
  }
  return decoded;
}

/** One line of plain text. */
export function readLine(text: string, maxBytes: number): string {
  return cutText(cleanText(text).replace(/\s+/g, ' ').trim(), maxBytes);
}

const FORMATTING = /<\/?(?:b|i|u|em|strong|span|font|p|br|a)(?:\s[^<>]*)?\/?>/gi;

/** A title is plain text; one that is escaped twice, or written as HTML, shows its markup in every app. */
export function readTitle(written: string, { isOurs }: ReadingContext, odd: Oddities): string {
  if (isOurs) return readLine(written, TITLE_MAX_BYTES);
  const decoded = decodedAgain(written, 'title', odd);
  const plain = decoded.replace(FORMATTING, ' ');
  if (plain !== decoded) odd.changed('title-html', `The title ${quoted(decoded)} has HTML tags in it: taken off`);
  const kept = readLine(plain, TITLE_MAX_BYTES);
  if (Buffer.byteLength(readLine(plain, Number.MAX_SAFE_INTEGER)) > TITLE_MAX_BYTES) {
    odd.changed('title-cut', `The title ${quoted(plain)} is longer than ${TITLE_MAX_BYTES} bytes: cut`);
  }
  return kept;
}

export interface ShowNotes {
  /** Plain text, at most 4,000 bytes. */
  readonly plain: string;
  /** Safe HTML in full, where it was HTML. */
  readonly html?: string;
}

/** `what`: description, or what else the text is called. */
export function readNotes(written: string, what: string, { isOurs }: ReadingContext, odd: Oddities): ShowNotes {
  if (isTooMuchHtml(written)) {
    odd.changed(`${what}-too-large`, `The ${what} has ${written.length} characters of HTML: only its text was taken`);
    return cutPlain(written.replace(/<[^<>]*>/g, ' '), what, odd);
  }
  if (!looksLikeHtml(written)) {
    // RSS calls a description HTML, so one escape is as it should be.
    const once = decodeHTMLStrict(written);
    if (isOurs || !(ENTITY.test(once) || looksLikeHtml(once))) return cutPlain(once, what, odd);
    const again = ENTITY.test(once) ? decodedAgain(once, what, odd) : toldTwice(once, what, odd);
    return looksLikeHtml(again) ? fromHtml(again, what, odd) : cutPlain(again, what, odd);
  }
  return fromHtml(written, what, odd);
}

function toldTwice(text: string, what: string, odd: Oddities): string {
  odd.changed(`${what}-double-encoded`, `The ${what} ${quoted(text)} is HTML that was escaped twice: read as HTML`);
  return text;
}

function fromHtml(written: string, what: string, odd: Oddities): ShowNotes {
  const { html, dropped } = safeHtml(written);
  if (dropped.size > 0) {
    odd.changed(
      `${what}-html`,
      `The ${what} had HTML that no podcast app needs (${[...dropped].slice(0, 8).join(', ')}): taken off`,
    );
  }
  const { plain } = cutPlain(plainTextOf(html), what, odd, 'whole as HTML');
  return { plain, ...(html === '' ? {} : { html: cleanText(html) }) };
}

function cutPlain(text: string, what: string, odd: Oddities, rest = 'the rest is left out'): ShowNotes {
  const clean = cleanText(text).trim();
  const plain = cutText(clean, DESCRIPTION_MAX_BYTES);
  if (plain !== clean)
    odd.changed(`${what}-cut`, `The ${what} is longer than ${DESCRIPTION_MAX_BYTES} bytes: cut, ${rest}`);
  return { plain };
}
