/** Feeds over a real server, compressed: which form who gets, and how the forms are kept apart; whichever store. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { audioPath, type Delivery, deliver, feed, feedPath } from './delivered-files.ts';
import type { FileServer } from './file-server.ts';

/** `openBucket` gives a new and empty one. */
export function codedFilesContract(name: string, openBucket: () => Promise<ObjectStore>): void {
  describe(name, () => {
    let delivery: Delivery;
    let server: FileServer;
    let feedTag: string;

    beforeAll(async () => {
      delivery = await deliver(await openBucket());
      ({ server, feedTag } = delivery);
    });

    afterAll(() => delivery?.close());

    const gzip = { 'accept-encoding': 'gzip, deflate' };
    const browser = { 'accept-encoding': 'gzip, deflate, br' };

    test('a feed is gzipped under a tag of its own', async () => {
      const { headers, body } = await server.ask('GET', feedPath, gzip);
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect(headers['etag']).not.toBe(feedTag);
      expect(gunzipSync(body).equals(feed)).toBe(true);
      expect(body.length).toBeLessThan(feed.length / 2);
      const again = await server.ask('GET', feedPath, { ...gzip, 'if-none-match': String(headers['etag']) });
      expect(again.status).toBe(304);
      expect(again.headers['etag']).toBe(headers['etag']);
    });

    test('brotli for who takes it, with a length, under a tag of its own', async () => {
      const { status, headers, body } = await server.ask('GET', feedPath, browser);
      expect([status, headers['content-encoding']]).toEqual([200, 'br']);
      expect(headers['content-length']).toBe(String(body.length));
      expect(brotliDecompressSync(body).equals(feed)).toBe(true);
      const others = [feedTag, (await server.ask('HEAD', feedPath, gzip)).headers['etag']];
      expect(others).not.toContain(headers['etag']);
    });

    test('whichever form an app holds, it is told that it is current, under the tag of that form', async () => {
      const tags = [feedTag];
      for (const wanted of [gzip, browser]) {
        tags.push(String((await server.ask('HEAD', feedPath, wanted)).headers['etag']));
      }
      for (const held of [...tags, ...tags.map((tag) => `W/${tag}`)]) {
        const { status, headers, body } = await server.ask('GET', feedPath, { ...browser, 'if-none-match': held });
        expect([status, headers['etag'], body.length]).toEqual([304, held.replace('W/', ''), 0]);
      }
    });

    test.each([
      ['gzip;q=0, br;q=0', undefined],
      ['br;q=0.2, gzip;q=0.8', 'gzip'],
      ['identity, gzip;q=0.5', undefined],
      ['identity;q=0, gzip', 'gzip'],
      ['*', 'br'],
    ])('Accept-Encoding %s', async (accepted, coding) => {
      const { status, headers } = await server.ask('GET', feedPath, { 'accept-encoding': accepted });
      expect([status, headers['content-encoding'], headers['vary']]).toEqual([200, coding, 'Accept-Encoding']);
    });

    test('who takes nothing that there is gets 406, of sound the sound', async () => {
      const nothing = { 'accept-encoding': 'identity;q=0' };
      const refused = await server.ask('GET', feedPath, nothing);
      expect([refused.status, refused.headers['vary']]).toEqual([406, 'Accept-Encoding']);
      expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'not-acceptable' });
      expect((await server.ask('GET', audioPath, nothing)).status).toBe(200);
    });

    test('who takes compressed bytes alone gets no part of the plain ones', async () => {
      const headers = { 'accept-encoding': 'gzip, identity;q=0', range: 'bytes=0-9' };
      const { status, headers: told, body } = await server.ask('GET', feedPath, headers);
      expect([status, told['content-encoding']]).toEqual([200, 'gzip']);
      expect(gunzipSync(body).equals(feed)).toBe(true);
    });

    test('who holds the plain bytes keeps them; who wants plain ones is not told that gzipped ones will do', async () => {
      const gzipTag = String((await server.ask('HEAD', feedPath, gzip)).headers['etag']);
      const held = await server.ask('GET', feedPath, { ...gzip, 'if-none-match': feedTag });
      expect([held.status, held.headers['etag']]).toEqual([304, feedTag]);
      expect((await server.ask('GET', feedPath, { 'if-none-match': gzipTag })).status).toBe(200);
    });

    test('a range is always of the plain bytes, and never continues gzipped ones', async () => {
      const part = await server.ask('GET', feedPath, { ...gzip, range: 'bytes=5-14' });
      expect(part.status).toBe(206);
      expect(part.headers['content-encoding']).toBeUndefined();
      expect(part.headers['etag']).toBe(feedTag);
      expect(part.body.equals(feed.subarray(5, 15))).toBe(true);
      const gzipTag = String((await server.ask('HEAD', feedPath, gzip)).headers['etag']);
      const resumed = await server.ask('GET', feedPath, { ...gzip, range: 'bytes=5-', 'if-range': gzipTag });
      expect(resumed.status).toBe(200);
      expect(gunzipSync(resumed.body).equals(feed)).toBe(true);
    });

    test('sound is not compressed again', async () => {
      expect((await server.ask('GET', audioPath, gzip)).headers['content-encoding']).toBeUndefined();
    });
  });
}
