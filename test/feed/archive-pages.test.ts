/** A limited feed and the pages that its older episodes are on: RFC 5005, section 4. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { type FeedEntry, feedEntry, newestFirst } from '../../src/feed/feed-entry.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { type FeedFiles, renderFeedFiles } from '../../src/feed/rss.ts';
import { publicUrlOf } from '../../src/storage/object-keys.ts';
import { linksOf, walkArchive } from '../support/feed-walk.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const limited = (feedItems: number) => sampleShow({ feedItems });
const many = (count: number, change: (number: number) => Partial<Manifest> = () => ({})) =>
  Array.from({ length: count }, (_, index) => feedEntry(sampleEpisode(index + 1, change(index + 1))));

const guidsOf = (xml: string) => {
  const parsed = parseFeed(xml);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.feed.episodes.map(({ guid }) => guid);
};
const urlOf = (key: string) => publicUrlOf(sampleShow().publicUrl, key);
const textsOf = ({ feed, pages }: FeedFiles) => ({
  feed: feed.toString(),
  pages: new Map(pages.map(({ key, bytes }) => [urlOf(key), bytes.toString()])),
});
/** GUIDs of every file that the links lead to, from the feed on. */
const walk = (files: FeedFiles) => {
  const { feed, pages } = textsOf(files);
  return walkArchive(feed, (url) => pages.get(url)).map(guidsOf);
};
const published = (entries: readonly FeedEntry[]) =>
  entries.toSorted(newestFirst).flatMap(({ episode }) => episode?.guid ?? []);

describe('a feed without a limit', () => {
  it('holds every episode and leads nowhere', () => {
    const files = renderFeedFiles(sampleShow(), many(250));
    expect(files.pages).toEqual([]);
    expect(guidsOf(files.feed.toString())).toHaveLength(250);
    expect(files.feed.toString()).not.toMatch(/prev-archive|history/);
  });
});

describe('a limited feed', () => {
  it('holds every published episode once, together with its pages, the newest first', () => {
    const state = fc.constantFrom<Manifest['status']>('published', 'published', 'published', 'unpublished', 'erased');
    fc.assert(
      fc.property(fc.array(state, { maxLength: 70 }), fc.integer({ min: 10, max: 40 }), (states, feedItems) => {
        const entries = many(states.length, (number) => ({ status: states[number - 1] ?? 'published' }));
        const walked = walk(renderFeedFiles(limited(feedItems), entries));
        expect(walked.flat()).toEqual(published(entries));
        expect(walked[0]?.length).toBeLessThanOrEqual(feedItems);
      }),
      { numRuns: 60 },
    );
  });

  it('has no pages while everything fits', () => {
    expect(renderFeedFiles(limited(10), many(10)).pages).toEqual([]);
    expect(renderFeedFiles(limited(10), many(11)).pages).toHaveLength(1);
  });

  it('has full pages only: from half of its limit to all of it stays in the feed', () => {
    for (let count = 20; count <= 40; count++) {
      const [feed = [], ...pages] = walk(renderFeedFiles(limited(10), many(count)));
      expect(feed.length).toBeGreaterThan(5);
      expect(feed.length).toBeLessThanOrEqual(10);
      expect(new Set(pages.map(({ length }) => length))).toEqual(new Set([5]));
    }
  });

  it('leads from page to page in both directions, and from each to the feed', () => {
    const files = renderFeedFiles(limited(10), many(31));
    const { feed, pages } = textsOf(files);
    const urls = [...pages.keys()];
    expect(urls.length).toBeGreaterThan(3);
    expect(linksOf(feed)).toMatchObject({
      self: urlOf('public/shows/late-table/feed.xml'),
      'prev-archive': urls.at(-1),
    });
    expect(feed).not.toContain('fh:archive');
    for (const [index, [url, xml]] of [...pages].entries()) {
      expect(xml).toContain('<fh:archive/>');
      expect(xml).toContain('xmlns:fh="http://purl.org/syndication/history/1.0"');
      expect(linksOf(xml)).toEqual({
        self: url,
        current: urlOf('public/shows/late-table/feed.xml'),
        ...(index > 0 && { 'prev-archive': urls[index - 1] }),
        ...(index < urls.length - 1 && { 'next-archive': urls[index + 1] }),
      });
    }
  });
});

describe('fixed ranges', () => {
  const before = textsOf(renderFeedFiles(limited(10), many(31)));
  const changed = (after: ReturnType<typeof textsOf>) =>
    [...new Set([...before.pages.keys(), ...after.pages.keys()])].filter(
      (url) => before.pages.get(url) !== after.pages.get(url),
    );

  it('stay as they are when an episode is published; a new page changes but the link of the one before it', () => {
    for (const count of [32, 33, 34, 35]) {
      expect(changed(textsOf(renderFeedFiles(limited(10), many(count))))).toEqual([]);
    }
    const after = textsOf(renderFeedFiles(limited(10), many(36)));
    const [last = '', added = ''] = changed(after);
    expect(changed(after)).toHaveLength(2);
    expect(before.pages.has(added)).toBe(false);
    expect(after.pages.get(last)?.replace(/<atom:link [^>]*rel="next-archive"[^>]*>/, '')).toBe(before.pages.get(last));
  });

  it('stay when an old episode is corrected or withdrawn: its own page alone is another, at the same address', () => {
    for (const change of [
      { title: 'Corrected', version: 6, updatedAt: '2027-01-01T00:00:00.000Z' },
      { status: 'unpublished' as const, version: 6 },
      { status: 'erased' as const, version: 6 },
    ]) {
      const after = textsOf(
        renderFeedFiles(
          limited(10),
          many(31, (number) => (number === 3 ? change : {})),
        ),
      );
      expect(changed(after)).toHaveLength(1);
      expect(after.feed).not.toBe(before.feed);
      const page = after.pages.get(changed(after)[0] ?? '') ?? '';
      expect(guidsOf(page).includes(sampleEpisode(3).guid)).toBe(change.status === undefined);
    }
  });

  it('get other addresses from where an episode with an older date came in between', () => {
    const imported = feedEntry(sampleEpisode(99, { publishedAt: '2026-09-12T12:00:00.000Z' }));
    const files = renderFeedFiles(limited(10), [...many(31), imported]);
    const after = textsOf(files);
    expect(walk(files).flat()).toEqual(published([...many(31), imported]));
    const kept = [...after.pages.keys()].filter((url) => before.pages.has(url));
    expect(kept).toHaveLength(2);
    expect([...after.pages.keys()].length).toBeGreaterThan(3);
  });

  it('have bytes that never return: published and withdrawn again is not as it was', () => {
    const withState = (status: Manifest['status'], version: number) =>
      [
        ...textsOf(
          renderFeedFiles(
            limited(10),
            many(31, (n) => (n === 3 ? { status, version } : {})),
          ),
        ).pages.values(),
      ][0];
    const pages = [withState('unpublished', 5), withState('published', 6), withState('unpublished', 7)];
    expect(new Set(pages).size).toBe(3);
  });
});
