/** The mark that our feeds carry: which format wrote them, and how new what they were derived from is. */
import { FEED_FORMAT } from '../domain/show.ts';
import { textElement, type XmlElement } from './xml-element.ts';

export const MARK_NAMESPACE = 'urn:aftershow:feed';

export function feedMark(generation: number): XmlElement {
  return textElement('aftershow:generation', generation, { format: String(FEED_FORMAT) });
}

// CDATA is skipped as a whole: a title may spell an element, only markup outside of CDATA is one.
const TOKENS =
  /<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->|<item[\s>]|<aftershow:generation format="(\d{1,9})">(\d{1,15})<\/aftershow:generation>/g;

function readMark(xml: string): { readonly format: number; readonly generation: number } | undefined {
  for (const [token, format, generation] of xml.matchAll(TOKENS)) {
    if (token.startsWith('<item')) return undefined;
    if (format !== undefined) return { format: Number(format), generation: Number(generation) };
  }
  return undefined;
}

/** The sum of all versions that the feed was derived from; undefined where the feed is not ours. */
export function feedGeneration(xml: string): number | undefined {
  return readMark(xml)?.generation;
}

/** See FEED_FORMAT; undefined where the feed is not ours. */
export function feedFormatOf(xml: string): number | undefined {
  return readMark(xml)?.format;
}
