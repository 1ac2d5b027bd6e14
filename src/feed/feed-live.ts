/** What a feed says of rooms that are announced, on air or just over: `podcast:liveItem` of the Podcasting 2.0 namespace. */
import { type LiveRoom, type LiveRooms, type LiveStatus, statusOf, wordsOf } from '../domain/live-room.ts';
import { DESCRIPTION_MAX_BYTES, TITLE_MAX_BYTES } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { publicUrlOf } from '../storage/object-keys.ts';
import { asHtmlParagraphs, feedLine, feedText } from './feed-text.ts';
import { emptyElement, textElement, type XmlElement } from './xml-element.ts';

/** A stream has no length; RSS wants one all the same. */
const STREAM_LENGTH_BYTES = 0;
const DEFAULT_STREAM_TYPE = 'audio/mpeg';

function* streamElements(url: string, type: string): Generator<XmlElement> {
  yield emptyElement('enclosure', { url, length: STREAM_LENGTH_BYTES, type });
  yield {
    'podcast:alternateEnclosure': [
      { _attr: { type, length: STREAM_LENGTH_BYTES, default: true } },
      emptyElement('podcast:source', { uri: url, contentType: type }),
    ],
  };
}

function liveElement(show: Show, room: LiveRoom, status: LiveStatus): XmlElement[] {
  const words = wordsOf(room);
  if (!words || status === 'off') return [];
  // Once somebody has begun, that is the start; an end that was not foretold is known only afterwards.
  const start = room.started?.at ?? words.at;
  const end = status === 'ended' ? (room.endedAt ?? words.endsAt ?? room.overdueAt) : words.endsAt;
  const joinUrl = new URL(words.joinUrl).href;
  const title = feedLine(words.title, TITLE_MAX_BYTES);
  const html = asHtmlParagraphs(feedText(words.description ?? '', DESCRIPTION_MAX_BYTES));
  // No `description` and no `link`: parsers that know nothing of live items, as feedparser, would take them for the show's.
  const parts: XmlElement[] = [
    { title },
    ...(html === '' ? [] : [{ 'content:encoded': { _cdata: html } }]),
    textElement('guid', room.guid, { isPermaLink: 'false' }),
    textElement('itunes:explicit', String(show.explicit)),
  ];
  if (show.cover) {
    parts.push(emptyElement('itunes:image', { href: publicUrlOf(show.publicUrl, show.cover.key) }));
  }
  if (words.streamUrl !== undefined) {
    parts.push(...streamElements(new URL(words.streamUrl).href, words.streamType ?? DEFAULT_STREAM_TYPE));
  }
  // Required by the namespace: for apps that cannot play it.
  parts.push(textElement('podcast:contentLink', title, { href: joinUrl }));
  return [{ 'podcast:liveItem': [{ _attr: { status, start, ...(end === undefined ? {} : { end }) } }, ...parts] }];
}

const RANK: Readonly<Record<LiveStatus, number>> = { live: 0, pending: 1, ended: 2, off: 3 };

/** What is on air first, then what comes next, then what is over. */
export function liveElements(show: Show, live: LiveRooms | undefined): XmlElement[] {
  return (live?.rooms ?? [])
    .map((room) => ({ room, status: statusOf(room), at: room.started?.at ?? wordsOf(room)?.at ?? '' }))
    .toSorted((a, b) => RANK[a.status] - RANK[b.status] || compare(a.at, b.at) || compare(a.room.guid, b.room.guid))
    .flatMap(({ room, status }) => liveElement(show, room, status));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
