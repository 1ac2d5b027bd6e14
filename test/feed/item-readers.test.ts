/** An episode with every feature of the Podcasting 2.0 namespace, and rooms announced beside it: what others' parsers read is what went in. */
import { parseRssFeed } from 'feedsmith';
import { parseFeed } from 'podcast-partytime';
import { describe, expect, it } from 'vitest';
import { RoomId, roomHash, ShowId, sha256 } from '../../src/domain/ids.ts';
import { LiveRooms, newLiveRoom } from '../../src/domain/live-room.ts';
import type { ShowPerson } from '../../src/domain/show-channel.ts';
import { parseFeed as parseOwn } from '../../src/feed/feed-reading.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import { episodeFileKey, publicUrlOf } from '../../src/storage/object-keys.ts';
import { hasPythonParsers, readFeedWithPython } from '../support/debian-python.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const people: ShowPerson[] = [
  { name: 'Ana', role: 'host' },
  { name: 'Dora Away', role: 'host' },
  { name: 'Emil', role: 'audio editor', url: 'https://emil.example.org/' },
];
const show = sampleShow({ people });
const urlOf = (key: string) => publicUrlOf(show.publicUrl, key);
const plain = sampleEpisode(1);
const file = (suffix: string, contentType: string, lengthBytes: number) => ({
  key: episodeFileKey(plain.showId, plain.id, sha256(`full ${suffix}`), suffix),
  contentType,
  lengthBytes,
});
const m4a = file('.m4a', 'audio/mp4', 28_800_000);
const opus = file('.opus', 'audio/ogg; codecs=opus', 21_600_000);
const picture = file('.chapter.jpg', 'image/jpeg', 90_000);
const TITLE = 'Why "vinyl" & <tape> matter 👋🏽';
const full = sampleEpisode(1, {
  ...{ explicit: true, season: 2, seasonName: 'The long & cold winter', episode: 3, episodeDisplay: 'Ch. <3>' },
  ...{ episodeType: 'bonus', link: 'https://late-table.example.org/episodes/3?a=1&b=2', aiContent: 'no' },
  license: { id: 'CC-BY-4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
  contentLinks: [{ url: 'https://video.example.org/3', text: 'With pictures & sound' }],
  socialInteract: [
    {
      protocol: 'activitypub',
      uri: 'https://social.example.org/@ana/3',
      accountId: '@ana',
      accountUrl: 'https://social.example.org/@ana',
    },
    { protocol: 'bluesky', uri: 'https://bsky.example.org/3' },
  ],
  publishedSoundbites: [
    { startSeconds: 73.25, durationSeconds: 60, title: TITLE },
    { startSeconds: 1234.5, durationSeconds: 42.25 },
  ],
  alternates: [m4a, opus],
  chapterImages: [picture],
  publishedChapters: [
    { startSeconds: 0, title: 'Hello', imageKey: 'uploads/x.png', imageFile: picture.key },
    { startSeconds: 750, title: 'The new single', url: 'https://late-table.example.org/single' },
    { startSeconds: 2400, title: 'Goodbyes' },
  ],
});
const trailer = sampleEpisode(2, { episodeType: 'trailer', title: 'Season two & more', season: 2 });

const announcement = (name: string, changes: Record<string, unknown>) => ({
  ...newLiveRoom(ShowId.parse('late-table'), RoomId.parse(name), roomHash(RoomId.parse(name))),
  ...changes,
});
const said = (at: string, words: Record<string, unknown> = {}) => ({
  ...{ title: 'Live & <loud>', joinUrl: 'https://live.example.org/1?a=1&b=2', at, toldAt: '2026-10-05T10:00:00.000Z' },
  ...{ digest: sha256(at), endsAt: '2026-10-06T22:00:00.000Z', streamUrl: 'https://live.example.org/1.mp3' },
  ...words,
});
const live = LiveRooms.parse({
  format: 1,
  version: 4,
  updatedAt: '2026-10-06T20:00:00.000Z',
  rooms: [
    announcement('over', { started: said('2026-10-05T20:00:00.000Z'), endedAt: '2026-10-05T21:00:00.000Z' }),
    announcement('soon', {
      scheduled: said('2026-10-07T20:00:00.000Z', {
        endsAt: '2026-10-07T21:00:00.000Z',
        streamType: 'application/x-mpegurl',
        description: 'Bring records.\n\nhttps://late-table.example.org/',
      }),
    }),
    announcement('now', { started: said('2026-10-06T20:00:00.000Z') }),
    announcement('cancelled', {
      scheduled: said('2026-10-08T20:00:00.000Z'),
      cancelled: { toldAt: '2026-10-06T10:00:00.000Z', digest: sha256('x') },
    }),
  ],
});
const xml = renderFeed(show, [full, trailer], live);
const sri = (key: string) => `sha256-${Buffer.from(/([0-9a-f]{64})/.exec(key)?.[1] ?? '', 'hex').toString('base64')}`;
const mp3 = full.audio ?? { key: '', lengthBytes: 0 };
const chapters = [
  { start: '00:00:00.000', title: 'Hello', image: urlOf(picture.key) },
  { start: '00:12:30.000', title: 'The new single', href: 'https://late-table.example.org/single' },
  { start: '00:40:00.000', title: 'Goodbyes' },
];

describe('podcast-partytime', () => {
  const feed = parseFeed(xml);
  const item = feed?.items[1];

  it('reads every feature of an item', () => {
    expect(item).toMatchObject({
      explicit: true,
      link: full.link,
      itunesSeason: 2,
      itunesEpisode: 3,
      itunesEpisodeType: 'bonus',
      podcastSeason: { number: 2, name: 'The long & cold winter' },
      podcastEpisode: { number: 3, display: 'Ch. <3>' },
      license: { identifier: 'CC-BY-4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
      podcastTxt: [{ value: 'no', purpose: 'ai-content' }],
      podcastPeople: [
        { name: 'Ana', role: 'Host' },
        { name: 'Ben "B" O’Neil', role: 'Guest' },
        { name: 'Çelik <guest>', role: 'Guest' },
        { name: 'Emil', role: 'Audio Editor', href: 'https://emil.example.org/' },
      ],
    });
    expect(item?.podcastSoundbites).toEqual([
      { startTime: 73.25, duration: 60, title: TITLE },
      { startTime: 1234.5, duration: 42.25, title: show.title },
    ]);
  });

  it('reads the other formats beside the enclosure’s own', () => {
    const alternate = (given: typeof m4a, type: string, codecs: string, title: string, isDefault: boolean) => ({
      ...{ type, codecs, title, default: isDefault, length: given.lengthBytes },
      bitrate: Math.round((given.lengthBytes * 8) / 3600.4),
      source: [{ uri: urlOf(given.key), contentType: given.contentType }],
      integrity: { type: 'sri', value: sri(given.key) },
    });
    expect(item?.alternativeEnclosures).toEqual([
      alternate({ ...mp3, contentType: 'audio/mpeg' }, 'audio/mpeg', 'mp3', 'MP3', true),
      alternate(m4a, 'audio/mp4', 'mp4a.40.2', 'AAC', false),
      alternate(opus, 'audio/ogg', 'opus', 'Opus', false),
    ]);
  });

  it('reads no feature that an item does not have', () => {
    expect(feed?.items[0]).not.toHaveProperty('podcastSoundbites');
    expect(feed?.items[0]).not.toHaveProperty('alternativeEnclosures');
    expect(feed?.items[0]).not.toHaveProperty('podcastTxt');
    expect(feed?.items[0]).not.toHaveProperty('license');
  });

  it('reads the trailer, and what is on air, then what comes, then what is over', () => {
    expect(feed?.trailers).toEqual([
      {
        title: 'Season two & more',
        url: urlOf(trailer.audio?.key ?? ''),
        pubdate: new Date(trailer.publishedAt ?? ''),
        type: 'audio/mpeg',
        length: trailer.audio?.lengthBytes,
        season: 2,
      },
    ]);
    expect(
      feed?.podcastLiveItems?.map(({ status, start, end, title, contentLinks }) => [
        status,
        start,
        end,
        title,
        contentLinks[0]?.url,
      ]),
    ).toEqual([
      [
        'live',
        new Date('2026-10-06T20:00:00Z'),
        new Date('2026-10-06T22:00:00Z'),
        'Live & <loud>',
        'https://live.example.org/1?a=1&b=2',
      ],
      [
        'pending',
        new Date('2026-10-07T20:00:00Z'),
        new Date('2026-10-07T21:00:00Z'),
        'Live & <loud>',
        'https://live.example.org/1?a=1&b=2',
      ],
      [
        'ended',
        new Date('2026-10-05T20:00:00Z'),
        new Date('2026-10-05T21:00:00Z'),
        'Live & <loud>',
        'https://live.example.org/1?a=1&b=2',
      ],
    ]);
    expect(feed?.podcastLiveItems?.[1]).toMatchObject({
      enclosure: { url: 'https://live.example.org/1.mp3', type: 'application/x-mpegurl' },
      alternativeEnclosures: [{ type: 'application/x-mpegurl', default: true }],
      contentLinks: [{ url: 'https://live.example.org/1?a=1&b=2', title: 'Live & <loud>' }],
      description:
        '<p>Bring records.</p>\n<p><a href="https://late-table.example.org/">https://late-table.example.org/</a></p>',
    });
    const guids = [...(feed?.podcastLiveItems ?? []), ...(feed?.items ?? [])].map(({ guid }) => guid);
    expect(new Set(guids).size).toBe(5);
  });
});

describe('feedsmith', () => {
  const feed = parseRssFeed(xml);
  const item = feed.items?.find(({ guid }) => guid?.value === full.guid);

  it('reads every feature of an item', () => {
    expect(item).toMatchObject({
      link: full.link,
      itunes: { explicit: true, season: 2, episode: 3, episodeType: 'bonus' },
      psc: { chapters },
      podcast: {
        season: { number: 2, name: 'The long & cold winter' },
        episode: { number: 3, display: 'Ch. <3>' },
        license: { display: 'CC-BY-4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
        txts: [{ display: 'no', purpose: 'ai-content' }],
        soundbites: [
          { startTime: 73.25, duration: 60, display: TITLE },
          { startTime: 1234.5, duration: 42.25 },
        ],
        socialInteracts: [
          {
            ...{ protocol: 'activitypub', uri: 'https://social.example.org/@ana/3', priority: 1 },
            ...{ accountId: '@ana', accountUrl: 'https://social.example.org/@ana' },
          },
          { protocol: 'bluesky', uri: 'https://bsky.example.org/3', priority: 2 },
        ],
        alternateEnclosures: [
          { default: true, integrity: { type: 'sri', value: sri(mp3.key) } },
          { type: 'audio/mp4', length: 28_800_000, sources: [{ uri: urlOf(m4a.key), contentType: 'audio/mp4' }] },
          { type: 'audio/ogg', codecs: 'opus', sources: [{ uri: urlOf(opus.key), contentType: opus.contentType }] },
        ],
      },
    });
    expect(item?.podcast?.persons?.map(({ display }) => display)).toEqual([
      'Ana',
      'Ben "B" O’Neil',
      'Çelik <guest>',
      'Emil',
    ]);
  });

  it('reads the trailer and what is live', () => {
    expect(feed.podcast?.trailers).toMatchObject([{ display: 'Season two & more', season: 2 }]);
    expect(feed.podcast?.liveItems?.map(({ status, contentLinks }) => [status, contentLinks?.[0]?.href])).toEqual([
      ['live', 'https://live.example.org/1?a=1&b=2'],
      ['pending', 'https://live.example.org/1?a=1&b=2'],
      ['ended', 'https://live.example.org/1?a=1&b=2'],
    ]);
  });
});

it('what no parser here reads is there as the namespace writes it', () => {
  expect(xml).toContain(
    '<podcast:contentLink href="https://video.example.org/3">With pictures &amp; sound</podcast:contentLink>',
  );
  expect(xml).toContain(`<podcast:image href="${urlOf(full.cover?.key ?? '')}" aspect-ratio="1/1" purpose="artwork"/>`);
  expect(xml).toContain('<podcast:soundbite startTime="1234.500" duration="42.250"/>');
});

it('a live item is no episode to our own reader', () => {
  const parsed = parseOwn(xml);
  expect(parsed.ok && parsed.feed.episodes.map(({ guid }) => guid)).toEqual([trailer.guid, full.guid]);
});

describe.skipIf(!hasPythonParsers)('podcastparser and feedparser', () => {
  it('read the same episodes as without the features', () => {
    const { podcastparser, feedparser } = readFeedWithPython(xml);
    expect(feedparser.bozo).toBe(false);
    expect(podcastparser.episodes.map(({ guid, link, title }) => [guid, link, title])).toEqual([
      [trailer.guid, `https://late-table.example.org/#${trailer.id}`, trailer.title],
      [full.guid, full.link, full.title],
    ]);
    expect(podcastparser.episodes[1]).toMatchObject({
      explicit: true,
      season: 2,
      number: 3,
      type: 'bonus',
      enclosures: [{ url: urlOf(mp3.key), file_size: mp3.lengthBytes, mime_type: 'audio/mpeg' }],
    });
    expect(podcastparser).toMatchObject({ title: show.title, description: show.description, link: show.link });
    expect(feedparser.feed).toMatchObject({ title: show.title, subtitle: show.description, link: show.link });
    expect(feedparser.entries.map(({ id, title }) => [id, title])).toEqual([
      [trailer.guid, trailer.title],
      [full.guid, full.title],
    ]);
  });
});

describe('three states', () => {
  it.each([
    ['yes', '<podcast:txt purpose="ai-content">yes</podcast:txt>'],
    ['no', '<podcast:txt purpose="ai-content">no</podcast:txt>'],
    ['unset', undefined],
    [undefined, undefined],
  ] as const)('of disclosure: %s', (aiContent, element) => {
    const told = renderFeed(sampleShow(), [sampleEpisode(1, aiContent ? { aiContent } : {})]);
    if (element) expect(told).toContain(element);
    else expect(told).not.toContain('ai-content');
  });
});
