/** Private shows on the real server: each listener has an address of their own, and nobody else learns anything. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedGeneration } from '../../src/feed/feed-mark.ts';
import { runAftershow } from '../support/aftershow.ts';
import { type ApiClient, pathOf, problemOf } from '../support/api-client.ts';
import type { TestApp } from '../support/app.ts';
import { rests } from '../support/creator.ts';
import { downloadWithGpodder, hasGpodder } from '../support/podcast-apps.ts';
import {
  enclosureOf,
  feedWith,
  type Listener,
  type PrivateListening,
  podcastGuidOf,
  startPrivateListening,
  textOf,
} from '../support/private-listening.ts';
import type { Answer, Episode } from '../support/room.ts';
import { dropSmallTracks } from '../support/small-room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

let listening: PrivateListening;
let app: TestApp;
let client: ApiClient;

beforeAll(async () => {
  listening = await startPrivateListening();
  ({ app, client } = listening);
  dropSmallTracks(app.objects);
});
afterAll(() => listening?.close());

const put: PrivateListening['put'] = (...args) => listening.put(...args);
const addListener: PrivateListening['addListener'] = (...args) => listening.addListener(...args);
const episodeIn: PrivateListening['episodeIn'] = (...args) => listening.episodeIn(...args);

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const addresses = (xml: string) =>
  [...xml.matchAll(/https?:\/\/127\.0\.0\.1:\d+\/(?:private|shows)[^"<\s\]]*/g)].map(([url]) => url);

describe('A private show', () => {
  let ids: Answer;
  let episode: Episode;
  let ana: Listener;
  let ben: Listener;
  beforeAll(async () => {
    expect((await put('secret', { private: true })).status).toBe(201);
    [ana, ben] = [await addListener('secret', 'Ana'), await addListener('secret', 'Ben')];
    ({ ids, episode } = await episodeIn('secret'));
    await feedWith(ana.feedUrl, episode.guid);
  });

  it('lies under private/ alone, and no address without a token leads there', async () => {
    expect(app.keys('public/shows/secret')).toEqual([]);
    const keys = app.keys('private/shows/secret');
    expect(keys.some((key) => key.endsWith('.mp3'))).toBe(true);
    expect(keys).toContain('private/shows/secret/feed.xml');
    const wrong = 'A'.repeat(43);
    for (const key of keys) {
      const path = key.slice('private'.length);
      for (const url of [
        path,
        `/private${path}`,
        `/private/${wrong}${path}`,
        `/private/${ana.token.slice(1)}${path}`,
      ]) {
        expect((await fetch(listening.url + url)).status, url).toBe(404);
      }
    }
  });

  it('says the same to a wrong token as of a show that is not there', async () => {
    const answers = [];
    for (const showId of ['secret', 'no-such-show']) {
      const response = await fetch(`${listening.url}/private/${'B'.repeat(43)}/shows/${showId}/feed.xml`);
      answers.push([response.status, await response.text()]);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it('gives every listener links with their own token, and none with another’s', async () => {
    for (const [me, other] of [
      [ana, ben],
      [ben, ana],
    ] as const) {
      const xml = await feedWith(me.feedUrl, episode.guid);
      const links = addresses(xml);
      expect(links.length).toBeGreaterThan(3);
      for (const link of links)
        expect(link.startsWith(`${listening.url}/private/${me.token}/shows/secret/`), link).toBe(true);
      expect(xml).not.toContain(other.token);
      expect(xml).not.toContain('~here-stands');
      expect(xml).toContain('<itunes:block>Yes</itunes:block>');
      expect(xml).not.toContain('rel="hub"');
      for (const link of links) expect((await fetch(link)).status, link).toBe(200);
    }
  });

  it('never crosses listeners: not by tag, nor compressed, nor by range, however they take turns', async () => {
    const seen = new Map<string, Set<string>>();
    for (let round = 0; round < 125; round++) {
      for (const [me, other] of [
        [ana, ben],
        [ben, ana],
      ] as const) {
        const coding = (['identity', 'gzip', 'br'] as const)[round % 3] ?? 'identity';
        const ask = (url: string, tag?: string) =>
          fetch(url, {
            headers: { 'accept-encoding': coding, ...(tag === undefined ? {} : { 'if-none-match': tag }) },
          });
        const answer = await ask(me.feedUrl);
        expect([answer.status, answer.headers.get('content-encoding') ?? 'identity']).toEqual([200, coding]);
        const text = await answer.text();
        expect(text.includes(me.token)).toBe(true);
        expect(text.includes(other.token)).toBe(false);
        const etag = answer.headers.get('etag') ?? '';
        seen.set(me.id, (seen.get(me.id) ?? new Set()).add(etag));
        const mine = await ask(me.feedUrl, etag);
        const others = await ask(other.feedUrl, etag);
        await others.arrayBuffer();
        expect([mine.status, others.status]).toEqual([304, 200]);
      }
    }
    const [first, second] = [...seen.values()];
    expect([...(first ?? [])].filter((etag) => second?.has(etag))).toEqual([]);
  });

  it('is cached by nobody but the listener, and told to no page that is opened from it', async () => {
    const feed = (await textOf(ana.feedUrl)).response.headers;
    expect(feed.get('cache-control')).toBe('private, max-age=60');
    expect(feed.get('referrer-policy')).toBe('no-referrer');
    const audio = await fetch(enclosureOf((await textOf(ana.feedUrl)).text), { method: 'HEAD' });
    expect(audio.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(audio.headers.get('content-length')).toBe(String(episode.audio?.lengthBytes));
  });

  it('answers any range of the feed as it cuts the whole', async () => {
    const { text, response } = await textOf(ana.feedUrl);
    const whole = Buffer.from(text);
    expect(Number(response.headers.get('content-length'))).toBe(whole.length);
    const at = whole.indexOf(ana.token);
    for (const [start, end] of [
      [0, 0],
      [at - 5, at + 20],
      [at + 3, at + 4],
      [whole.length - 9, whole.length - 1],
    ] as const) {
      const part = await textOf(ana.feedUrl, { range: `bytes=${start}-${end}` });
      expect(part.response.status).toBe(206);
      expect(Buffer.from(part.text).equals(whole.subarray(start, end + 1))).toBe(true);
    }
  });

  it('puts no token into an address that somebody else wrote into a description', async () => {
    const { publicUrl } = app.engine;
    const bait = `${publicUrl}/private/~here-stands-the-token-of-each-listener~~~~/x`;
    const evil = `https://evil.example.org/?u=${bait}`;
    expect((await client.edit(ids, { description: `Look: ${evil} and <a href="${evil}">here</a>` })).status).toBe(200);
    await client.when(ids, rests);
    const xml = await feedWith(ana.feedUrl, 'evil.example.org');
    expect(xml).not.toContain(`?u=${publicUrl}/private/${ana.token}`);
    expect(xml).toContain('?u=');
  });

  it('counts downloads, without the token that they were asked with', async () => {
    const { key } = JSON.parse(app.read(`shows/secret/episodes/${ids.episodeId}.json`).toString()).audio;
    await (await fetch(enclosureOf((await textOf(ana.feedUrl)).text))).arrayBuffer();
    await expect
      .poll(() => listening.servedFiles.some((served) => served.key === key && served.status === 200))
      .toBe(true);
    for (const { path } of listening.servedFiles)
      expect(listening.tokens.some((token) => path.includes(token))).toBe(false);
  });

  it('lacks nothing for directories, lists listeners without their tokens, and keeps none of them', async () => {
    const show = (await (await client.call('GET', '/shows/secret')).json()) as { readiness: unknown[] };
    expect(show.readiness).toEqual([]);
    const listed = await (await client.call('GET', '/shows/secret/listeners')).text();
    expect(JSON.parse(listed).listeners).toMatchObject([{ name: 'Ana' }, { name: 'Ben' }]);
    for (const token of listening.tokens) {
      expect(listed).not.toContain(token);
      expect(app.keysHolding(token)).toEqual([]);
    }
  });

  it('stays private when a script forgets to say so, and becomes public only when that is confirmed', async () => {
    expect(await (await put('secret', { description: 'Other words' })).json()).toMatchObject({ private: true });
    const refusal = await problemOf(await put('secret', { private: false }), 409);
    expect(refusal.code).toBe('confirm-public');
    expect(app.keys('public/shows/secret')).toEqual([]);
  });

  it('is found sound by aftershow verify', async () => {
    const { status, stdout } = await runAftershow(['verify', ana.feedUrl, '--json'], {});
    expect(
      JSON.parse(stdout).findings?.filter?.(({ severity }: { severity: string }) => severity === 'error') ?? [],
    ).toEqual([]);
    expect(status).toBe(0);
  });

  it.skipIf(!hasGpodder)('can be subscribed to and heard with gPodder', async () => {
    const home = makeTempFolder('gpodder-private');
    try {
      const files = await downloadWithGpodder(home, ben.feedUrl);
      const { key } = JSON.parse(app.read(`shows/secret/episodes/${ids.episodeId}.json`).toString()).audio;
      expect(files.map(({ bytes }) => sha(bytes))).toEqual([sha(app.read(key))]);
    } finally {
      removeFolder(home);
    }
  });

  it('is closed to a listener who was taken away, at once and for everything; others hear on', async () => {
    const { response, text } = await textOf(ben.feedUrl);
    const audio = enclosureOf(text);
    expect((await client.call('DELETE', `/shows/secret/listeners/${ben.id}`)).status).toBe(204);
    const tag = { 'if-none-match': response.headers.get('etag') ?? '' };
    expect((await fetch(ben.feedUrl)).status).toBe(404);
    expect((await fetch(ben.feedUrl, { headers: tag })).status).toBe(404);
    expect((await fetch(audio, { headers: { range: 'bytes=0-9' } })).status).toBe(404);
    expect((await fetch(ana.feedUrl)).status).toBe(200);
    await problemOf(await client.call('DELETE', `/shows/secret/listeners/${ben.id}`), 404);
  });
});

describe('A show', () => {
  it('that is public has no listeners with a token, and unfit names are refused', async () => {
    await put('everybodys', {});
    expect((await problemOf(await client.call('POST', '/shows/everybodys/listeners', { name: 'Ana' }), 409)).code).toBe(
      'bad-request',
    );
    await problemOf(await client.call('POST', '/shows/nobodys/listeners', { name: 'Ana' }), 404);
    const issues = (await problemOf(await client.call('POST', '/shows/everybodys/listeners', { name: ' ' }), 400))
      .issues;
    expect(issues?.map(({ path }) => path)).toEqual(['name']);
  });

  it('becomes private and public again: files, addresses and caches follow, identity stays', async () => {
    expect((await put('both-ways', {})).status).toBe(201);
    const { ids, episode } = await episodeIn('both-ways');
    const before = await client.feedWhen('both-ways', (xml) => xml.includes(episode.guid));
    const publicAudio = enclosureOf(before);
    expect((await fetch(publicAudio)).status).toBe(200);

    const closed = (await (await put('both-ways', { private: true })).json()) as {
      warnings: { code: string }[];
      moving?: true;
    };
    expect(closed.moving).toBeUndefined();
    expect(closed.warnings.map(({ code }) => code)).toEqual(['feed-address-changed']);
    expect(app.keys('public/shows/both-ways')).toEqual([]);
    expect((await fetch(publicAudio)).status).toBe(404);
    expect((await fetch(`${listening.url}/shows/both-ways/feed.xml`)).status).toBe(404);
    const ana = await addListener('both-ways', 'Ana');
    const during = await feedWith(ana.feedUrl, episode.guid);
    expect(podcastGuidOf(during)).toBe(podcastGuidOf(before));
    expect(feedGeneration(during)).toBeGreaterThan(feedGeneration(before) ?? Number.NaN);
    const privateBytes = Buffer.from(await (await fetch(enclosureOf(during))).arrayBuffer());

    const opened = await put('both-ways', { private: false }, '?confirm=public');
    expect(opened.status).toBe(200);
    expect(app.keys('private/shows/both-ways')).toEqual([]);
    const after = await client.feedWhen('both-ways', (xml) => xml.includes(episode.guid));
    expect(feedGeneration(after)).toBeGreaterThan(feedGeneration(during) ?? Number.NaN);
    expect(after).not.toContain('/private/');
    expect(podcastGuidOf(after)).toBe(podcastGuidOf(before));
    expect(Buffer.from(await (await fetch(enclosureOf(after))).arrayBuffer()).equals(privateBytes)).toBe(true);
    // The listener's own address leads there.
    const moved = await fetch(ana.feedUrl, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `${listening.url}/shows/both-ways/feed.xml`]);
    expect((await client.episode(ids)).episode.guid).toBe(episode.guid);
  });

  it('withdraws an episode from listeners too, who are told that it is gone', async () => {
    await put('withdrawn', { private: true });
    const ana = await addListener('withdrawn', 'Ana');
    const { ids, episode } = await episodeIn('withdrawn');
    const audio = enclosureOf(await feedWith(ana.feedUrl, episode.guid));
    expect((await client.call('DELETE', pathOf(ids))).status).toBeLessThan(300);
    await expect.poll(() => app.keys('private/shows/withdrawn/episodes/'), { timeout: 15_000 }).toEqual([]);
    expect((await fetch(audio)).status).toBe(410);
    expect((await fetch(audio.replace(ana.token, 'C'.repeat(43)))).status).toBe(404);
  });
});

describe('Tokens', () => {
  it('are in no line of the log, also not after requests that fail', async () => {
    const { bucket } = app.engine;
    const real = bucket.get;
    Object.assign(bucket, { get: () => Promise.reject(new Error('broken')) });
    try {
      expect((await fetch(`${listening.url}/private/${listening.tokens[0]}/shows/secret/feed.xml`)).status).toBe(500);
    } finally {
      Object.assign(bucket, { get: real });
    }
    expect(app.log.some((line) => line.includes('/private/***'))).toBe(true);
    for (const token of listening.tokens) expect(app.log.filter((line) => line.includes(token))).toEqual([]);
  });
});
