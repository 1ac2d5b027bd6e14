/** Each fault of a feed is found by its name. */
import { describe, expect, it } from 'vitest';
import { checkFeed } from '../../src/feed/feed-check.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import { sampleEpisode, sampleShow } from './sample-show.ts';

const good = renderFeed(sampleShow(), [sampleEpisode(1), sampleEpisode(2)]);
const codes = (xml: string) => [...new Set(checkFeed(xml).findings.map(({ code }) => code))];

/** Fails where the feed does not hold what is to be spoilt. */
function spoilt(pattern: RegExp, replacement: string): string {
  expect(good).toMatch(pattern);
  return good.replace(pattern, replacement);
}

it('finds nothing in a feed of ours', () => {
  expect(checkFeed(good).findings).toEqual([]);
});

it('reads a feed of thousands of episodes', () => {
  const episodes = Array.from({ length: 1500 }, (_, n) => sampleEpisode(n + 1));
  const { feed, findings } = checkFeed(renderFeed(sampleShow(), episodes));
  expect(findings).toEqual([]);
  expect(feed?.episodes).toHaveLength(1500);
});

describe('what is no feed', () => {
  it.each([
    ['nothing', '', 'not-xml'],
    ['a broken end', good.slice(0, -20), 'not-xml'],
    ['a web page', '<!DOCTYPE html><html><body><p>Not found</p></body></html>', 'not-rss'],
    ['an Atom feed', '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', 'not-rss'],
  ])('%s', (_name, text, code) => {
    expect(checkFeed(text)).toMatchObject({ feed: undefined, findings: [{ severity: 'error', code }] });
  });
});

it('does not expand entities that grow without end', () => {
  const levels = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  const bomb = `<!DOCTYPE rss [<!ENTITY l0 "lol">${levels}]><rss><channel><title>&l9;</title></channel></rss>`;
  expect(checkFeed(bomb).feed?.title?.length ?? 0).toBeLessThan(100_000);
});

it.each([
  ['title-missing', /<title>.*?<\/title>/, ''],
  ['language-missing', /<language>.*?<\/language>/, ''],
  ['artwork-missing', /<itunes:image href="[^"]*"\/>/, ''],
  ['category-unknown', /text="Music Interviews"/, 'text="Gossip"'],
  ['explicit-missing', /<itunes:explicit>false<\/itunes:explicit>/, ''],
  ['explicit-form', /<itunes:explicit>false<\/itunes:explicit>/, '<itunes:explicit>maybe</itunes:explicit>'],
  ['self-link-missing', /<atom:link[^>]*>/, ''],
  ['owner-email-missing', /<itunes:owner>.*?<\/itunes:owner>/, ''],
  ['podcast-guid-missing', /<podcast:guid>.*?<\/podcast:guid>/, ''],
  ['guid-missing', /<guid[^>]*>.*?<\/guid>/, ''],
  ['guid-permalink', /<guid isPermaLink="false">/, '<guid>'],
  ['enclosure-missing', /<enclosure[^>]*>/, ''],
  ['enclosure-address', /<enclosure url="https:[^"]*/, '<enclosure url="/episode.mp3'],
  ['length-missing', /length="\d+"/, 'length="0"'],
  ['type-unfit', /type="audio\/mpeg"/, 'type="text/html"'],
  ['date-unreadable', /<pubDate>.*?<\/pubDate>/, '<pubDate>2026-11-22</pubDate>'],
  ['duration-missing', /<itunes:duration>.*?<\/itunes:duration>/, ''],
])('finds %s', (code, pattern, replacement) => {
  expect(codes(spoilt(pattern, replacement))).toEqual([code]);
});

it('finds a guid that two episodes have', () => {
  const guid = sampleEpisode(1).guid;
  const twice = renderFeed(sampleShow(), [sampleEpisode(1), sampleEpisode(2, { guid })]);
  expect(checkFeed(twice).findings).toMatchObject([{ severity: 'error', code: 'guid-repeated', where: guid }]);
});
