/** Everything a channel can say, as others' parsers read it: field by field what went in. */
import { parseRssFeed } from 'feedsmith';
import { parseFeed } from 'podcast-partytime';
import { describe, expect, it } from 'vitest';
import { renderFeed } from '../../src/feed/rss.ts';
import { publicUrlOf } from '../../src/storage/object-keys.ts';
import { hasPythonParsers, readFeedWithPython } from '../support/debian-python.ts';
import { fullShow } from './full-show.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const show = fullShow();
const xml = renderFeed(show, [sampleEpisode(1)]);
const pictures = [show.cover, ...(show.cover?.smaller ?? [])].map((size) => ({
  url: publicUrlOf(show.publicUrl, size?.key ?? 'public/absent'),
  width: size?.widthPx,
}));
const [picture] = pictures;
const channelOf = (feed: string) => feed.slice(0, feed.indexOf('<item>'));

describe('podcast-partytime', () => {
  it('reads all that it knows', () => {
    expect(parseFeed(xml)).toMatchObject({
      title: show.title,
      owner: { name: show.ownerName, email: show.ownerEmail },
      explicit: true,
      itunesType: 'serial',
      itunesComplete: true,
      itunesImage: picture?.url,
      medium: 'music',
      guid: show.podcastGuid,
      podcastPeople: [
        {
          name: 'Ana <host>',
          role: 'Host',
          href: 'https://ana.example.org/?a=1&b=2',
          img: 'https://ana.example.org/a.jpg',
        },
        { name: 'Bo', role: 'Producer', group: 'Creative Direction' },
        { name: 'Cy', role: 'Cover Art Designer', group: 'Visuals' },
      ],
      podcastTxt: [
        // It takes digits alone for a number and then finds no text: see feedsmith's reading.
        { purpose: 'applepodcastsverify' },
        { value: 'a <free> & easy text' },
        { purpose: 'ai-content', value: 'no' },
      ],
      podcastPublisher: { feedGuid: show.publisher?.feedGuid, feedUrl: show.publisher?.feedUrl },
      license: { identifier: 'cc-by-4.0' },
      podcastImages: pictures.map(({ url, width }) => ({ parsed: { url, width } })),
    });
  });
});

describe('feedsmith', () => {
  it('reads all that it knows', () => {
    const feed = parseRssFeed(xml);
    expect(feed).toMatchObject({
      title: show.title,
      image: { url: picture?.url, title: show.title, link: show.link },
      itunes: {
        owner: { name: show.ownerName, email: show.ownerEmail },
        explicit: true,
        type: 'serial',
        complete: true,
        image: picture?.url,
      },
      podcast: {
        medium: 'music',
        persons: [
          {
            display: 'Ana <host>',
            role: 'host',
            href: 'https://ana.example.org/?a=1&b=2',
            img: 'https://ana.example.org/a.jpg',
          },
          { display: 'Bo', role: 'producer', group: 'creative direction' },
          { display: 'Cy', role: 'cover art designer', group: 'visuals' },
        ],
        txts: [
          { display: '05124', purpose: 'applepodcastsverify' },
          { display: 'a <free> & easy text' },
          { display: 'no', purpose: 'ai-content' },
        ],
        updateFrequency: {
          display: show.updateFrequency?.text,
          complete: true,
          dtstart: '2026-11-23',
          rrule: show.updateFrequency?.rrule,
        },
        license: { display: 'cc-by-4.0' },
        publisher: {
          remoteItem: { feedGuid: show.publisher?.feedGuid, feedUrl: show.publisher?.feedUrl, medium: 'publisher' },
        },
      },
    });
    expect(feed.podcast?.images).toMatchObject(
      pictures.map(({ url, width }) => ({ href: url, width, height: width, aspectRatio: '1/1', alt: show.title })),
    );
  });
});

describe.skipIf(!hasPythonParsers)('podcastparser and feedparser', () => {
  it('read all that they know', () => {
    const { podcastparser, feedparser } = readFeedWithPython(xml);
    expect(podcastparser).toMatchObject({
      title: show.title,
      link: show.link,
      cover_url: picture?.url,
      itunes_owner: { name: show.ownerName, email: show.ownerEmail },
      type: 'serial',
      explicit: true,
    });
    expect(feedparser.bozo).toBe(false);
    expect(feedparser.feed).toMatchObject({
      // It takes a title with tags for HTML, in which this is the same.
      title: show.title.replace('&', '&amp;'),
      podcast_medium: 'music',
      podcast_guid: show.podcastGuid,
      publisher_detail: { name: show.ownerName, email: show.ownerEmail },
    });
  });
});

describe('a channel', () => {
  const elements = (changes: Parameters<typeof sampleShow>[0]) =>
    channelOf(renderFeed(sampleShow(changes), [sampleEpisode(1)]));

  it('says every size of its cover, with its width', () => {
    const images = [...channelOf(xml).matchAll(/<podcast:image ([^>]*)\/>/g)].map(([, attributes]) => attributes);
    expect(images).toHaveLength(3);
    for (const [index, { url, width }] of pictures.entries()) {
      expect(images[index]).toContain(`href="${url}"`);
      expect(images[index]).toContain(`width="${width}"`);
      expect(images[index]).toContain('aspect-ratio="1/1"');
    }
  });

  it('says nothing that nobody said', () => {
    expect(elements({})).not.toMatch(
      /podcast:txt|podcast:updateFrequency|itunes:complete|podcast:license|podcast:publisher|podcast:images?[ >]|itunes:block/,
    );
  });

  it('says of artificial intelligence what the creator says: yes, no, or nothing', () => {
    expect(elements({ aiContent: 'yes' })).toContain('<podcast:txt purpose="ai-content">yes</podcast:txt>');
    expect(elements({ aiContent: 'no' })).toContain('<podcast:txt purpose="ai-content">no</podcast:txt>');
    expect(elements({ aiContent: 'unset' })).not.toContain('ai-content');
  });

  it('that is complete says so where apps look', () => {
    expect(elements({ complete: true })).toContain('<itunes:complete>Yes</itunes:complete>');
    const frequency = elements({ updateFrequency: { text: 'Never', complete: true } });
    expect(frequency).toContain('<podcast:updateFrequency complete="true">Never</podcast:updateFrequency>');
    expect(frequency).toContain('<itunes:complete>Yes</itunes:complete>');
  });

  it('names the hosts of the newest episode where the show names nobody', () => {
    const channel = elements({});
    expect(channel.match(/<podcast:person /g)).toHaveLength(1);
    expect(channel).toContain('>Ana</podcast:person>');
  });

  it('keeps a description within 4,000 bytes, also where much of it must be escaped', () => {
    const description =
      parseRssFeed(renderFeed(sampleShow({ description: '<b>&amp; '.repeat(440) }), [])).description ?? '';
    expect(Buffer.byteLength(description)).toBeLessThanOrEqual(4000);
    expect(description).toContain('&lt;b>');
  });
});
