/** What was given to be imported, where it is no RSS: said so that its owner knows what to give instead. */
import { childOf, type XmlNode } from './lenient-xml.ts';

export type CheckedRoot =
  | { readonly ok: true; readonly channel: XmlNode }
  | { readonly ok: false; readonly code: string; readonly message: string };

const refused = (code: string, message: string) => ({ ok: false as const, code, message });
const HEAD_CHARACTERS = 65_536;

/** `<link rel="alternate" type="application/rss+xml" href="…">` of a web page. */
function feedOfWebPage(text: string, url: string | undefined): string | undefined {
  for (const [link] of text.slice(0, HEAD_CHARACTERS).matchAll(/<link\b[^>]{0,2000}>/gi)) {
    if (!/application\/rss\+xml/i.test(link)) continue;
    const href = /\bhref\s*=\s*["']?([^"'\s>]+)/i.exec(link)?.[1];
    if (href !== undefined && URL.canParse(href, url)) return new URL(href, url).href;
  }
  return undefined;
}

/** `root`: undefined where the text is no XML. */
export function checkedRoot(root: XmlNode | undefined, text: string, url: string | undefined): CheckedRoot {
  const channel = childOf(childOf(root, 'rss'), 'channel');
  if (channel) return { ok: true, channel };
  const start = text.slice(0, HEAD_CHARACTERS).trimStart().toLowerCase();
  if (start === '') return refused('empty', 'There is nothing in it: no feed');
  if (childOf(root, 'html') || start.startsWith('<!doctype html') || /^(<[!?][^>]*>\s*)*<html[\s>]/.test(start)) {
    const feed = feedOfWebPage(text, url);
    const advice = feed === undefined ? 'Give the address of the feed itself.' : `Its feed is said to be at ${feed}`;
    return refused('web-page', `This is a web page, not a feed. ${advice}`);
  }
  if (childOf(root, 'feed'))
    return refused('atom', 'This is an Atom feed; podcasts are RSS 2.0. Ask the host for the RSS address.');
  if (childOf(root, 'rdf:RDF'))
    return refused('rss-1', 'This is RSS 1.0, which has no enclosures. Ask the host for RSS 2.0.');
  if (start.startsWith('{') || start.startsWith('[')) {
    return refused('json', 'This is JSON, not a feed; podcasts are RSS 2.0. Ask the host for the RSS address.');
  }
  return refused('not-rss', 'There is no <rss> with a <channel> in it: not a feed');
}
