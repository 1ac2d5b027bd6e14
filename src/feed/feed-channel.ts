/** What a feed says of the show itself. Pure data for the XML writer. */
import type { Participant } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { groupCategories } from './apple-categories.ts';
import { channelExtras } from './channel-extras.ts';
import { hubElements } from './feed-links.ts';
import { feedLine } from './feed-text.ts';
import { newFeedAddress } from './moved-feed.ts';
import { emptyElement, textElement, type XmlElement } from './xml-element.ts';

const AUTHOR_MAX_BYTES = 256;

export function showLink(show: Show): string {
  return show.link ?? show.publicUrl;
}

function* categoryElements(show: Show): Generator<XmlElement> {
  for (const { category, subcategories } of groupCategories(show.categories)) {
    const nested = subcategories.map((text) => emptyElement('itunes:category', { text }));
    yield { 'itunes:category': [{ _attr: { text: category } }, ...nested] };
  }
}

function* coverElements(show: Show, title: string): Generator<XmlElement> {
  if (!show.cover) return;
  const url = publicUrlOf(show.publicUrl, show.cover.key);
  yield emptyElement('itunes:image', { href: url });
  yield { image: [{ url }, { title }, { link: showLink(show) }] };
}

/** `title` is already fit for a feed. */
export function* channelElements(show: Show, title: string, hosts: readonly Participant[]): Generator<XmlElement> {
  const author = feedLine(show.author, AUTHOR_MAX_BYTES);
  if (author !== '') yield textElement('itunes:author', author);
  if (show.ownerEmail !== '') {
    const owner = feedLine(show.ownerName ?? '', AUTHOR_MAX_BYTES) || author || title;
    yield { 'itunes:owner': [{ 'itunes:name': owner }, { 'itunes:email': show.ownerEmail }] };
  }
  yield* coverElements(show, title);
  yield* categoryElements(show);
  yield textElement('itunes:explicit', String(show.explicit));
  yield textElement('itunes:type', show.type);
  const newAddress = newFeedAddress(show);
  if (newAddress !== undefined) yield textElement('itunes:new-feed-url', newAddress);
  if (show.private) yield textElement('itunes:block', 'Yes');
  yield* hubElements(show);
  yield* channelExtras(show, title, hosts);
}
