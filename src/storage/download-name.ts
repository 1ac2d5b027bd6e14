/** A file name made of a title: one that every file system takes, and one in ASCII for who knows no other (RFC 6266). */
import { cleanText, cutText } from '../domain/room.ts';

/** With the suffix well within the 255 bytes that file systems have for a name. */
const MAX_NAME_BYTES = 180;
/** What some file system forbids, what a shell or a browser would read as something else, and what turns text round. */
const NOT_IN_NAMES = /[\\/:*?"<>|%\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]+/g;
const WITHOUT_ACCENT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ł: 'l',
  Ł: 'L',
  þ: 'th',
  Þ: 'Th',
  ð: 'd',
  Ð: 'D',
  ı: 'i',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '…': '...',
};

export interface DownloadName {
  /** ASCII, to stand between quotes. */
  readonly plain: string;
  /** For `filename*` (RFC 8187); undefined where it would say no more than the plain one. */
  readonly encoded?: string;
}

/** `fallback`: ASCII, taken where nothing of the title, or too little of it in ASCII, is left. `suffix` with its dot. */
export function downloadName(title: string, fallback: string, suffix: string): DownloadName {
  const name = trimmed(cutText(trimmed(cleanText(title).normalize('NFC').replace(NOT_IN_NAMES, ' ')), MAX_NAME_BYTES));
  if (name === '') return { plain: fallback + suffix };
  const ascii = asAscii(name);
  const plain = (letters(ascii) * 2 > letters(name) ? ascii : fallback) + suffix;
  return plain === name + suffix ? { plain } : { plain, encoded: encodeExtended(name + suffix) };
}

/** One line; no dot or blank at its ends: some systems hide such names, others drop the dot. No dash first: a shell's option. */
function trimmed(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/^[\s.~-]+|[\s.]+$/g, '');
}

function asAscii(text: string): string {
  const replaced = [...text].map((character) => WITHOUT_ACCENT[character] ?? character).join('');
  return trimmed(
    replaced
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^\x20-\x7E]+/g, ' ')
      .replace(NOT_IN_NAMES, ' '),
  );
}

const letters = (text: string) => text.normalize('NFD').match(/[\p{L}\p{N}]/gu)?.length ?? 0;

/** RFC 8187, 3.2.1: what encodeURIComponent leaves and an attr-char is not. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
