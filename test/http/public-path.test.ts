/** Which URL paths name public objects. */
import { expect, test } from 'vitest';
import { EpisodeId, Sha256, ShowId, sha256 } from '../../src/domain/ids.ts';
import { pathOfTarget, publicKeyOf } from '../../src/http/public-path.ts';
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

test.each([
  ['/shows/a/feed.xml', '/shows/a/feed.xml'],
  ['/shows/a/feed.xml?x=/../y#z', '/shows/a/feed.xml'],
  ['http://cast.example/shows/a/feed.xml?x', '/shows/a/feed.xml'],
  ['/shows/../a', '/shows/../a'],
])('of the target %s the path is %s, as it was written', (target, path) => {
  expect(pathOfTarget(target)).toBe(path);
});
