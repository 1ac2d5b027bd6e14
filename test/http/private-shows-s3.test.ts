/** A private show whose objects lie on a real S3 server: who may hear it, who no longer may, and moving there and back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../support/api-client.ts';
import {
  enclosureOf,
  feedWith,
  type PrivateListening,
  podcastGuidOf,
  startPrivateListening,
  textOf,
} from '../support/private-listening.ts';
import { absenceFails, available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { dropSmallTracks } from '../support/small-room.ts';
import { bytesOf, keysIn, keysNaming } from '../support/stored-objects.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

describe.skipIf(!available.s3 && !absenceFails)('on a real S3 server, a private show', () => {
  let listening: PrivateListening;
  const bucket = () => listening.app.engine.bucket;
  const keys = (prefix: string) => keysIn(bucket(), prefix);

  beforeAll(async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('No S3 server is installed, and CI is set.');
    Object.assign(process.env, s3.env);
    listening = await startPrivateListening(s3.storageUrl(await s3.createBucket()));
    const folder = makeTempFolder('small-tracks');
    try {
      dropSmallTracks(folder);
      for (const name of ['p1', 'p2']) {
        const key = `rooms/small/${name}.wav`;
        await bucket().put(key, { file: `${folder}/${key}` }, { contentType: 'audio/wav' });
      }
    } finally {
      removeFolder(folder);
    }
  }, 120_000);
  afterAll(() => listening?.close());

  it('is heard by its listeners alone, each until they are taken away, and moves whole both ways', async () => {
    const { client, put, addListener, episodeIn, url, tokens } = listening;
    expect((await put('secret', { private: true })).status).toBe(201);
    const [ana, ben] = [await addListener('secret', 'Ana'), await addListener('secret', 'Ben')];
    const { ids, episode } = await episodeIn('secret');
    const xml = await feedWith(ana.feedUrl, episode.guid);

    // Feed and audio, for the listener's own cache only.
    expect((await textOf(ana.feedUrl)).response.headers.get('cache-control')).toBe('private, max-age=60');
    const audio = await fetch(enclosureOf(xml));
    expect(audio.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    const { audio: stored } = JSON.parse(
      (await bytesOf(bucket(), `shows/secret/episodes/${ids.episodeId}.json`)).toString(),
    );
    const heard = Buffer.from(await audio.arrayBuffer());
    expect(heard.equals(await bytesOf(bucket(), stored.key))).toBe(true);
    expect(heard.length).toBe(episode.audio?.lengthBytes);
    const part = await fetch(enclosureOf(xml), { headers: { range: 'bytes=10-19' } });
    expect([part.status, Buffer.from(await part.arrayBuffer()).equals(heard.subarray(10, 20))]).toEqual([206, true]);

    // Nowhere else: neither in the bucket nor by any address without a token.
    expect(await keys('public/')).toEqual([]);
    for (const key of await keys('private/shows/secret/')) {
      const path = key.slice('private'.length);
      for (const wrong of [path, `/private${path}`, `/private/${'A'.repeat(43)}${path}`]) {
        expect((await fetch(url + wrong)).status, wrong).toBe(404);
      }
    }
    for (const token of tokens) expect(await keysNaming(bucket(), token)).toEqual([]);

    // Taken away: closed at once and for everything; others hear on.
    const bens = await textOf(ben.feedUrl);
    expect((await client.call('DELETE', `/shows/secret/listeners/${ben.id}`)).status).toBe(204);
    const tag = { 'if-none-match': bens.response.headers.get('etag') ?? '' };
    expect((await fetch(ben.feedUrl, { headers: tag })).status).toBe(404);
    expect((await fetch(enclosureOf(bens.text), { headers: { range: 'bytes=0-9' } })).status).toBe(404);
    expect((await fetch(ana.feedUrl)).status).toBe(200);

    // Public: every file moves, and keeps its bytes and its GUID.
    const companions = async (prefix: string) => (await keys(prefix)).map((key) => key.slice(prefix.length));
    const before = await companions('private/shows/secret/');
    expect((await put('secret', { private: false }, '?confirm=public')).status).toBe(200);
    expect(await keys('private/')).toEqual([]);
    const opened = await client.feedWhen('secret', (feed) => feed.includes(episode.guid));
    expect(await companions('public/shows/secret/')).toEqual(before);
    expect(podcastGuidOf(opened)).toBe(podcastGuidOf(xml));
    expect(Buffer.from(await (await fetch(enclosureOf(opened))).arrayBuffer()).equals(heard)).toBe(true);
    const moved = await fetch(ana.feedUrl, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `${url}/shows/secret/feed.xml`]);

    // And private again: what was public is nowhere, Ana's address is good again, Ben's is not.
    expect((await put('secret', { private: true })).status).toBe(200);
    expect(await keys('public/')).toEqual([]);
    expect(await companions('private/shows/secret/')).toEqual(before);
    for (const gone of [enclosureOf(opened), `${url}/shows/secret/feed.xml`])
      expect((await fetch(gone)).status).toBe(404);
    const again = await feedWith(ana.feedUrl, episode.guid);
    expect(Buffer.from(await (await fetch(enclosureOf(again))).arrayBuffer()).equals(heard)).toBe(true);
    expect((await fetch(ben.feedUrl)).status).toBe(404);

    // Erased: told so to those who may know of it.
    expect((await client.call('DELETE', pathOf(ids))).status).toBe(200);
    expect((await fetch(enclosureOf(again))).status).toBe(410);
    expect(await keys('private/shows/secret/episodes/')).toEqual([]);
  }, 60_000);
});
