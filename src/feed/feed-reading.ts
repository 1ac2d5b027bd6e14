/** A feed as an app reads it: RSS text to plain data. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';

export interface ReadEpisode {
  /** Counted from 1 as in the feed. */
  readonly position: number;
  readonly title: string;
  readonly guid: string;
  readonly guidIsPermaLink: boolean;
  readonly description?: string;
  readonly enclosure?: {
    readonly url: string;
    readonly lengthBytes: number | undefined;
    readonly type: string;
  };
  /** ISO 8601. */
  readonly publishedAt?: string;
  readonly durationSeconds?: number;
  readonly imageUrl?: string;
  readonly chaptersUrl?: string;
}

export interface ReadFeed {
  readonly title?: string;
  readonly description?: string;
  readonly link?: string;
  readonly language?: string;
  readonly selfUrl?: string;
  /** The archive page that goes on with older episodes (RFC 5005). */
  readonly olderPageUrl?: string;
  readonly author?: string;
  readonly ownerEmail?: string;
  readonly imageUrl?: string;
  readonly podcastGuid?: string;
  /** As written in the feed: true, false, or something else. */
  readonly explicit?: string;
  /** `Music`, `Music > Music Interviews`. */
  readonly categories: readonly string[];
  readonly episodes: readonly ReadEpisode[];
}

type Parsed =
  | { readonly ok: true; readonly feed: ReadFeed }
  | {
      readonly ok: false;
      readonly code: 'not-xml' | 'not-rss';
      readonly message: string;
    };

// Every element becomes a list, so that one and many are read alike; texts and attributes stay texts.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#',
  alwaysCreateTextNode: true,
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
});

const Node = z.record(z.string(), z.unknown());
type Node = z.infer<typeof Node>;

/** The elements of that name right below, none when there are none. */
function children(node: Node | undefined, name: string): Node[] {
  const parsed = z.array(Node).safeParse(node?.[name]);
  return parsed.success ? parsed.data : [];
}

const child = (node: Node | undefined, name: string) => children(node, name)[0];

function attribute(node: Node | undefined, name: string): string | undefined {
  const value = node?.[`@${name}`];
  return typeof value === 'string' ? value.trim() : undefined;
}

function text(node: Node | undefined, name: string): string | undefined {
  const value = child(node, name)?.['#'];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Leaves out what is undefined, as exact optional properties want it. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function present<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;
}

/** Seconds of `3600`, `60:00` or `1:00:00`. */
function durationSeconds(written: string | undefined): number | undefined {
  if (written === undefined || !/^\d+(:\d{1,2}){0,2}(\.\d+)?$/.test(written)) return undefined;
  return written.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

const RFC_2822 = /^([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}(:\d{2})? ([+-]\d{4}|[A-Z]{1,4})$/;

function instantOf(written: string | undefined): string | undefined {
  if (written === undefined || !RFC_2822.test(written)) return undefined;
  const time = Date.parse(written);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function enclosureOf(item: Node): ReadEpisode['enclosure'] {
  const enclosure = child(item, 'enclosure');
  const url = attribute(enclosure, 'url');
  if (url === undefined) return undefined;
  const length = attribute(enclosure, 'length') ?? '';
  return {
    url,
    lengthBytes: /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    type: attribute(enclosure, 'type') ?? '',
  };
}

function readEpisode(item: Node, index: number): ReadEpisode {
  return {
    position: index + 1,
    title: text(item, 'title') ?? '',
    guid: text(item, 'guid') ?? '',
    guidIsPermaLink: attribute(child(item, 'guid'), 'isPermaLink') !== 'false',
    ...present({
      description: text(item, 'description'),
      enclosure: enclosureOf(item),
      publishedAt: instantOf(text(item, 'pubDate')),
      durationSeconds: durationSeconds(text(item, 'itunes:duration')),
      imageUrl: attribute(child(item, 'itunes:image'), 'href'),
      chaptersUrl: attribute(child(item, 'podcast:chapters'), 'url'),
    }),
  };
}

function categoriesOf(channel: Node): string[] {
  return children(channel, 'itunes:category').flatMap((category) => {
    const name = attribute(category, 'text') ?? '';
    const nested = children(category, 'itunes:category').map((sub) => `${name} > ${attribute(sub, 'text') ?? ''}`);
    return nested.length > 0 ? nested : [name];
  });
}

function readChannel(channel: Node): ReadFeed {
  const linked = (rel: string) => children(channel, 'atom:link').find((link) => attribute(link, 'rel') === rel);
  return {
    categories: categoriesOf(channel),
    episodes: children(channel, 'item').map(readEpisode),
    ...present({
      title: text(channel, 'title'),
      description: text(channel, 'description'),
      link: text(channel, 'link'),
      language: text(channel, 'language'),
      selfUrl: attribute(linked('self'), 'href'),
      olderPageUrl: attribute(linked('prev-archive'), 'href'),
      author: text(channel, 'itunes:author'),
      ownerEmail: text(child(channel, 'itunes:owner'), 'itunes:email'),
      imageUrl: attribute(child(channel, 'itunes:image'), 'href'),
      podcastGuid: text(channel, 'podcast:guid'),
      explicit: text(channel, 'itunes:explicit'),
    }),
  };
}

export function parseFeed(xml: string): Parsed {
  const wellFormed = XMLValidator.validate(xml);
  if (wellFormed !== true) {
    const { line, msg } = wellFormed.err;
    return {
      ok: false,
      code: 'not-xml',
      message: `This is not well-formed XML (line ${line}): ${msg}`,
    };
  }
  let root: Node;
  try {
    root = Node.parse(parser.parse(xml));
  } catch (error) {
    return {
      ok: false,
      code: 'not-xml',
      message: `The XML cannot be read: ${String(error)}`,
    };
  }
  const channel = child(child(root, 'rss'), 'channel');
  if (!channel)
    return {
      ok: false,
      code: 'not-rss',
      message: 'There is no <rss> with a <channel> in it: not a feed',
    };
  return { ok: true, feed: readChannel(channel) };
}
