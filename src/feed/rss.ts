/** A show's RSS feed as a pure function of what is stored: equal data give equal bytes, in whatever order they come. */
import { Podcast } from 'podcast';
import type { Manifest } from '../domain/episode.ts';
import type { LiveRooms } from '../domain/live-room.ts';
import { DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../domain/room.ts';
import { FEED_FORMAT, type Show } from '../domain/show.ts';
import { feedUrl } from '../storage/object-keys.ts';
import { channelElements, showLink } from './feed-channel.ts';
import { isInFeed, itemOptions, type PublishedEpisode } from './feed-item.ts';
import { liveElements } from './feed-live.ts';
import { peopleHeard } from './feed-people.ts';
import { asLenientHtml, feedLine, feedText } from './feed-text.ts';
import { textElement, type XmlElement } from './xml-element.ts';

const NAMESPACES = {
  itunes: 'http://www.itunes.com/dtds/podcast-1.0.dtd',
  podcast: 'https://podcastindex.org/namespace/1.0',
  psc: 'http://podlove.org/simple-chapters',
  aftershow: 'urn:aftershow:feed',
};
const GENERATION_ELEMENT = 'aftershow:generation';
const COPYRIGHT_MAX_BYTES = 512;

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function newestFirst(a: PublishedEpisode, b: PublishedEpisode): number {
  return byText(b.publishedAt, a.publishedAt) || byText(b.startedAt, a.startedAt) || byText(a.id, b.id);
}

/** Grows with every change to anything that the feed is derived from, so that its bytes never return to an earlier state. */
function generationOf(show: Show, episodes: readonly Manifest[], live: LiveRooms | undefined): number {
  return episodes.reduce((sum, { version }) => sum + version, show.version + (live?.version ?? 0));
}

function lastChange(show: Show, episodes: readonly Manifest[], live: LiveRooms | undefined): Date {
  let latest = Math.max(Date.parse(show.updatedAt), live ? Date.parse(live.updatedAt) : 0);
  for (const { updatedAt, publishedAt } of episodes) {
    latest = Math.max(latest, Date.parse(updatedAt), publishedAt === undefined ? 0 : Date.parse(publishedAt));
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

/**
 * `episodes`: all manifests of the show, tombstones included. Only published ones with audio appear, newest first.
 * The hosts of the newest one stand for the show's. `live`: what is announced and on air.
 */
export function renderFeed(show: Show, episodes: readonly Manifest[], live?: LiveRooms): string {
  const published = episodes.filter(isInFeed).sort(newestFirst);
  const title = feedLine(show.title, TITLE_MAX_BYTES);
  const hosts = published[0] ? peopleHeard(published[0]).filter(({ role }) => role === 'host') : [];
  const copyright = feedLine(show.copyright ?? '', COPYRIGHT_MAX_BYTES);
  const mark = textElement(GENERATION_ELEMENT, generationOf(show, episodes, live), {
    format: String(FEED_FORMAT),
  });
  const customElements: XmlElement[] = [mark, ...channelElements(show, title, hosts), ...liveElements(show, live)];
  const podcast = new Podcast({
    title,
    description: asLenientHtml(feedText(show.description, DESCRIPTION_MAX_BYTES)),
    feedUrl: feedUrl(show.publicUrl, show.id),
    siteUrl: showLink(show),
    language: show.language,
    generator: 'Aftershow',
    ...(copyright !== '' && { copyright }),
    // Its iTunes elements are written by us: it writes an owner without e-mail, and no whole numbers of seconds.
    namespaces: { iTunes: false, podcast: false, simpleChapters: false },
    customNamespaces: NAMESPACES,
    customElements,
  });
  for (const episode of published) podcast.addItem(itemOptions(show, episode));
  return `${withBuildDate(podcast.buildXml(), lastChange(show, episodes, live))}\n`;
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
