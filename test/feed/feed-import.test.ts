/** Another host's feed becomes a plan of episodes: each keeps its GUID, and every oddity has a name. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planImport } from '../../src/feed/feed-import.ts';
import { type ImportPage, readPage } from '../../src/feed/import/page.ts';

const FEED_URL = 'https://media.example.net/shows/night-radio/feed.xml';
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/feeds/${name}`, import.meta.url));
const NOW = new Date('2026-11-22T20:00:00.000Z');

function pageOf(bytes: Uint8Array, url: string | undefined = FEED_URL, from = 1): ImportPage {
  const read = readPage({ bytes, url }, from);
  if (!read.ok) throw new Error(`${read.code}: ${read.message}`);
  return read.page;
}
const feedOf = (items: string, channel = '') =>
  Buffer.from(
    `<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>T</title>${channel}${items}</channel></rss>`,
  );
const plan = (items: string, channel = '') => planImport([pageOf(feedOf(items, channel))], NOW);
const refusal = (text: string | Uint8Array) => {
  const read = readPage({ bytes: Buffer.from(text), url: FEED_URL }, 1);
  return read.ok ? 'read' : read.code;
};

describe('A feed of another host', () => {
  const pages = [pageOf(fixture('another-host.xml')), pageOf(fixture('another-host-2.xml'), FEED_URL, 11)] as const;
  const feed = planImport([...pages], NOW);
  const codesOf = (title: string) =>
    feed.oddities
      .filter(({ where }) => where?.includes(title))
      .map(({ code }) => code)
      .sort();

  it('keeps every GUID to the letter, and gives the others what apps take for one', () => {
    expect(feed.items.map(({ guid }) => guid)).toEqual([
      'nr-0012',
      'https://night-radio.example/?p=11',
      'nr-0010',
      'https://media.example.net/audio/9.mp3',
      'https://media.example.net/audio/8.mp3',
      'nr-0007',
      'nr-0005',
      'nr-0002',
      'nr-0001',
    ]);
    expect(feed.skipped).toBe(3);
  });

  it('tells what is odd about each item, and nothing of one that is right', () => {
    expect(codesOf('12: Plain')).toEqual(['item-repeated', 'person-not-heard']);
    expect(codesOf('11: Its guid')).toEqual([
      'address-relative',
      'address-relative',
      'date-form',
      'duration-form',
      'length-zero',
      'number-unfit',
      'type-unfit',
    ]);
    expect(codesOf('10: Caf')).toEqual([
      'address-encoded',
      'date-form',
      'episode-type-unfit',
      'explicit-form',
      'length-implausible',
      'title-double-encoded',
    ]);
    expect(codesOf('9: Nobody')).toEqual(['date-form', 'duration-unreadable', 'guid-missing', 'length-form']);
    expect(codesOf('8: Under')).toEqual([
      'date-guessed',
      'date-unreadable',
      'duration-missing',
      'guid-repeated',
      'length-missing',
    ]);
    expect(codesOf('A note')).toEqual(['enclosure-missing']);
    expect(codesOf('nr-0007')).toEqual([
      'date-elsewhere',
      'duration-unreadable',
      'enclosure-elsewhere',
      'title-missing',
      'type-missing',
    ]);
    expect(codesOf('6: Only')).toEqual(['address-unfit', 'enclosure-missing']);
    expect(codesOf('5: Two')).toEqual(['enclosures-several']);
    expect(codesOf('2: An older')).toEqual([]);
    expect(codesOf('1: The first')).toEqual(['date-guessed', 'date-missing']);
  });

  it('tells what is odd about the show, and what of it is not taken over', () => {
    const told = feed.oddities.filter(({ where }) => where === undefined);
    expect(told.map(({ code }) => code)).toEqual([
      'ampersand-bare',
      'html-entities',
      'namespace-prefix',
      'address-relative',
      'title-double-encoded',
      'description-html',
      'owner-email-elsewhere',
      'address-relative',
      'explicit-form',
      'category-mapped',
      'category-mapped',
      'category-unknown',
      'address-relative',
      'element-not-taken',
      'element-not-taken',
    ]);
    expect(told.at(-2)?.message).toContain('<itunes:keywords>');
    expect(told.find(({ code }) => code === 'category-unknown')?.message).toContain('Podcasting About Podcasting');
  });

  it('gives the show as the API takes it', () => {
    expect(feed.channel).toEqual({
      settings: {
        title: 'Night Radio & Friends',
        description: 'Late talks, played records & no hurry.',
        author: 'Mara & Jo',
        ownerEmail: 'mara@night-radio.example',
        link: 'https://media.example.net/shows/night-radio/',
        language: 'en-us',
        explicit: false,
        categories: ['Leisure > Games', 'Music > Music Interviews'],
        type: 'episodic',
        copyright: '© 2019 Night Radio',
        funding: [{ url: 'https://night-radio.example/give', text: 'Keep the lights on' }],
      },
      podcastGuid: '917393e3-1b1e-5cef-ace4-edaa54e1f810',
      imageUrl: 'https://media.example.net/art/cover.jpg',
      lock: { isLocked: true, owner: 'mara@night-radio.example' },
    });
  });

  it('gives each item as it is meant', () => {
    expect(feed.items[0]).toMatchObject({
      title: '12: Plain & right',
      description: 'What we heard, in two lines.',
      html: '<p>What we heard, <a href="https://night-radio.example/12">in two lines</a>.</p>',
      publishedAt: '2020-11-06T07:30:00.000Z',
      audio: {
        url: 'https://media.example.net/audio/12.mp3',
        contentType: 'audio/mpeg',
        lengthBytes: 64000,
        durationSeconds: 4,
      },
      link: 'https://night-radio.example/12',
      season: 2,
      episode: 12,
      episodeType: 'full',
      people: [
        { name: 'Mara', role: 'host', url: 'https://mara.example/' },
        { name: 'Jo “the <Ear>” Lund', role: 'guest', imageUrl: 'https://jo.example/jo.jpg' },
      ],
      chapters: [
        { startSeconds: 0, title: 'Hello' },
        { startSeconds: 2.5, title: 'The record', url: 'https://night-radio.example/record' },
      ],
    });
    expect(feed.items[1]).toMatchObject({
      publishedAt: '2020-10-30T12:30:00.000Z',
      audio: { url: 'https://media.example.net/audio/11.mp3', lengthBytes: 0 },
      chaptersUrl: 'https://media.example.net/chapters/11.json',
    });
    expect(feed.items[2]?.title).toBe('10: Café & crème');
    expect(feed.items[6]?.audio.url).toBe('https://media.example.net/audio/5.mp3?from=rss&v=2');
  });
});

describe('What is no feed', () => {
  it.each([
    ['', 'empty'],
    ['{"version":"https://jsonfeed.org/version/1.1"}', 'json'],
    ['<!DOCTYPE html><html><head><title>x</title><body><p>unclosed', 'web-page'],
    ['<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', 'atom'],
    ['<rdf:RDF xmlns:rdf="x"><channel/></rdf:RDF>', 'rss-1'],
    ['<opml><body/></opml>', 'not-rss'],
    ['<rss><channel><title>cut off', 'not-xml'],
    [
      '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>',
      'xml-entities',
    ],
    [
      '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
      'xml-entities',
    ],
    [`<rss>${'<a>'.repeat(5000)}`, 'not-xml'],
    [Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 1, 2]), 'not-xml'],
  ])('is refused for what it is: %s', (text, code) => expect(refusal(text)).toBe(code));

  it('says where a web page says that its feed is', () => {
    const page =
      '<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body></body></html>';
    const read = readPage({ bytes: Buffer.from(page), url: 'https://example.net/show' }, 1);
    expect(read.ok ? '' : read.message).toContain('https://example.net/feed.xml');
  });
});

describe('GUIDs', () => {
  const item = (guid: string, url: string) =>
    `<item><title>x</title>${guid}<enclosure url="${url}" length="64000" type="audio/mpeg"/></item>`;

  it('are unique, also where one that is derived is another item’s own', () => {
    const { items } = plan(
      item('', 'https://x.example/a.mp3') +
        item('<guid>https://x.example/a.mp3</guid>', 'https://x.example/b.mp3') +
        item('<guid>same</guid>', 'https://x.example/c.mp3') +
        item('<guid>same</guid>', 'https://x.example/d.mp3'),
    );
    const guids = items.map(({ guid }) => guid);
    expect(new Set(guids).size).toBe(4);
    expect(guids[0]).toMatch(/^https:\/\/x\.example\/a\.mp3#[0-9a-f]{12}$/);
    expect(guids.slice(1)).toEqual(['https://x.example/a.mp3', 'same', 'https://x.example/d.mp3']);
  });

  it('without blanks around them stay as they are, whatever they look like', () => {
    const { items } = plan(item('<guid>  Ünï &amp; 🎙 tag:x,2020:1 </guid>', 'https://x.example/a.mp3'));
    expect(items[0]?.guid).toBe('Ünï & 🎙 tag:x,2020:1');
  });
});

describe('A feed of 10,000 items', () => {
  it('is read in bounded memory, each item with its GUID', () => {
    const items = Array.from(
      { length: 10_000 },
      (_, n) =>
        `<item><title>${n} &amp; on</title><description><![CDATA[<p>${'word '.repeat(100)}</p>]]></description><enclosure url="https://x.example/${n}.mp3" length="64000" type="audio/mpeg"/></item>`,
    );
    const { items: read } = plan(items.join('\n'));
    expect(read).toHaveLength(10_000);
    expect(new Set(read.map(({ guid }) => guid)).size).toBe(10_000);
    expect(read.at(-1)?.audio.url).toBe('https://x.example/9999.mp3');
  });
});
