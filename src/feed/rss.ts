/** A show's RSS feed and its archive pages as a pure function of what is stored: equal data give equal bytes, in whatever order they come. */
import type { Buffer } from 'node:buffer';
import { Podcast } from 'podcast';
import type { Manifest } from '../domain/episode.ts';
import type { LiveRooms } from '../domain/live-room.ts';
import { filesOf } from '../domain/public-files.ts';
import { DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { feedUrl, isPrivateKey, publicUrlOf, visibilityOf } from '../storage/object-keys.ts';
import { feedLayout } from './archive-pages.ts';
import { channelElements, showLink } from './feed-channel.ts';
import { type FeedEntry, feedEntry, newestFirst } from './feed-entry.ts';
import { itemOptions, type PublishedEpisode } from './feed-item.ts';
import { liveElements } from './feed-live.ts';
import { feedMark, MARK_NAMESPACE } from './feed-mark.ts';
import { peopleHeard } from './feed-people.ts';
import { feedLine, lenientHtmlWithin } from './feed-text.ts';
import { trailerElements } from './feed-trailers.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { itemXml } from './item-xml.ts';
import { emptyElement, type XmlElement } from './xml-element.ts';

const NAMESPACES = {
  itunes: 'http://www.itunes.com/dtds/podcast-1.0.dtd',
  podcast: 'https://podcastindex.org/namespace/1.0',
  psc: 'http://podlove.org/simple-chapters',
  aftershow: MARK_NAMESPACE,
};
/** RFC 5005, Feed Paging and Archiving. */
const HISTORY_NAMESPACE = { fh: 'http://purl.org/syndication/history/1.0' };
const FEED_TYPE = 'application/rss+xml';
const COPYRIGHT_MAX_BYTES = 512;

/** Grows with every change to anything that a file is derived from, so that its bytes never return to an earlier state. */
export function generationOf(show: Show, entries: readonly FeedEntry[], live?: LiveRooms): number {
  return entries.reduce((sum, { version }) => sum + version, show.version + (live?.version ?? 0));
}

/** All instants are kept in one form (ISO 8601 in UTC with milliseconds), so that the later one is the greater text. */
function lastChange(show: Show, entries: readonly FeedEntry[], live?: LiveRooms): Date {
  let latest = show.updatedAt;
  const consider = (instant: string | undefined) => {
    if (instant !== undefined && instant > latest) latest = instant;
  };
  consider(live?.updatedAt);
  for (const { updatedAt, publishedAt } of entries) {
    consider(updatedAt);
    consider(publishedAt);
  }
  return new Date(latest);
}

// CDATA is matched only to step over it: what a description spells is not an element.
const BUILD_DATE = /<!\[CDATA\[[\s\S]*?\]\]>|<lastBuildDate>[^<]*<\/lastBuildDate>/g;

/** The library stamps the clock's time and takes no other, which would make every rendering new. */
function withBuildDate(xml: string, date: Date): string {
  for (const { 0: token, index } of xml.matchAll(BUILD_DATE)) {
    if (token.startsWith('<![CDATA[')) continue;
    const element = `<lastBuildDate>${date.toUTCString()}</lastBuildDate>`;
    return xml.slice(0, index) + element + xml.slice(index + token.length);
  }
  throw new Error('The podcast library wrote no lastBuildDate: its version has changed, look at withBuildDate');
}

const CHANNEL_END = '</channel></rss>';

/** From so many items on, those written tell how long the rest will be. */
const TELLING_ITEMS = 32;

/**
 * The library joins a part at a time, which for ten thousand items takes seconds: they are put in here, as bytes at once,
 * for a text of that length costs more in memory than all else.
 */
function withItems(xml: string, items: Iterable<string>, itemCount: number): Buffer {
  if (!xml.endsWith(CHANNEL_END)) {
    throw new Error('The podcast library ends a feed in another way: its version has changed, look at withItems');
  }
  const bytes = new GrowingBytes();
  bytes.write(xml.slice(0, -CHANNEL_END.length));
  let written = 0;
  for (const item of items) bytes.write(item, ++written < TELLING_ITEMS ? undefined : itemCount / written);
  bytes.write(`${CHANNEL_END}\n`);
  return bytes.end();
}

interface RssFile {
  readonly url: string;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
  readonly generation: number;
  readonly changedAt: Date;
  readonly live?: LiveRooms | undefined;
  /** To other pages of the archive, and that this is one. */
  readonly history: readonly XmlElement[];
}

function* itemsOf(show: Show, episodes: readonly PublishedEpisode[]): Generator<string> {
  for (const episode of episodes) yield itemXml(itemOptions(show, episode));
}

function renderFile(show: Show, { url, entries, generation, changedAt, live, history }: RssFile): Buffer {
  const episodes = entries.flatMap(({ episode }) => episode ?? []);
  const title = feedLine(show.title, TITLE_MAX_BYTES);
  // The hosts of the newest one stand for the show's.
  const hosts = episodes[0] ? peopleHeard(episodes[0]).filter(({ role }) => role === 'host') : [];
  const copyright = feedLine(show.copyright ?? '', COPYRIGHT_MAX_BYTES);
  const podcast = new Podcast({
    title,
    description: lenientHtmlWithin(show.description, DESCRIPTION_MAX_BYTES),
    feedUrl: url,
    siteUrl: showLink(show),
    language: show.language,
    generator: 'Aftershow',
    ...(copyright !== '' && { copyright }),
    // Its iTunes elements are written by us: it writes an owner without e-mail, and no whole numbers of seconds.
    namespaces: { iTunes: false, podcast: false, simpleChapters: false },
    customNamespaces: { ...NAMESPACES, ...(history.length > 0 && HISTORY_NAMESPACE) },
    customElements: [
      feedMark(generation),
      ...history,
      ...channelElements(show, title, hosts),
      ...liveElements(show, live),
      ...trailerElements(show, episodes),
    ],
  });
  return withItems(withBuildDate(podcast.buildXml(), changedAt), itemsOf(show, episodes), episodes.length);
}

function link(rel: string, href: string | undefined): XmlElement[] {
  return href === undefined ? [] : [emptyElement('atom:link', { href, rel, type: FEED_TYPE })];
}

export interface ArchivePage {
  readonly key: string;
  readonly bytes: Buffer;
}

export interface FeedFiles {
  readonly feed: Buffer;
  readonly generation: number;
  /** Oldest first; none unless the show limits its feed. */
  readonly pages: readonly ArchivePage[];
}

/** While a show becomes private or public, no feed names what does not lie beside it yet. */
function whereItBelongs(show: Show, entry: FeedEntry): FeedEntry {
  if (!entry.episode || filesOf(entry.episode).every(({ key }) => isPrivateKey(key) === show.private)) return entry;
  const { episode: _elsewhere, ...rest } = entry;
  return rest;
}

/** `all`: of all manifests of the show, tombstones included. `live`: what is announced and on air. */
export function renderFeedFiles(show: Show, all: readonly FeedEntry[], live?: LiveRooms): FeedFiles {
  const entries = all.map((entry) => whereItBelongs(show, entry));
  const everPublic = entries.filter(({ publishedAt }) => publishedAt !== undefined).sort(newestFirst);
  const layout = feedLayout(show.id, everPublic, show.feedItems, visibilityOf(show));
  const current = feedUrl(show.publicUrl, show.id, visibilityOf(show));
  const pageUrls = layout.pages.map(({ key }) => publicUrlOf(show.publicUrl, key));
  const pages = layout.pages.map(({ key, entries: own }, index) => ({
    key,
    bytes: renderFile(show, {
      url: pageUrls[index] ?? '',
      entries: own,
      generation: generationOf(show, own),
      changedAt: lastChange(show, own),
      history: [
        emptyElement('fh:archive', {}),
        ...link('current', current),
        ...link('prev-archive', pageUrls[index - 1]),
        ...link('next-archive', pageUrls[index + 1]),
      ],
    }),
  }));
  const generation = generationOf(show, entries, live);
  const feed = renderFile(show, {
    url: current,
    entries: layout.feed,
    generation,
    changedAt: lastChange(show, entries, live),
    live,
    history: link('prev-archive', pageUrls.at(-1)),
  });
  return { feed, generation, pages };
}

/** `episodes`: all manifests of the show, tombstones included. Only published ones with audio appear, newest first. */
export function renderFeed(show: Show, episodes: readonly Manifest[], live?: LiveRooms): string {
  return renderFeedFiles(show, episodes.map(feedEntry), live).feed.toString();
}
