/** What a catalogue keeps, and when it is believed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Catalogue, decodeCatalogue, encodeCatalogue } from '../../src/feed/catalogue.ts';
import { type FeedEntry, feedEntry } from '../../src/feed/feed-entry.ts';
import { renderFeed, renderFeedFiles } from '../../src/feed/rss.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const episodes = [
  sampleEpisode(1),
  sampleEpisode(2, { status: 'unpublished' }),
  sampleEpisode(3, { status: 'erased', title: '', participants: [], tracks: [] }),
  sampleEpisode(4, { status: 'draft' }),
  sampleEpisode(5, { history: [{ at: '2026-09-06T00:00:00.000Z', what: 'published', who: 'pipeline' }] }),
];

function catalogueOf(entries: readonly FeedEntry[]): Catalogue {
  return {
    feed: { etag: 'e', sha256: 'd', generation: 12 },
    pages: new Map([['archive/1', { etag: 'p', sha256: 'q' }]]),
    show: { etag: 's', value: { id: 'late-table' } },
    entries: new Map(entries.map((value) => [`shows/late-table/episodes/${value.id}.json`, { etag: value.id, value }])),
  };
}

describe('a catalogue', () => {
  const bytes = encodeCatalogue(catalogueOf(episodes.map(feedEntry)));

  it('is JSON, and gives back what went in', () => {
    expect(JSON.parse(bytes.toString())).toMatchObject({ format: 2, body: { feed: { generation: 12 } } });
    expect(decodeCatalogue(bytes)).toEqual(catalogueOf(episodes.map(feedEntry)));
  });

  it('holds enough for the very same feed', () => {
    const kept = [...(decodeCatalogue(bytes)?.entries.values() ?? [])].map(({ value }) => value);
    expect(renderFeedFiles(sampleShow(), kept).feed.toString()).toBe(renderFeed(sampleShow(), episodes));
  });

  it('holds nothing of what is not in the feed, and no more of the rest than a feed tells', () => {
    const [secret] = [
      feedEntry(sampleEpisode(9, { status: 'unpublished', title: 'Secret title', description: 'Secret words' })),
    ];
    const text = encodeCatalogue(catalogueOf([...episodes.map(feedEntry), ...(secret ? [secret] : [])])).toString();
    expect(text).not.toMatch(/Secret|Album night [234]"|rooms\/1\/p4|"history":\[\{/);
    expect(text).toContain('Album night 1');
  });

  it('is not believed when a single bit of it is another, when it is cut, or when there is more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 3 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const spoilt = Buffer.from(bytes);
        spoilt.writeUInt8((spoilt[at] ?? 0) ^ (1 << bit), at);
        expect(decodeCatalogue(spoilt)).toBeUndefined();
        expect(decodeCatalogue(bytes.subarray(0, at))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
    expect(decodeCatalogue(Buffer.concat([bytes, bytes]))).toBeUndefined();
    expect(decodeCatalogue(Buffer.alloc(0))).toBeUndefined();
    expect(decodeCatalogue(Buffer.from('{"format":1}'))).toBeUndefined();
  });

  it('is not believed from another version of the program, or of another feed format', () => {
    for (const [from, to] of [
      ['"program":"', '"program":"9.'],
      ['"feedFormat":1', '"feedFormat":2'],
      ['"format":2', '"format":3'],
    ] as const) {
      const other = bytes.toString().replace(from, to);
      expect(other).not.toBe(bytes.toString());
      expect(decodeCatalogue(Buffer.from(other))).toBeUndefined();
    }
  });
});
