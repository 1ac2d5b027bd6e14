/** What others' parsers read in our feed equals what went in, field by field, also where the text is hostile. */
import { parseRssFeed } from 'feedsmith';
import { parseFeed } from 'podcast-partytime';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import { publicUrlOf } from '../../src/storage/object-keys.ts';
import { hasPythonParsers, readFeedWithPython } from '../support/debian-python.ts';
import { COMMENT, ENTITIES, HOSTILE } from './hostile-texts.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const show = sampleShow();
const urlOf = (file: { readonly key: string } | undefined) => publicUrlOf(show.publicUrl, file?.key ?? 'public/absent');
const episodes = [
  sampleEpisode(1, { season: 2, episode: 3, episodeType: 'bonus' }),
  sampleEpisode(2, { explicit: true }),
];
const newestFirst = episodes.toReversed();
const xml = renderFeed(show, episodes);

const hostileEpisodes = HOSTILE.map(({ given }, index) => sampleEpisode(HOSTILE.length - index, { title: given }));
const hostileXml = renderFeed(
  sampleShow({
    title: HOSTILE.map(({ given }) => given)
      .join(' ')
      .slice(0, 200),
  }),
  hostileEpisodes,
);
const hostileTitles = HOSTILE.map(({ read }) => read);

describe('podcast-partytime', () => {
  const feed = parseFeed(xml);

  it('reads the show', () => {
    expect(feed).toMatchObject({
      title: show.title,
      link: show.link,
      language: show.language,
      author: show.author,
      owner: { name: show.author, email: show.ownerEmail },
      explicit: false,
      itunesType: 'episodic',
      itunesImage: urlOf(show.cover),
      itunesCategory: ['Music > Music Interviews', 'Music > Music History', 'Society & Culture'],
      copyright: show.copyright,
      guid: show.podcastGuid,
      locked: true,
      podcastOwner: show.ownerEmail,
      medium: 'podcast',
      podcastFunding: [{ url: show.funding[0]?.url, message: show.funding[0]?.text }],
      podcastPeople: [{ name: 'Ana', role: 'Host' }],
      pubsub: { self: 'https://pods.example.org/media/shows/late-table/feed.xml' },
      lastBuildDate: new Date(show.updatedAt),
    });
  });

  it('reads every episode, the newest first, with people, chapters and numbers', () => {
    expect(feed?.items).toHaveLength(2);
    for (const [index, episode] of newestFirst.entries()) {
      expect(feed?.items[index]).toMatchObject({
        guid: episode.guid,
        title: episode.title,
        enclosure: { url: urlOf(episode.audio), length: 43_200_417, type: 'audio/mpeg' },
        duration: 3600,
        pubDate: new Date(episode.publishedAt ?? 0),
        explicit: episode.explicit ?? false,
        itunesImage: urlOf(episode.cover),
        podcastChapters: { url: urlOf(episode.chaptersFile), type: 'application/json+chapters' },
        podcastPeople: [
          { name: 'Ana', role: 'Host', href: 'https://ana.example.org/', img: 'https://ana.example.org/a.jpg' },
          { name: 'Ben "B" O’Neil', role: 'Guest' },
          { name: 'Çelik <guest>', role: 'Guest' },
        ],
      });
    }
    expect(feed?.items[1]).toMatchObject({
      itunesSeason: 2,
      itunesEpisode: 3,
      itunesEpisodeType: 'bonus',
      podcastSeason: { number: 2 },
      podcastEpisode: { number: 3 },
    });
    expect(feed?.items[0]).not.toHaveProperty('itunesSeason');
  });

  it('reads hostile titles as they were given', () => {
    // It decodes entities in CDATA too, which XML does not.
    const decoded = hostileTitles.map((title) => (title === ENTITIES ? 'literally & and <b> and <' : title));
    expect(parseFeed(hostileXml)?.items.map(({ title }) => title)).toEqual(decoded);
  });
});

describe('feedsmith', () => {
  const feed = parseRssFeed(xml);
  const paragraphs = (episode: Manifest) =>
    `<p>What we heard, and why.</p>\n<p>Notes: <a href="https://late-table.example.org/notes?x=1&amp;y=2">https://late-table.example.org/notes?x=1&amp;y=2</a>.</p>\n<p>00:00:00 ${episode.markers[0]?.title}<br/>00:12:30 The new single<br/>00:40:00 Goodbyes</p>`;

  it('reads the show', () => {
    expect(feed).toMatchObject({
      title: show.title,
      description: show.description,
      link: show.link,
      language: show.language,
      copyright: show.copyright,
      image: { url: urlOf(show.cover), title: show.title, link: show.link },
      itunes: {
        author: show.author,
        owner: { name: show.author, email: show.ownerEmail },
        explicit: false,
        type: 'episodic',
        categories: [
          { text: 'Music', categories: [{ text: 'Music Interviews' }, { text: 'Music History' }] },
          { text: 'Society & Culture' },
        ],
      },
      podcast: { guid: show.podcastGuid, locked: { value: true, owner: show.ownerEmail }, medium: 'podcast' },
    });
  });

  it('reads every episode, with text, markup and chapters', () => {
    for (const [index, episode] of newestFirst.entries()) {
      expect(feed.items?.[index]).toMatchObject({
        title: episode.title,
        link: `https://late-table.example.org/#${episode.id}`,
        description: `${episode.description}\n\n00:00:00 Hello\n00:12:30 The new single\n00:40:00 Goodbyes`,
        guid: { value: episode.guid, isPermaLink: false },
        enclosures: [{ url: urlOf(episode.audio), length: 43_200_417, type: 'audio/mpeg' }],
        content: { encoded: paragraphs(episode) },
        psc: {
          chapters: [
            { start: '00:00:00.000', title: 'Hello' },
            { start: '00:12:30.000', title: 'The new single', href: 'https://late-table.example.org/single' },
            { start: '00:40:00.000', title: 'Goodbyes' },
          ],
        },
      });
    }
  });

  it('reads hostile titles as they were given', () => {
    // It takes out what looks like a comment, in CDATA too.
    const uncommented = hostileTitles.map((title) => (title === COMMENT ? '-- ?>' : title));
    expect(parseRssFeed(hostileXml).items?.map(({ title }) => title)).toEqual(uncommented);
  });
});

describe.skipIf(!hasPythonParsers)('podcastparser and feedparser', () => {
  it('read the show', () => {
    const { podcastparser, feedparser } = readFeedWithPython(xml);
    expect(podcastparser).toMatchObject({
      title: show.title,
      description: show.description,
      link: show.link,
      language: show.language,
      cover_url: urlOf(show.cover),
      itunes_author: show.author,
      itunes_owner: { name: show.author, email: show.ownerEmail },
      itunes_categories: [['Music', 'Music Interviews', 'Music History'], ['Society & Culture']],
      type: 'episodic',
      explicit: false,
    });
    expect(feedparser.bozo).toBe(false);
    expect(feedparser.feed).toMatchObject({
      title: show.title,
      rights: show.copyright,
      podcast_guid: show.podcastGuid,
    });
  });

  it('read every episode', () => {
    const { podcastparser, feedparser } = readFeedWithPython(xml);
    expect(podcastparser.episodes).toHaveLength(2);
    for (const [index, episode] of newestFirst.entries()) {
      expect(podcastparser.episodes[index]).toMatchObject({
        guid: episode.guid,
        title: episode.title,
        description: `${episode.description}\n\n00:00:00 Hello\n00:12:30 The new single\n00:40:00 Goodbyes`,
        total_time: 3600,
        published: Date.parse(episode.publishedAt ?? '') / 1000,
        enclosures: [{ url: urlOf(episode.audio), file_size: 43_200_417, mime_type: 'audio/mpeg' }],
        episode_art_url: urlOf(episode.cover),
        explicit: episode.explicit ?? false,
        chapters: [
          { start: 0, title: 'Hello' },
          { start: 750, title: 'The new single', href: 'https://late-table.example.org/single' },
          { start: 2400, title: 'Goodbyes' },
        ],
      });
      expect(feedparser.entries[index]).toMatchObject({
        id: episode.guid,
        guidislink: false,
        title: episode.title,
        itunes_duration: '3600',
      });
    }
    expect(podcastparser.episodes[1]).toMatchObject({ season: 2, number: 3, type: 'bonus' });
  });

  it('read hostile titles as they were given', () => {
    const { podcastparser, feedparser } = readFeedWithPython(hostileXml);
    expect(feedparser.bozo).toBe(false);
    expect(podcastparser.episodes.map(({ title }) => title)).toEqual(hostileTitles);
    expect(feedparser.entries.map(({ title }) => title)).toEqual(hostileTitles);
  });
});
