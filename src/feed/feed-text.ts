/** Text as a public feed may carry it: no characters XML forbids, no direction that leaks, plain or as safe HTML. */
import { Buffer } from 'node:buffer';
import { cleanText, cutText, isWebAddress } from '../domain/room.ts';

const CLOSER_OF: Readonly<Record<string, string>> = {
  '\u202A': '\u202C',
  '\u202B': '\u202C',
  '\u202D': '\u202C',
  '\u202E': '\u202C',
  '\u2066': '\u2069',
  '\u2067': '\u2069',
  '\u2068': '\u2069',
};
const DIRECTION_MARKS = /[\u202A-\u202E\u2066-\u2069]/;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** One paragraph: Unicode's bidirectional algorithm (UAX #9) begins anew at every line break. */
function isolateLine(line: string): string {
  const closers: string[] = [];
  let kept = '';
  let leaks = false;
  for (const character of line) {
    const closer = CLOSER_OF[character];
    if (closer !== undefined) {
      // An embedding or override outside an isolate turns the neighbours of the whole text round.
      if (closer !== POP_ISOLATE && !closers.includes(POP_ISOLATE)) leaks = true;
      closers.push(closer);
    } else if (character === '\u202C' || character === POP_ISOLATE) {
      // A closer that nobody opened here would close what an app opened around the text.
      if (closers.at(-1) !== character) continue;
      closers.pop();
    }
    kept += character;
  }
  kept += closers.reverse().join('');
  return leaks ? `${FIRST_STRONG_ISOLATE}${kept}${POP_ISOLATE}` : kept;
}

/** Right-to-left overrides stay, but reach no further than this text. Doing it twice changes nothing. */
export function isolateDirections(text: string): string {
  return DIRECTION_MARKS.test(text) ? text.split('\n').map(isolateLine).join('\n') : text;
}

/** Spaces that are not one plain one between two words. */
const ODD_SPACES = /[^\S ]| {2}/;
const onOneLine = (text: string) => (ODD_SPACES.test(text) ? text.replace(/\s+/g, ' ') : text).trim();

/** One line for a feed, at most `maxBytes` of UTF-8 before directions are closed, cut between graphemes. */
export function feedLine(text: string, maxBytes: number): string {
  return isolateDirections(cutText(onOneLine(cleanText(text)), maxBytes));
}

/** Several lines for a feed; the same bounds. */
export function feedText(text: string, maxBytes: number): string {
  return isolateDirections(cutText(cleanText(text).trim(), maxBytes));
}

/**
 * Plain text that also means itself when read as HTML, which RSS says a description is: only what an HTML parser would
 * take for a tag or an entity is escaped, so that `Q&A: 1 < 2` stays as it was typed.
 */
export function asLenientHtml(text: string): string {
  // Looked for first: in ten thousand descriptions few have any.
  const withoutEntities = text.includes('&') ? text.replace(/&(?=#?[a-zA-Z0-9]+;)/g, '&amp;') : text;
  return withoutEntities.includes('<') ? withoutEntities.replace(/<(?=[a-zA-Z/!?])/g, '&lt;') : withoutEntities;
}

/**
 * Several lines as `asLenientHtml` writes them, at most `maxBytes` of UTF-8 after that, cut between graphemes. `plain`
 * is what feedText makes of the same, for who has it already.
 */
export function lenientHtmlWithin(text: string, maxBytes: number, plain = feedText(text, maxBytes)): string {
  let html = asLenientHtml(plain);
  for (let bound = maxBytes; ; html = asLenientHtml(feedText(text, bound))) {
    const bytes = Buffer.byteLength(html);
    if (bytes <= maxBytes) return html;
    bound = Math.floor((bound * maxBytes) / bytes);
  }
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);

const WEB_ADDRESS = /https?:\/\/[^\s<>"'`\u202A-\u202E\u2066-\u2069]+/gi;
const SENTENCE_END = /[.,;:!?)\]}…]+$/;

function linkedLine(line: string): string {
  if (!line.includes('://')) return escapeHtml(line);
  let html = '';
  let position = 0;
  for (const match of line.matchAll(WEB_ADDRESS)) {
    const address = match[0].replace(SENTENCE_END, '');
    if (!isWebAddress(address)) continue;
    html += `${escapeHtml(line.slice(position, match.index))}<a href="${escapeHtml(address)}">${escapeHtml(address)}</a>`;
    position = match.index + address.length;
  }
  return html + escapeHtml(line.slice(position));
}

/** Paragraphs, line breaks and links; everything else is escaped. */
export function asHtmlParagraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${paragraph.split('\n').map(linkedLine).join('<br/>')}</p>`)
    .join('\n');
}
