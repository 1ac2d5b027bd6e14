/** Where a show's feed is by now: other host or other address, apps that ask the old one are sent on; media stay. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ShowId } from '../../src/domain/ids.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { changePublicUrl, moveOut } from '../../src/pipeline/move-show.ts';
import { apiClient } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { importInto, type OldHost, startOldHost } from '../support/old-host.ts';

const NEW_FEED = 'https://feeds.example.com/late-table.xml';

let app: TestApp;
let old: OldHost;
beforeAll(async () => {
  [app, old] = await Promise.all([startApp({ workers: true }), startOldHost()]);
});
afterAll(async () => {
  await old.close();
  await app.close();
});

interface Asked {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** As a proxy passes it on, under the name that was asked for. */
function ask(path: string, host: string, method = 'GET'): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asked = request(`${app.url}${path}`, { method, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
const ourHost = new URL(PUBLIC_URL).host;
const feedPath = (show: string) => `/shows/${show}/feed.xml`;
const storedFeed = (show: string) => app.read(`public/shows/${show}/feed.xml`).toString();
/** The move is known here at once: what is remembered is forgotten by then. */
const seen = (show: string, isAsWished: (asked: Asked) => boolean, host = ourHost) =>
  expect.poll(async () => isAsWished(await ask(feedPath(show), host)), { timeout: 15_000 }).toBe(true);

describe('A show that moved to another host', () => {
  const client = () => apiClient(app.url);
  let guid: string;

  beforeAll(async () => {
    await importInto(app, 'away', old.feed, { copiesMedia: true });
    const parsed = parseFeed(storedFeed('away'));
    guid = (parsed.ok && parsed.feed.podcastGuid) || '';
    const show = (await (await client().call('GET', '/shows/away')).json()) as object;
    const put = await client().call('PUT', '/shows/away', { ...show, newFeedUrl: NEW_FEED });
    expect(put.status).toBe(200);
    expect(await put.json()).toMatchObject({ newFeedUrl: NEW_FEED });
  });

  it('answers 301 to whoever asks for its feed, GET and HEAD', async () => {
    await seen('away', ({ status }) => status === 301);
    for (const method of ['GET', 'HEAD']) {
      expect(await ask(feedPath('away'), ourHost, method)).toMatchObject({ status: 301, location: NEW_FEED });
    }
  });

  it('names the new address in the feed as stored, where a CDN goes on serving it, and keeps its identity', async () => {
    await expect
      .poll(() => storedFeed('away'), { timeout: 10_000 })
      .toContain(`<itunes:new-feed-url>${NEW_FEED}</itunes:new-feed-url>`);
    expect(storedFeed('away')).toContain(`<podcast:guid>${guid}</podcast:guid>`);
    expect(storedFeed('away')).toContain('nr-0001');
  });

  it('goes on serving its media', async () => {
    const parsed = parseFeed(storedFeed('away'));
    const url = parsed.ok ? (parsed.feed.episodes[0]?.enclosure?.url ?? '') : '';
    const response = await fetch(url.replace(PUBLIC_URL, app.url));
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(old.mp3)).toBe(true);
  });

  it('comes back when the move is undone', async () => {
    await moveOut(ShowId.parse('away'), undefined, app.engine);
    await seen('away', ({ status }) => status === 200);
    expect(storedFeed('away')).not.toContain('new-feed-url');
    expect(storedFeed('away')).toContain(`<podcast:guid>${guid}</podcast:guid>`);
  });

  it('cannot be moved to where it is, nor to what is no address', async () => {
    const here = `${PUBLIC_URL}/shows/away/feed.xml`;
    await expect(moveOut(ShowId.parse('away'), here, app.engine)).rejects.toThrow('is where the feed is already');
    const show = (await (await client().call('GET', '/shows/away')).json()) as object;
    for (const newFeedUrl of [
      'javascript:alert(1)',
      'feeds.example.com',
      'https://me:secret@feeds.example.com/',
      here,
    ]) {
      const put = await client().call('PUT', '/shows/away', { ...show, newFeedUrl });
      expect(put.status, newFeedUrl).toBe(400);
    }
  });
});

describe('A show that moved to another address of ours', () => {
  const NEW_URL = 'https://new.example.org';
  const id = ShowId.parse('moved');

  beforeAll(async () => {
    await importInto(app, 'moved', old.feed, { copiesMedia: true });
  });

  it('has all its links there, under the same identity and GUIDs', async () => {
    const before = parseFeed(storedFeed('moved'));
    const moved = await changePublicUrl(id, { ...app.engine, publicUrl: NEW_URL });
    expect(moved).toMatchObject({ formerPublicUrl: PUBLIC_URL, result: 'written' });
    const after = parseFeed(storedFeed('moved'));
    if (!before.ok || !after.ok) throw new Error('unreadable');
    expect(after.feed.selfUrl).toBe(`${NEW_URL}${feedPath('moved')}`);
    expect(after.feed.podcastGuid).toBe(before.feed.podcastGuid);
    const withUrl = (items: typeof after.feed.episodes) => items.map(({ guid, enclosure }) => [guid, enclosure?.url]);
    const expected = withUrl(before.feed.episodes).map(([guid, url]) => [guid, url?.replace(PUBLIC_URL, NEW_URL)]);
    expect(withUrl(after.feed.episodes)).toEqual(expected);
    expect(storedFeed('moved')).toContain(`<itunes:new-feed-url>${NEW_URL}${feedPath('moved')}</itunes:new-feed-url>`);
  });

  it('sends whoever asks under the former name to the new one, and serves the rest there as before', async () => {
    await seen('moved', ({ status, location }) => status === 301 && location === `${NEW_URL}${feedPath('moved')}`);
    expect(await ask(feedPath('moved'), 'new.example.org')).toMatchObject({ status: 200 });
    expect(await ask(feedPath('moved'), 'localhost:4400')).toMatchObject({ status: 200 });
    const parsed = parseFeed(storedFeed('moved'));
    const path = new URL((parsed.ok && parsed.feed.episodes[0]?.enclosure?.url) || '').pathname;
    expect(await ask(path, ourHost, 'HEAD')).toMatchObject({ status: 200 });
  });

  it('is not written to by a server with the former address', async () => {
    await expect(importInto(app, 'moved', old.feed)).rejects.toThrow(/set-public-url moved/);
  });

  it('changes nothing when it is moved there again, and forgets the new name as a former one when it goes back', async () => {
    expect(await changePublicUrl(id, { ...app.engine, publicUrl: NEW_URL })).toMatchObject({
      result: 'unchanged',
      formerPublicUrl: undefined,
    });
    const { show } = await changePublicUrl(id, app.engine);
    expect(show).toMatchObject({ publicUrl: PUBLIC_URL, formerPublicUrls: [NEW_URL] });
    await seen('moved', ({ status }) => status === 200);
    await seen('moved', ({ location }) => location === `${PUBLIC_URL}${feedPath('moved')}`, 'new.example.org');
  });
});
