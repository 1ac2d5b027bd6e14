/** What is wrong with a feed by its text alone, as directories and podcast apps see it. Pure: no requests. */
import { Buffer } from 'node:buffer';
import { isWebAddress } from '../domain/room.ts';
import { isAppleCategory } from './apple-categories.ts';
import { parseFeed, type ReadEpisode, type ReadFeed } from './feed-reading.ts';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  /** Which episode or address is meant; absent where it is the show. */
  readonly where?: string;
}

export interface FeedCheck {
  /** Undefined when the text is no feed at all. */
  readonly feed: ReadFeed | undefined;
  readonly findings: readonly Finding[];
}

const DESCRIPTION_MAX_BYTES = 4000;

export function error(code: string, message: string, where?: string): Finding {
  return {
    severity: 'error',
    code,
    message,
    ...(where !== undefined && { where }),
  };
}

export function warning(code: string, message: string, where?: string): Finding {
  return {
    severity: 'warning',
    code,
    message,
    ...(where !== undefined && { where }),
  };
}

/** For people: which item of a feed. */
export function nameOf(episode: ReadEpisode): string {
  return episode.title || episode.guid || `item ${episode.position}`;
}

function* channelFindings(feed: ReadFeed): Generator<Finding> {
  if (!feed.title) yield error('title-missing', 'The show has no title');
  if (!feed.description) yield error('description-missing', 'The show has no description');
  if (Buffer.byteLength(feed.description ?? '') > DESCRIPTION_MAX_BYTES) {
    yield error('description-too-long', `The show’s description is longer than ${DESCRIPTION_MAX_BYTES} bytes`);
  }
  if (!feed.link) yield error('link-missing', 'The show has no link');
  if (!feed.language) yield error('language-missing', 'The show does not say its language');
  if (!feed.imageUrl) yield error('artwork-missing', 'The show has no itunes:image');
  else if (!isWebAddress(feed.imageUrl)) yield error('artwork-address', `${feed.imageUrl} is not a web address`);
  if (!feed.selfUrl) yield warning('self-link-missing', 'The feed does not say its own address (atom:link rel="self")');
  if (!feed.author) yield warning('author-missing', 'The show has no itunes:author');
  if (!feed.ownerEmail)
    yield warning('owner-email-missing', 'Without an owner’s e-mail address directories cannot verify it');
  if (!feed.podcastGuid)
    yield warning('podcast-guid-missing', 'The show has no podcast:guid to be known by when it moves');
  if (feed.categories.length === 0) yield warning('category-missing', 'The show has no itunes:category');
  for (const name of feed.categories.filter((name) => !isAppleCategory(name))) {
    yield error('category-unknown', `“${name}” is not in Apple’s list of categories`);
  }
  if (feed.explicit === undefined) yield error('explicit-missing', 'The show does not say whether it is explicit');
  else if (!['true', 'false'].includes(feed.explicit)) {
    yield warning('explicit-form', `itunes:explicit is “${feed.explicit}”; Apple reads true or false`);
  }
  if (feed.episodes.length === 0) yield warning('no-episodes', 'The feed has no episodes');
}

function* enclosureFindings(episode: ReadEpisode, where: string): Generator<Finding> {
  const { enclosure } = episode;
  if (!enclosure) {
    yield error('enclosure-missing', 'The episode has no enclosure: apps have nothing to play', where);
    return;
  }
  if (!isWebAddress(enclosure.url)) yield error('enclosure-address', `“${enclosure.url}” is not a web address`, where);
  if (!/^[\x21-\x7E]*$/.test(enclosure.url)) {
    yield error('enclosure-address', 'The enclosure’s address holds characters beyond ASCII or blanks', where);
  }
  if (enclosure.lengthBytes === undefined || enclosure.lengthBytes === 0) {
    yield error('length-missing', 'The enclosure’s length is missing or 0: it must be the file’s size in bytes', where);
  }
  if (!/^(audio|video)\//.test(enclosure.type)) {
    yield error('type-unfit', `The enclosure’s type is “${enclosure.type}”, not audio or video`, where);
  }
}

function* episodeFindings(episode: ReadEpisode): Generator<Finding> {
  const where = nameOf(episode);
  if (!episode.title) yield error('episode-title-missing', 'The episode has no title', where);
  if (!episode.guid)
    yield error('guid-missing', 'The episode has no guid: a change would make it a new episode', where);
  else if (episode.guidIsPermaLink && !isWebAddress(episode.guid)) {
    yield error('guid-permalink', 'The guid is no address, so it needs isPermaLink="false"', where);
  }
  yield* enclosureFindings(episode, where);
  if (episode.publishedAt === undefined) {
    yield error('date-unreadable', 'The episode has no pubDate that can be read as RFC 2822', where);
  }
  if (episode.durationSeconds === undefined) {
    yield warning('duration-missing', 'The episode has no itunes:duration that can be read', where);
  }
  if (Buffer.byteLength(episode.description ?? '') > DESCRIPTION_MAX_BYTES) {
    yield warning(
      'episode-description-too-long',
      `The description is longer than ${DESCRIPTION_MAX_BYTES} bytes`,
      where,
    );
  }
}

function* repetitions(feed: ReadFeed): Generator<Finding> {
  const seen = new Set<string>();
  for (const { guid } of feed.episodes) {
    if (guid && seen.has(guid))
      yield error('guid-repeated', 'Two episodes have this guid: apps show one of them', guid);
    if (guid) seen.add(guid);
  }
}

/** `text` as it was fetched. Never throws: what cannot be read is a finding. */
export function checkFeed(text: string): FeedCheck {
  const parsed = parseFeed(text);
  if (!parsed.ok) return { feed: undefined, findings: [error(parsed.code, parsed.message)] };
  const { feed } = parsed;
  return {
    feed,
    findings: [
      ...channelFindings(feed),
      ...feed.episodes.flatMap((e) => [...episodeFindings(e)]),
      ...repetitions(feed),
    ],
  };
}
