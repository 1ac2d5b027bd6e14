/** What is told of a public file besides its bytes: by its key, and by the title of its episode. */
import { describe, expect, test } from 'vitest';
import { EpisodeId, Sha256, ShowId, sha256 } from '../../src/domain/ids.ts';
import { episodeFileKey, feedKey, showCoverKey } from '../../src/storage/object-keys.ts';
import {
  cacheControlOf,
  contentDispositionOf,
  contentTypeOf,
  isCompressible,
  publicHeaders,
} from '../../src/storage/public-headers.ts';

const show = ShowId.parse('late-table');
const episode = EpisodeId.parse(`ep-${'0'.repeat(32)}`);
const content = Sha256.parse(sha256('bytes'));
const audio = episodeFileKey(show, episode, content, '.mp3');
const fallback = `late-table-${episode}.mp3`;

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

test.each([
  ['sound and film keep the type they were imported with', 'x.mp4', 'video/mp4', 'video/mp4'],
  ['with its codecs', 'x.ogg', 'audio/ogg; codecs=opus', 'audio/ogg; codecs=opus'],
  ['a feed put there by hand is a feed', 'feed.xml', 'application/xml', 'application/rss+xml; charset=utf-8'],
  ['a page is none', 'feed.xml', 'text/html', 'application/rss+xml; charset=utf-8'],
  ['nor is a drawing that runs scripts', 'x.svg', 'image/svg+xml', 'application/octet-stream'],
  ['nor what only looks like sound', 'x.bin', 'audio/mpeg, text/html', 'application/octet-stream'],
])('%s', (_case, name, storedAs, expected) => {
  expect(contentTypeOf(`public/shows/late-table/${name}`, storedAs)).toBe(expected);
});

test('text is worth compressing, sound and pictures are not', () => {
  expect([feedKey(show), 'a/b.chapters.json', 'a/b.vtt'].every(isCompressible)).toBe(true);
  expect([audio, showCoverKey(show, content)].some(isCompressible)).toBe(false);
});

describe('under which name a listener saves an episode', () => {
  const nameFor = (title: string) => contentDispositionOf(audio, title)?.replace(/^inline; /, '');
  const extended = (name: string) => `filename*=UTF-8''${name}.mp3`;

  test.each([
    ['a plain title', 'Album night', 'filename="Album night.mp3"'],
    [
      'accents',
      'Übergänge – Straße',
      `filename="Ubergange - Strasse.mp3"; ${extended('%C3%9Cberg%C3%A4nge%20%E2%80%93%20Stra%C3%9Fe')}`,
    ],
    ['another script', '夜の卓', `filename="${fallback}"; ${extended('%E5%A4%9C%E3%81%AE%E5%8D%93')}`],
    ['an emoji', 'Late 🎙️ night', `filename="Late night.mp3"; ${extended('Late%20%F0%9F%8E%99%EF%B8%8F%20night')}`],
    ['quotes and a backslash', 'The "best" \\ worst', 'filename="The best worst.mp3"'],
    ['what RFC 8187 wants encoded', "Ñ (it's) *", `filename="N (it's).mp3"; ${extended('%C3%91%20%28it%27s%29')}`],
    ['a percent sign, which browsers decode', '100%41', 'filename="100 41.mp3"'],
    ['a way out', '../../etc/passwd', 'filename="etc passwd.mp3"'],
    ['an option of a shell', '-rf ~', 'filename="rf ~.mp3"'],
    ['a hidden file', '.bashrc.', 'filename="bashrc.mp3"'],
    ['two lines', 'One\r\nSet-Cookie: x=1', 'filename="One Set-Cookie x=1.mp3"'],
    ['turned round', 'safe\u202Egpj.exe', 'filename="safe gpj.exe.mp3"'],
    ['nothing that can be said', ' ./\u0000 ', `filename="${fallback}"`],
    ['no title', '', `filename="${fallback}"`],
  ])('%s', (_case, title, expected) => {
    expect(nameFor(title)).toBe(expected);
  });

  test('is never longer than file systems take, nor cut within a letter', () => {
    const disposition = nameFor('👩‍👩‍👧‍👦'.repeat(500)) ?? '';
    const name = decodeURIComponent(/filename\*=UTF-8''(\S+)$/.exec(disposition)?.[1] ?? '');
    expect(Buffer.byteLength(name)).toBeLessThan(200);
    expect(name).toMatch(/^(👩‍👩‍👧‍👦)+….mp3$/u);
    expect(disposition).toMatch(/^[\x20-\x7E]+$/);
  });

  test('is told of sound alone, with the suffix it has', () => {
    expect(contentDispositionOf(audio.replace('.mp3', '.opus'), 'A')).toBe('inline; filename="A.opus"');
    expect(contentDispositionOf(feedKey(show), 'A')).toBeUndefined();
    expect(publicHeaders(showCoverKey(show, content))).toEqual({
      contentType: 'image/jpeg',
      cacheControl: 'public, max-age=31536000, immutable',
    });
  });
});
