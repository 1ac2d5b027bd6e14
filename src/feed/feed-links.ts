/** Where a feed says that it lives and which WebSub hub tells of its changes (W3C WebSub, section 4): in the channel and in HTTP. Pure. */
import type { Show } from '../domain/show.ts';
import { feedUrl } from '../storage/object-keys.ts';
import { emptyElement, type XmlElement } from './xml-element.ts';

/** Undefined for private shows too: the address of their feed is nobody else's to know. */
export function hubOf({ hubUrl, private: isPrivate }: Pick<Show, 'hubUrl' | 'private'>): string | undefined {
  return isPrivate || !hubUrl ? undefined : hubUrl;
}

export function* hubElements(show: Show): Generator<XmlElement> {
  const href = hubOf(show);
  if (href !== undefined) yield emptyElement('atom:link', { href, rel: 'hub' });
}

/** The value of `Link` (RFC 8288) for a feed's answer; undefined for a show without a hub. */
export function linkHeader(show: Show): string | undefined {
  const hub = hubOf(show);
  if (hub === undefined) return undefined;
  const link = (url: string, rel: string) =>
    `<${new URL(url).href.replace(/[<>]/g, encodeURIComponent)}>; rel="${rel}"`;
  return [link(hub, 'hub'), link(feedUrl(show.publicUrl, show.id), 'self')].join(', ');
}
