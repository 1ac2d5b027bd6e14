/** Delivery of public files over a real server, whichever store: what podcast apps, browsers and attackers ask for. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/domain/ids.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { episodeFileKey } from '../../src/storage/object-keys.ts';
import { audio, audioPath, type Delivery, deliver, episode, feed, feedPath, show } from './delivered-files.ts';
import type { FileServer } from './file-server.ts';

/** `openBucket` gives a new and empty one. */
export function publicFilesContract(name: string, openBucket: () => Promise<ObjectStore>): void {
  describe(name, () => {
    let delivery: Delivery;
    let server: FileServer;
    let audioTag: string;
    let feedTag: string;

    beforeAll(async () => {
      delivery = await deliver(await openBucket());
      ({ server, audioTag, feedTag } = delivery);
    });

    afterAll(() => delivery?.close());

    describe('a whole file', () => {
      test('comes with everything a player and a cache need to know', async () => {
        const { status, headers, body } = await server.ask('GET', audioPath);
        expect(status).toBe(200);
        expect(body.equals(audio)).toBe(true);
        expect(headers).toMatchObject({
          'content-type': 'audio/mpeg',
          'content-length': '300000',
          etag: audioTag,
          'accept-ranges': 'bytes',
          'cache-control': 'public, max-age=31536000, immutable',
          'content-disposition': `inline; filename="late-table-${episode}.mp3"`,
          'access-control-allow-origin': '*',
          'x-content-type-options': 'nosniff',
        });
        expect(headers['last-modified']).toMatch(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/);
        expect(headers['vary']).toBeUndefined();
      });

      test('a feed may be cached only shortly, and is named as RSS', async () => {
        const { headers, body } = await server.ask('GET', `${feedPath}?from=app`);
        expect(body.equals(feed)).toBe(true);
        expect(headers).toMatchObject({
          'content-type': 'application/rss+xml; charset=utf-8',
          'cache-control': 'public, max-age=60',
          vary: 'Accept-Encoding',
          etag: feedTag,
        });
      });

      test('what was said when it was stored is said again', async () => {
        const named = {
          contentType: 'audio/mp4; codecs="mp4a.40.2"',
          cacheControl: 'public, max-age=5',
          contentDisposition: `inline; filename="Album night.m4a"; filename*=UTF-8''Album%20n%C3%AFght.m4a`,
        };
        const key = episodeFileKey(show, episode, sha256('another'), '.m4a');
        await delivery.bucket.put(key, audio.subarray(0, 99), named);
        expect((await server.ask('GET', key.replace('public', ''))).headers).toMatchObject({
          'content-type': named.contentType,
          'cache-control': named.cacheControl,
          'content-disposition': named.contentDisposition,
        });
      });

      test('curl -I shows the same', async () => {
        const { stdout: shown } = await promisify(execFile)('curl', ['-sSI', `${server.url}${audioPath}`]);
        expect(shown).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        expect(shown).toMatch(/\r\ncontent-length: 300000\r\n/i);
        expect(shown.toLowerCase()).toContain(`etag: ${audioTag}`);
      });
    });

    describe('ranges', () => {
      test.each([
        ['bytes=0-', 0, 299_999],
        ['bytes=-500', 299_500, 299_999],
        ['bytes=0-0', 0, 0],
        ['bytes=65530-131080', 65_530, 131_080],
        ['bytes=299999-400000', 299_999, 299_999],
        ['bytes=-400000', 0, 299_999],
        ['bytes= 7-7 ,', 7, 7],
      ])('%s gives exactly these bytes', async (range, start, end) => {
        const { status, headers, body } = await server.ask('GET', audioPath, { range });
        expect(status).toBe(206);
        expect(headers['content-range']).toBe(`bytes ${start}-${end}/300000`);
        expect(headers['content-length']).toBe(String(end - start + 1));
        expect(body.equals(audio.subarray(start, end + 1))).toBe(true);
        expect(headers).toMatchObject({ etag: audioTag, 'content-type': 'audio/mpeg' });
      });

      test.each(['bytes=300000-', 'bytes=-0', 'bytes=400000-500000'])('%s lies beyond the end: 416', async (range) => {
        const { status, headers, body } = await server.ask('GET', audioPath, { range });
        expect(status).toBe(416);
        expect(headers['content-range']).toBe('bytes */300000');
        expect(JSON.parse(body.toString())).toMatchObject({ status: 416, code: 'range-not-satisfiable' });
      });

      test.each(['bytes=0-1,5-6', `bytes=${'0-1,'.repeat(999)}5-6`, 'bytes=5-4', 'chars=0-5', 'junk'])(
        'what is not one good range gets the whole file',
        async (range) => {
          const { status, body } = await server.ask('GET', audioPath, { range });
          expect(status).toBe(200);
          expect(body.length).toBe(300_000);
        },
      );

      test('If-Range gives the part only for exactly the version held', async () => {
        const { headers } = await server.ask('HEAD', audioPath);
        const statusFor = async (ifRange: string) =>
          (await server.ask('GET', audioPath, { range: 'bytes=0-9', 'if-range': ifRange })).status;
        expect(await statusFor(audioTag)).toBe(206);
        expect(await statusFor(String(headers['last-modified']))).toBe(206);
        expect(await statusFor(`W/${audioTag}`)).toBe(200);
        expect(await statusFor('"another"')).toBe(200);
        expect(await statusFor('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(200);
      });
    });

    test('ten ranges at once, put together, are the file', async () => {
      const step = audio.length / 10;
      const parts = await Promise.all(
        Array.from({ length: 10 }, (_, part) =>
          server.ask('GET', audioPath, {
            range: `bytes=${part * step}-${(part + 1) * step - 1}`,
            'if-range': audioTag,
          }),
        ),
      );
      expect(parts.map(({ status }) => status)).toEqual(Array(10).fill(206));
      expect(Buffer.concat(parts.map(({ body }) => body)).equals(audio)).toBe(true);
    });

    describe('conditions', () => {
      test('If-None-Match: 304 without a body, with the headers that a cache renews', async () => {
        const { status, headers, body } = await server.ask('GET', feedPath, { 'if-none-match': `"x", W/${feedTag}` });
        expect(status).toBe(304);
        expect(body.length).toBe(0);
        expect(headers).toMatchObject({
          etag: feedTag,
          'cache-control': 'public, max-age=60',
          vary: 'Accept-Encoding',
        });
        expect(headers['content-length']).toBeUndefined();
      });

      test('If-Modified-Since: 304, but a tag that differs decides', async () => {
        const since = String((await server.ask('HEAD', feedPath)).headers['last-modified']);
        expect((await server.ask('GET', feedPath, { 'if-modified-since': since })).status).toBe(304);
        const both = { 'if-modified-since': since, 'if-none-match': '"another"' };
        expect((await server.ask('GET', feedPath, both)).status).toBe(200);
      });

      test('If-None-Match comes before Range', async () => {
        const headers = { 'if-none-match': audioTag, range: 'bytes=0-9' };
        expect((await server.ask('GET', audioPath, headers)).status).toBe(304);
      });

      test('If-Match with another tag: 412', async () => {
        expect((await server.ask('GET', audioPath, { 'if-match': '"another"' })).status).toBe(412);
      });
    });

    test.each([
      ['a file', audioPath, {}],
      ['a part', audioPath, { range: 'bytes=10-19' }],
      ['beyond the end', audioPath, { range: 'bytes=300000-' }],
      ['a feed', feedPath, {}],
      ['a gzipped feed', feedPath, { 'accept-encoding': 'gzip' }],
      ['a feed in brotli', feedPath, { 'accept-encoding': 'br' }],
      ['a feed that nobody can read', feedPath, { 'accept-encoding': '*;q=0' }],
      ['an old version', audioPath, { range: 'bytes=0-9', 'if-range': '"old"' }],
      ['something known', feedPath, { 'if-none-match': '*' }],
      ['nothing', '/shows/late-table/nothing.mp3', {}],
      ['something erased', '/shows/late-table/erased.mp3', {}],
    ])('HEAD of %s answers as GET does, without a body', async (_case, path, headers) => {
      const get = await server.ask('GET', path, headers);
      const head = await server.ask('HEAD', path, headers);
      expect(head.body.length).toBe(0);
      expect(head.status).toBe(get.status);
      const { date: _getDate, 'transfer-encoding': _chunked, ...getHeaders } = get.headers;
      const { date: _headDate, ...headHeaders } = head.headers;
      // RFC 9110, 9.3.2: what is only known by making the body may be left out, and for errors it is.
      if (get.status >= 400) delete getHeaders['content-length'];
      expect(headHeaders).toEqual(getHeaders);
    });
  });
}
