/** One page of another host's feed: its channel, its items, and where older ones are. */

import { type ImportedChannel, readChannel } from './channel.ts';
import { decodeFeed } from './feed-bytes.ts';
import { checkedRoot } from './feed-kind.ts';
import { type ReadItem, readItem, unreadElements } from './item.ts';
import { childrenOf, readXml, textOf, type XmlNode } from './lenient-xml.ts';
import { Oddities, type Oddity } from './oddity.ts';
import { resolvedAddress } from './relative-address.ts';

export interface FeedSource {
  readonly bytes: Uint8Array;
  /** Where it came from; undefined for a file. */
  readonly url: string | undefined;
  /** As the answer's Content-Type has it. */
  readonly charset?: string | undefined;
}

export interface ImportPage {
  readonly channel: ImportedChannel;
  readonly items: readonly ReadItem[];
  /** RFC 5005: the page with older items; undefined where there is none. */
  readonly olderUrl?: string;
  /** The address that the feed gives itself. */
  readonly selfUrl?: string;
  /** Elements of channel and items that are not taken over, and in how many places. */
  readonly unread: ReadonlyMap<string, number>;
  readonly oddities: readonly Oddity[];
}

export type ReadPage =
  | { readonly ok: true; readonly page: ImportPage }
  | { readonly ok: false; readonly code: string; readonly message: string };

const READ_OF_CHANNEL: ReadonlySet<string> = new Set([
  ...['title', 'description', 'link', 'language', 'copyright', 'image', 'item', 'managingEditor', 'dc:language'],
  // What every program writes anew, or what is of no use elsewhere.
  ...['lastBuildDate', 'pubDate', 'generator', 'docs', 'ttl', 'atom:link', 'aftershow:generation'],
  ...['fh:archive', 'fh:complete', 'atom:id', 'atom:updated'],
  ...[
    'title',
    'subtitle',
    'summary',
    'author',
    'owner',
    'image',
    'category',
    'explicit',
    'type',
    'complete',
    'block',
  ].map((name) => `itunes:${name}`),
  // The picture that itunes:image names, in other sizes.
  ...['itunes:new-feed-url', 'podcast:image', 'podcast:images'],
  ...['guid', 'locked', 'funding', 'medium', 'person', 'txt', 'updateFrequency', 'license'].map(
    (name) => `podcast:${name}`,
  ),
  ...['author', 'email', 'image', 'explicit'].map((name) => `googleplay:${name}`),
]);

function linkOf(channel: XmlNode, rel: string): string | undefined {
  return childrenOf(channel, 'atom:link').find(({ attributes }) => attributes['rel'] === rel)?.attributes['href'];
}

/** `firstPosition`: of the page's first item among those of all pages. Throws nothing. */
export function readPage({ bytes, url, charset }: FeedSource, firstPosition: number): ReadPage {
  const decoded = decodeFeed(bytes, charset);
  const xml = readXml(decoded.text);
  if (!xml.ok) return withHint(xml, decoded.text, url);
  const checked = checkedRoot(xml.root, decoded.text, url);
  if (!checked.ok) return checked;
  const { channel } = checked;
  const odd = new Oddities();
  const self = linkOf(channel, 'self');
  const selfUrl = self !== undefined && URL.canParse(self) ? self : undefined;
  const context = { base: url ?? selfUrl, isOurs: textOf(channel, 'aftershow:generation') !== undefined };
  const older = linkOf(channel, 'next') ?? linkOf(channel, 'prev-archive');
  const olderUrl = resolvedAddress(older, context.base, 'the page with older items', odd);
  const nodes = childrenOf(channel, 'item');
  const read = readChannel(channel, context, odd);
  return {
    ok: true,
    page: {
      channel: read,
      items: nodes.map((item, index) => readItem(item, firstPosition + index, context)),
      ...(olderUrl === undefined ? {} : { olderUrl }),
      ...(selfUrl === undefined ? {} : { selfUrl }),
      unread: unreadOf(channel, nodes),
      oddities: [...decoded.oddities, ...xml.oddities, ...odd.found],
    },
  };
}

function unreadOf(channel: XmlNode, items: readonly XmlNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const name of Object.keys(channel.children)) if (!READ_OF_CHANNEL.has(name)) count(name);
  for (const item of items) for (const name of unreadElements(item)) count(name);
  return counts;
}

/** Web pages and JSON are hardly ever well-formed XML: what they are says more than where they are not. */
function withHint(refused: Extract<ReadPage, { ok: false }>, text: string, url: string | undefined): ReadPage {
  if (refused.code !== 'not-xml') return refused;
  const checked = checkedRoot(undefined, text, url);
  return checked.ok || checked.code === 'not-rss' ? refused : checked;
}
