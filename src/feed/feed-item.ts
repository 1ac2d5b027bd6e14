/** What a feed says of one published episode. Pure data for the XML writer. */
import { Buffer } from 'node:buffer';
import type { Manifest } from '../domain/episode.ts';
import { DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { chaptersOf, linesWithin, type PublicChapter, pscStart, publicChapters, timestampLines } from './chapters.ts';
import { hasAudio, type NamedAudio, namedAudio } from './feed-audio.ts';
import { showLink } from './feed-channel.ts';
import { peopleElements } from './feed-people.ts';
import { asHtmlParagraphs, asLenientHtml, feedLine, feedText, lenientHtmlWithin } from './feed-text.ts';
import { itemExtras } from './item-extras.ts';
import { emptyElement, textElement, type XmlElement } from './xml-element.ts';

/** A manifest that belongs into the feed. */
export type PublishedEpisode = Manifest & { readonly publishedAt: string };

export function isInFeed(episode: Manifest): episode is PublishedEpisode {
  return episode.status === 'published' && hasAudio(episode) && episode.publishedAt !== undefined;
}

const JSON_CHAPTERS_TYPE = 'application/json+chapters';
const PARAGRAPH_BREAK = '\n\n';

/** The description (`plain`: what feedText makes of it) and its timestamps as lenient HTML, at most 4,000 bytes: at most half of them for the timestamps. */
function htmlWithTimestamps(description: string, plain: string, lines: readonly string[]): string {
  const whole = lenientHtmlWithin(description, DESCRIPTION_MAX_BYTES, plain);
  if (lines.length === 0) return whole;
  const wholeBytes = Buffer.byteLength(whole);
  const spare = DESCRIPTION_MAX_BYTES - wholeBytes - PARAGRAPH_BREAK.length;
  const fitting = linesWithin(lines.map(asLenientHtml), Math.max(spare, DESCRIPTION_MAX_BYTES / 2)).join('\n');
  const room = DESCRIPTION_MAX_BYTES - Buffer.byteLength(fitting) - PARAGRAPH_BREAK.length;
  const fittingDescription = wholeBytes <= room ? whole : lenientHtmlWithin(description, room);
  return [fittingDescription, fitting].filter((part) => part !== '').join(PARAGRAPH_BREAK);
}

function chaptersElement(chapters: readonly PublicChapter[]): XmlElement {
  const list = chapters.map(({ startSeconds, title, url, imageUrl }) =>
    emptyElement('psc:chapter', {
      start: pscStart(startSeconds),
      title,
      ...(url !== undefined && { href: url }),
      ...(imageUrl !== undefined && { image: imageUrl }),
    }),
  );
  return { 'psc:chapters': [{ _attr: { version: '1.2' } }, ...list] };
}

function* numberElements(episode: PublishedEpisode): Generator<XmlElement> {
  const { season, seasonName, episode: number, episodeDisplay, episodeType } = episode;
  if (season !== undefined) {
    yield textElement('itunes:season', season);
    yield textElement('podcast:season', season, { name: seasonName });
  }
  if (number !== undefined) {
    yield textElement('itunes:episode', number);
    yield textElement('podcast:episode', number, { display: episodeDisplay });
  }
  if (episodeType !== undefined) yield textElement('itunes:episodeType', episodeType);
}

function* coverElement(show: Show, { cover, imported }: PublishedEpisode): Generator<XmlElement> {
  const href = cover ? publicUrlOf(show.publicUrl, cover.key) : imported?.imageUrl;
  if (href === undefined) return;
  yield emptyElement('itunes:image', { href });
  yield emptyElement('podcast:image', { href, 'aspect-ratio': '1/1', purpose: 'artwork' });
}

function* itemElements(show: Show, episode: PublishedEpisode, audio: NamedAudio, chapters: readonly PublicChapter[]) {
  if (audio.durationSeconds !== undefined) {
    yield textElement('itunes:duration', Math.max(1, Math.round(audio.durationSeconds)));
  }
  yield textElement('itunes:explicit', String(episode.explicit ?? show.explicit));
  yield* coverElement(show, episode);
  yield* numberElements(episode);
  yield* peopleElements(show, episode);
  if (episode.chaptersFile) {
    const url = publicUrlOf(show.publicUrl, episode.chaptersFile.key);
    yield emptyElement('podcast:chapters', { url, type: JSON_CHAPTERS_TYPE });
  }
  if (chapters.length > 0) yield chaptersElement(chapters);
  yield* itemExtras(show, episode);
}

/** The show's page at a place of the episode's own: some readers take two items with one link for one. */
function itemLink(show: Show, episode: PublishedEpisode): string {
  if (episode.link !== undefined) return new URL(episode.link).href;
  if (episode.imported?.link !== undefined) return episode.imported.link;
  const link = new URL(showLink(show));
  link.hash = episode.id;
  return link.href;
}

/** In the `podcast` library's words. Throws Error where there is nothing to hear: see isInFeed. */
export function itemOptions(show: Show, episode: PublishedEpisode) {
  const audio = namedAudio(episode, show.publicUrl);
  if (!audio) throw new Error(`${episode.id} is in the feed without audio`);
  const chapters = publicChapters(episode.publishedChapters ?? chaptersOf(episode), (key) =>
    publicUrlOf(show.publicUrl, key),
  );
  const lines = timestampLines(chapters, episode.description);
  const plain = feedText(episode.description, DESCRIPTION_MAX_BYTES);
  const html = episode.imported?.html ?? asHtmlParagraphs([plain, lines.join('\n')].join(PARAGRAPH_BREAK));
  const content: XmlElement[] = html === '' ? [] : [{ 'content:encoded': { _cdata: html } }];
  return {
    title: feedLine(episode.title, TITLE_MAX_BYTES),
    description: htmlWithTimestamps(episode.description, plain, lines),
    url: itemLink(show, episode),
    guid: episode.guid,
    date: episode.publishedAt,
    enclosure: {
      url: audio.url,
      size: audio.lengthBytes,
      type: audio.contentType,
    },
    customElements: [...content, ...itemElements(show, episode, audio, chapters)],
  };
}
