/** One `item` of RSS 2.0 as text: what the `podcast` library writes, for feeds of ten thousand. */
import { cdataXml, type XmlElement, xmlOf } from './xml-element.ts';

/** In the `podcast` library's words; it knows more of them, which are not written here. */
export interface ItemOptions {
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly guid: string;
  /** ISO 8601. */
  readonly date: string;
  readonly enclosure: { readonly url: string; readonly size: number; readonly type: string };
  readonly customElements: readonly XmlElement[];
}

/** The library's, for an item that has none. */
const UNTITLED = 'No title';

export function itemXml({ title, description, url, guid, date, enclosure, customElements }: ItemOptions): string {
  let xml = `<item>${cdataXml('title', title || UNTITLED)}`;
  if (description !== '') xml += cdataXml('description', description);
  xml += xmlOf({ link: url });
  xml += xmlOf({ guid: [{ _attr: { isPermaLink: false } }, guid] });
  xml += xmlOf({ pubDate: new Date(date).toUTCString() });
  xml += xmlOf({ enclosure: { _attr: { url: enclosure.url, length: enclosure.size, type: enclosure.type } } });
  for (const element of customElements) xml += xmlOf(element);
  return `${xml}</item>`;
}
