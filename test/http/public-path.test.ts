/** Which URL paths name public objects, and what they say of them. */
import { describe, expect, test } from 'vitest';
import { EpisodeId, Sha256, ShowId, sha256 } from '../../src/domain/ids.ts';
import { cacheControlOf, contentDispositionOf, contentTypeOf, publicKeyOf } from '../../src/http/public-path.ts';
import { episodeFileKey, feedKey, publicUrlOf, showCoverKey } from '../../src/storage/object-keys.ts';

const show = ShowId.parse('late-table');
const episode = EpisodeId.parse(`ep-${'0'.repeat(32)}`);
const content = Sha256.parse(sha256('bytes'));

test.each([
  feedKey(show),
  showCoverKey(show, content),
  episodeFileKey(show, episode, content, '.mp3'),
  episodeFileKey(show, episode, content, '.chapters.json'),
])('the link to %s leads back to its key', (key) => {
  expect(publicKeyOf(new URL(publicUrlOf('https://cast.example', key)).pathname)).toBe(key);
});

test.each([
  '/',
  '/shows',
  '/shows/late-table',
  '/shows/late-table/',
  '/shows//feed.xml',
  '/shows/late-table//feed.xml',
  '/shows/late-table/../late-table/feed.xml',
  '/shows/late-table/./feed.xml',
  '/shows/late-table/%2e%2e/feed.xml',
  '/shows/late-table/..%2ffeed.xml',
  '/shows/late-table%2ffeed.xml',
  '/shows/late-table/feed.xml%00',
  '/shows/late-table/feed.xml\0',
  '/shows/late-table\\feed.xml',
  '/shows/late-table/%5cfeed.xml',
  '/shows/late-table/.hidden',
  '/shows/late-table/feed..xml',
  '/shows/Late-Table/feed.xml',
  '/shows/late-table/fe ed.xml',
  '/shows/late-table/feed.xml\n',
  '/intake/abc/000000.json',
  '/public/shows/late-table/feed.xml',
])('%j names nothing public', (path) => {
  expect(publicKeyOf(path)).toBeUndefined();
});

describe('what a key says of its file', () => {
  const audio = episodeFileKey(show, episode, content, '.mp3');

  test('what carries its hash may be kept for a year, a feed for a minute', () => {
    expect(cacheControlOf(audio)).toBe('public, max-age=31536000, immutable');
    expect(cacheControlOf(showCoverKey(show, content))).toBe('public, max-age=31536000, immutable');
    expect(cacheControlOf(feedKey(show))).toBe('public, max-age=60');
  });

  test('types are those that podcast apps expect', () => {
    expect(contentTypeOf(feedKey(show))).toBe('application/rss+xml; charset=utf-8');
    expect(contentTypeOf(audio)).toBe('audio/mpeg');
    expect(contentTypeOf(episodeFileKey(show, episode, content, '.chapters.json'))).toBe('application/json+chapters');
    expect(contentTypeOf('public/shows/late-table/page.html')).toBe('application/octet-stream');
  });

  test('an episode is saved under a readable ASCII name', () => {
    expect(contentDispositionOf(audio)).toBe(`inline; filename="late-table-${episode}.mp3"`);
    expect(contentDispositionOf(feedKey(show))).toBeUndefined();
  });
});
