/** Show notes of other hosts: HTML that is safe to hand on, and the plain text of it. */
import { escapeText } from 'entities';
import { Parser } from 'htmlparser2';
import { isWebAddress } from '../../domain/room.ts';

/** What podcast apps render of show notes; the rest is taken off, its text stays. */
const KEPT: ReadonlySet<string> = new Set([
  ...['p', 'br', 'a', 'ul', 'ol', 'li', 'strong', 'b', 'em', 'i', 'u', 's', 'blockquote', 'code', 'pre', 'hr'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'sub', 'sup'],
]);
const EMPTY: ReadonlySet<string> = new Set(['br', 'hr']);
/** Their text is not for people. */
const MUTE: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'head',
  'title',
]);
const BLOCKS: ReadonlySet<string> = new Set([
  ...['p', 'div', 'ul', 'ol', 'blockquote', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'tr', 'section'],
  ...['article', 'header', 'footer', 'figure', 'hr', 'dl'],
]);
const LINES: ReadonlySet<string> = new Set(['br', 'li', 'dt', 'dd', 'figcaption']);

/** Deeper than this nobody writes: what is beyond is flattened. */
const MAX_DEPTH = 64;

function safeLink(href: string | undefined): string | undefined {
  const link = href?.trim() ?? '';
  return isWebAddress(link) || /^mailto:[^\s"<>]+@[^\s"<>]+$/i.test(link) ? link : undefined;
}

const escapeAttribute = (text: string) => escapeText(text).replaceAll('"', '&quot;');

export interface SafeHtml {
  readonly html: string;
  /** Names of elements that were taken off, and `a` for links that were no web addresses. */
  readonly dropped: ReadonlySet<string>;
}

/** Written anew from what a parser understood, element by element: nothing of the input passes through as it is. */
export function safeHtml(source: string): SafeHtml {
  const dropped = new Set<string>();
  const open: string[] = [];
  let html = '';
  let muted = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (MUTE.has(name)) muted++;
      const href = name === 'a' ? safeLink(attributes['href']) : undefined;
      const isKept = KEPT.has(name) && muted === 0 && open.length < MAX_DEPTH && (name !== 'a' || href !== undefined);
      if (!isKept && !BLOCKS.has(name) && name !== 'span' && name !== 'font') dropped.add(name);
      if (EMPTY.has(name)) html += isKept ? `<${name}/>` : '';
      else {
        if (isKept) html += href === undefined ? `<${name}>` : `<a href="${escapeAttribute(href)}">`;
        open.push(isKept ? name : '');
      }
    },
    onclosetag(name) {
      if (EMPTY.has(name)) return;
      if (MUTE.has(name)) muted--;
      const kept = open.pop();
      if (kept) html += `</${kept}>`;
      else if (kept === '' && name === 'div' && muted === 0) html += '<br/>';
    },
    ontext(text) {
      if (muted === 0) html += escapeText(text);
    },
  });
  parser.end(source);
  return { html: html.replace(/(<br\/>\s*)+$/, '').trim(), dropped };
}

/** Parsers grow slow with the square of what is nested: no show notes have so many tags. */
const MAX_TAGS = 5_000;
const MAX_CHARACTERS = 262_144;

export function isTooMuchHtml(source: string): boolean {
  return source.length > MAX_CHARACTERS || (source.match(/</g)?.length ?? 0) > MAX_TAGS;
}

/** Whether a text is HTML rather than plain: it has a tag that browsers know, or an entity. */
export function looksLikeHtml(text: string): boolean {
  return /<\/?(p|br|div|span|a|ul|ol|li|b|i|u|em|strong|h[1-6]|blockquote|img|table|tr|td|hr|pre|code|font)[\s/>]/i.test(
    text,
  );
}

/** Paragraphs apart by an empty line, list items by a bullet, links by their address where their text is another. */
export function plainTextOf(source: string): string {
  const links: { readonly href: string; readonly from: number }[] = [];
  let text = '';
  let muted = 0;
  let preformatted = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (MUTE.has(name)) muted++;
      if (name === 'pre') preformatted++;
      if (BLOCKS.has(name)) text += '\n\n';
      else if (LINES.has(name)) text += name === 'li' ? '\n• ' : '\n';
      if (name === 'a') links.push({ href: safeLink(attributes['href']) ?? '', from: text.length });
    },
    onclosetag(name) {
      if (MUTE.has(name)) muted--;
      if (name === 'pre') preformatted--;
      if (BLOCKS.has(name)) text += '\n\n';
      const link = name === 'a' ? links.pop() : undefined;
      if (link && link.href !== '') text += addressBeside(text.slice(link.from), link.href);
    },
    ontext(piece) {
      if (muted === 0) text += preformatted > 0 ? piece : piece.replace(/\s+/g, ' ');
    },
  });
  parser.end(source);
  return text
    .replace(/\u00A0/g, ' ')
    .replace(/[^\S\n]*\n[^\S\n]*/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n\n(?=• )/g, '\n')
    .trim();
}

function addressBeside(linked: string, href: string): string {
  const address = href.replace(/^mailto:/i, '');
  const bare = (text: string) =>
    text
      .trim()
      .replace(/^https?:\/\//i, '')
      .replace(/\/$/, '');
  return bare(linked) === bare(address) ? '' : ` (${address})`;
}
