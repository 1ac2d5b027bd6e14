/** The feed as a function of its data. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { feedFormatOf, feedGeneration } from '../../src/feed/feed-mark.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const readBack = (xml: string) => {
  const parsed = parseFeed(xml);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.feed;
};
const guidsOf = (xml: string) => readBack(xml).episodes.map(({ guid }) => guid);

/** Without a key, as exactOptionalPropertyTypes wants it. */
function without(episode: Manifest, ...keys: (keyof Manifest)[]): Manifest {
  return Object.fromEntries(
    Object.entries(episode).filter(([key]) => !keys.includes(key as keyof Manifest)),
  ) as Manifest;
}

describe('what is in the feed', () => {
  it('is every published episode with audio and no other, the newest first', () => {
    const states: Manifest['status'][] = [
      'waiting-for-tracks',
      'rendering',
      'draft',
      'scheduled',
      'unpublished',
      'failed',
      'erased',
    ];
    const hidden = states.map((status, index) => sampleEpisode(10 + index, { status }));
    const noAudio = without(sampleEpisode(20), 'audio');
    const xml = renderFeed(sampleShow(), [sampleEpisode(1), ...hidden, sampleEpisode(3), noAudio, sampleEpisode(2)]);
    expect(guidsOf(xml)).toEqual([3, 2, 1].map((number) => sampleEpisode(number).guid));
  });

  it('holds nobody who was excluded, refused, or came without a track', () => {
    const episode = sampleEpisode(1);
    const [ana, ben] = episode.participants;
    const xml = renderFeed(sampleShow(), [
      { ...episode, edit: { excludeParticipantIds: ben ? [ben.id] : [] }, excludedParticipantIds: ana ? [ana.id] : [] },
    ]);
    expect(xml).not.toMatch(/>Ana<|Ben|Never Came/);
    expect(xml).toContain('Çelik');
  });

  it('has no owner without an e-mail address, and no copyright, cover or funding that is not there', () => {
    const show = sampleShow({ ownerEmail: '', author: '', funding: [], copyright: '' });
    delete (show as { cover?: unknown }).cover;
    const xml = renderFeed(show, []);
    expect(xml).not.toMatch(/itunes:owner|itunes:author|copyright|itunes:image|<image>|podcast:funding|owner=/);
    expect(xml).toContain('<podcast:locked>yes</podcast:locked>');
  });

  it('tells whole seconds and never 0', () => {
    const audio = sampleEpisode(1).audio;
    const duration = (durationSeconds: number) =>
      readBack(renderFeed(sampleShow(), [sampleEpisode(1, audio ? { audio: { ...audio, durationSeconds } } : {})]))
        .episodes[0]?.durationSeconds;
    expect([duration(59.6), duration(61.2), duration(0.2)]).toEqual([60, 61, 1]);
  });

  it('keeps what HTML would take for tags and entities as text, and makes links of web addresses alone', () => {
    const description = 'Q&A: 1 < 2 <b>bold</b> &lt; javascript:alert(1) http://a.example/?x="><script>';
    const xml = renderFeed(sampleShow(), [sampleEpisode(1, { description, chapters: [] })]);
    expect(readBack(xml).episodes[0]?.description).toBe(
      'Q&A: 1 < 2 &lt;b>bold&lt;/b> &amp;lt; javascript:alert(1) http://a.example/?x=">&lt;script>',
    );
    const content = /<content:encoded><!\[CDATA\[(.*?)\]\]>/s.exec(xml)?.[1];
    expect(content).toBe(
      '<p>Q&amp;A: 1 &lt; 2 &lt;b&gt;bold&lt;/b&gt; &amp;lt; javascript:alert(1) <a href="http://a.example/?x=">http://a.example/?x=</a>&quot;&gt;&lt;script&gt;</p>',
    );
  });

  it('keeps description and timestamps within 4,000 bytes', () => {
    const chapters = Array.from({ length: 300 }, (_, n) => ({ startSeconds: n * 10, title: `Chapter ${n} é` }));
    const xml = renderFeed(sampleShow(), [sampleEpisode(1, { description: 'ä'.repeat(2000), chapters })]);
    const description = readBack(xml).episodes[0]?.description ?? '';
    expect(Buffer.byteLength(description)).toBeLessThanOrEqual(4000);
    expect(description).toMatch(/^ä{500,}…\n\n00:00:00 Chapter 0 é\n00:00:10 Chapter 1 é\n/);
    expect(xml.match(/<psc:chapter /g)).toHaveLength(300);
  });

  it('keeps them within 4,000 bytes also where much of both must be escaped', () => {
    const chapters = Array.from({ length: 120 }, (_, n) => ({ startSeconds: n * 10, title: `<b>${n}</b> &amp;` }));
    for (const some of [chapters, []]) {
      const episode = sampleEpisode(1, { description: '<b>&lt;'.repeat(500), chapters: some, publishedChapters: some });
      const description = readBack(renderFeed(sampleShow(), [episode])).episodes[0]?.description ?? '';
      expect(Buffer.byteLength(description)).toBeLessThanOrEqual(4000);
      expect(description).toMatch(/^(?:&lt;b>&amp;lt;){50,}/);
      expect(description.includes('00:00:10 &lt;b>1&lt;/b> &amp;amp;')).toBe(some.length > 0);
    }
  });

  it('keeps the chapters of the audio that is public while other audio is being made', () => {
    const publishedChapters = [{ startSeconds: 0, title: 'As it is heard now' }];
    const edited = sampleEpisode(1, { publishedChapters, chapters: [{ startSeconds: 5, title: 'As it will be' }] });
    const xml = renderFeed(sampleShow(), [edited]);
    expect(xml).toContain('As it is heard now');
    expect(xml).not.toContain('As it will be');
  });
});

describe('equal data', () => {
  const episodes = Array.from({ length: 12 }, (_, n) =>
    // Some were published at one instant: then too there is one order.
    sampleEpisode(n + 1, n % 3 === 0 ? { publishedAt: '2026-10-01T00:00:00.000Z' } : {}),
  );

  it('gives equal bytes in whatever order the manifests come', () => {
    const expected = renderFeed(sampleShow(), episodes);
    fc.assert(
      fc.property(fc.shuffledSubarray(episodes, { minLength: episodes.length }), (shuffled) => {
        expect(renderFeed(sampleShow(), shuffled)).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('gives equal bytes whatever the clock says, with the latest change as its build date', () => {
    const at = (now: string) => {
      vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] });
      return renderFeed(sampleShow(), episodes);
    };
    const first = at('2026-11-22T20:00:00Z');
    expect(at('2031-01-01T00:00:00Z')).toBe(first);
    vi.useRealTimers();
    expect(first).toContain('<lastBuildDate>Thu, 01 Oct 2026 10:00:00 GMT</lastBuildDate>');
    const later = [...episodes, sampleEpisode(40, { status: 'draft', updatedAt: '2026-12-24T18:00:00.000Z' })];
    expect(renderFeed(sampleShow(), later)).toContain('<lastBuildDate>Thu, 24 Dec 2026 18:00:00 GMT</lastBuildDate>');
  });

  it('leaves its input as it was', () => {
    const given = [sampleEpisode(2), sampleEpisode(1)];
    const show = sampleShow();
    renderFeed(show, given);
    expect(given).toEqual([sampleEpisode(2), sampleEpisode(1)]);
    expect(show).toEqual(sampleShow());
  });
});

describe('the generation', () => {
  it('is the sum of all versions, tombstones included', () => {
    const xml = renderFeed(sampleShow(), [sampleEpisode(1), sampleEpisode(2, { status: 'erased', version: 11 })]);
    expect(feedGeneration(xml)).toBe(3 + 5 + 11);
    expect(feedFormatOf(xml)).toBe(1);
  });

  it('grows with every write of the show or of a manifest, also where nothing else in the feed changes', () => {
    const before = feedGeneration(renderFeed(sampleShow(), [sampleEpisode(1)])) ?? Number.NaN;
    const writes = [
      renderFeed(sampleShow({ version: 4 }), [sampleEpisode(1)]),
      renderFeed(sampleShow(), [sampleEpisode(1, { version: 6, status: 'unpublished' })]),
      renderFeed(sampleShow(), [sampleEpisode(1), sampleEpisode(2, { version: 1, status: 'waiting-for-tracks' })]),
    ];
    expect(writes.map(feedGeneration)).toEqual([before + 1, before + 1, before + 1]);
  });

  it('is not taken from text that spells the element', () => {
    const spelled = '<aftershow:generation format="9">999</aftershow:generation>';
    const xml = renderFeed(sampleShow({ title: spelled, description: `${spelled}]]>${spelled}` }), []);
    expect(feedGeneration(xml)).toBe(3);
    expect(feedFormatOf(xml)).toBe(1);
  });

  it('is unknown in a feed of somebody else', () => {
    expect(feedGeneration('<rss><channel><title>x</title></channel></rss>')).toBeUndefined();
    expect(feedFormatOf('')).toBeUndefined();
  });
});

describe('any text at all', () => {
  it('gives a feed that parses, with nothing that XML forbids', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom(']]>', '<![CDATA[', '&', '<', '\u202E', '\u2069', '\uD83D', '\0', '\n', 'a'),
        maxLength: 30,
      }),
    );
    fc.assert(
      fc.property(text, text, (title, description) => {
        const chapters = [{ startSeconds: 0, title }];
        const xml = renderFeed(sampleShow({ title, description }), [
          sampleEpisode(1, { title, description, chapters, guid: sha256(title) }),
        ]);
        expect(xml.isWellFormed()).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for control characters is the purpose
        expect(xml).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
        expect(readBack(xml).episodes).toHaveLength(1);
        expect(feedGeneration(xml)).toBe(8);
      }),
      { numRuns: 300 },
    );
  });
});
