/** The API's door and its shows, on a real server: tokens, validation, what directories would miss, artwork. */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureFolder } from '../../fixtures/room.ts';
import { TEST_TOKEN } from '../support/aftershow.ts';
import { type ApiClient, apiClient, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { smallRoom } from '../support/small-room.ts';

let app: TestApp;
let client: ApiClient;
beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
});
afterAll(() => app?.close());

describe('without the token', () => {
  it.each<[string, Record<string, string>]>([
    ['no Authorization', {}],
    ['another token', { authorization: 'Bearer not-the-token-of-this-server' }],
    ['a token cut short', { authorization: `Bearer ${TEST_TOKEN.slice(0, -1)}` }],
    ['a token and more', { authorization: `Bearer ${TEST_TOKEN} x` }],
    ['another scheme', { authorization: `Basic ${TEST_TOKEN}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('%s is answered 401 everywhere below /api', async (_, headers) => {
    for (const [method, path] of [
      ['GET', '/api/shows'],
      ['PUT', '/api/shows/forged'],
      ['GET', '/api/rooms?state=pending'],
      ['GET', '/api/events'],
      ['DELETE', '/api/shows/late-table/episodes/ep-1'],
      ['GET', '/api/nothing'],
    ] as const) {
      const response = await fetch(`${app.url}${path}`, { method, headers });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect((await problemOf(response, 401)).code).toBe('unauthorized');
    }
    expect(app.keys('shows/forged')).toEqual([]);
  });

  it('is not asked where everybody may look', async () => {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${app.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { store: 'ok', queue: 'ok' }]);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    for (const queue of ['render', 'publish', 'feed']) {
      expect(metrics).toContain(`aftershow_queue_jobs{queue="${queue}",state="waiting"}`);
      expect(metrics).toContain(`aftershow_queue_oldest_waiting_seconds{queue="${queue}"}`);
    }
  });
});

describe('a show', () => {
  const settings = {
    title: 'Late Table',
    description: 'Talk about albums.',
    author: 'Ana',
    ownerEmail: 'ana@example.org',
    categories: ['Music', 'Music > Music Interviews'],
    language: 'pt-BR',
  };

  it('is created with 201, replaced with 200 and then read as it was put', async () => {
    const created = await client.call('PUT', '/shows/late-table', settings);
    expect(created.status).toBe(201);
    const { podcastGuid } = (await created.json()) as { podcastGuid: string };
    const replaced = await client.call('PUT', '/shows/late-table', {
      ...settings,
      title: 'Later Table',
      type: 'serial',
    });
    expect(replaced.status).toBe(200);
    const show = await (await client.call('GET', '/shows/late-table')).json();
    expect(show).toMatchObject({ ...settings, id: 'late-table', title: 'Later Table', type: 'serial', podcastGuid });
    expect(show).toMatchObject({
      feedUrl: `${PUBLIC_URL}/shows/late-table/feed.xml`,
      loudness: { integratedLufs: -16 },
    });
    const { shows } = (await (await client.call('GET', '/shows')).json()) as { shows: unknown[] };
    expect(shows).toContainEqual(show);
  });

  it('forgets what a replacement leaves out', async () => {
    await client.call('PUT', '/shows/replaced', { ...settings, copyright: '© Ana' });
    await client.call('PUT', '/shows/replaced', { title: 'Only this' });
    const show = (await (await client.call('GET', '/shows/replaced')).json()) as Record<string, unknown>;
    expect(show).toMatchObject({ title: 'Only this', author: '', categories: [] });
    expect(show['copyright']).toBeUndefined();
  });

  it('that was read may be edited and put back, as long as nobody else did so meanwhile', async () => {
    const created = await client.call('PUT', '/shows/edited', settings, { 'if-none-match': '*' });
    expect(created.status).toBe(201);
    await client.feedWhen('edited', (xml) => xml.includes('<itunes:image'));
    const read = await client.call('GET', '/shows/edited');
    const etag = read.headers.get('etag') ?? '';
    expect(etag).toBe(created.headers.get('etag'));
    const body = { ...((await read.json()) as object), author: 'Bo' };
    const replaced = await client.call('PUT', '/shows/edited', body, { 'if-match': etag });
    expect([replaced.status, await replaced.json()]).toEqual([200, expect.objectContaining({ author: 'Bo' })]);
    const stale = await client.call('PUT', '/shows/edited', { ...body, author: 'Cy' }, { 'if-match': etag });
    expect((await problemOf(stale, 412)).code).toBe('stale');
    await problemOf(await client.call('PUT', '/shows/edited', body, { 'if-none-match': '*' }), 412);
    await problemOf(await client.call('PUT', '/shows/not-there', settings, { 'if-match': etag }), 412);
    expect(await (await client.call('GET', '/shows/edited')).json()).toMatchObject({ author: 'Bo' });
  });

  it('put once more as it is changes nothing, not even the time of its feed', async () => {
    await client.call('PUT', '/shows/same', settings);
    const feed = await client.feedWhen('same', (xml) => xml.includes('<itunes:image'));
    const before = await (await client.call('GET', '/shows/same')).json();
    expect((await client.call('PUT', '/shows/same', settings)).status).toBe(200);
    expect(await (await client.call('GET', '/shows/same')).json()).toEqual(before);
    expect(await client.feedWhen('same', () => true)).toBe(feed);
  });

  it('has a feed as soon as it is there, and the feed follows what is put', async () => {
    await client.call('PUT', '/shows/followed', { ...settings, title: 'Before' });
    await client.feedWhen('followed', (xml) => xml.includes('<title>Before</title>'));
    await client.call('PUT', '/shows/followed', { ...settings, title: 'After' });
    await client.feedWhen('followed', (xml) => xml.includes('<title>After</title>'));
  });

  it('that a room brought tells what a directory would still miss', async () => {
    await client.accept(smallRoom('rm-new-show', ({ room }) => Object.assign(room, { showId: 'brand-new' })));
    const show = await (await client.call('GET', '/shows/brand-new')).json();
    expect(show).toMatchObject({ id: 'brand-new', title: 'Brand new' });
    const { readiness } = show as { readiness: { code: string; message: string }[] };
    const codes = readiness.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['owner-email-missing', 'artwork-missing', 'category-missing']));
    expect(readiness.every(({ message }) => message.length > 20)).toBe(true);
    await client.call('PUT', '/shows/brand-new', settings);
    const now = (await (await client.call('GET', '/shows/brand-new')).json()) as { readiness: { code: string }[] };
    const left = now.readiness.map(({ code }) => code);
    // Its room may come out meanwhile.
    expect(left.filter((code) => code !== 'episode-missing')).toEqual(['artwork-missing']);
  });

  it.each<[string, unknown, string]>([
    ['no title', {}, 'title'],
    ['a category that Apple does not have', { title: 'x', categories: ['Podcasts'] }, 'categories[0]'],
    ['a field that no show has', { title: 'x', descripton: 'x' }, 'descripton'],
    ['a language that nobody speaks', { title: 'x', language: 'xx' }, 'language'],
    ['the id of another show', { title: 'x', id: 'another' }, 'id'],
    ['an identity of its own choice', { title: 'x', podcastGuid: 'x' }, 'podcastGuid'],
    ['a privacy that is neither', { title: 'x', private: 'a little' }, 'private'],
    ['a link that is none', { title: 'x', link: 'javascript:alert(1)' }, 'link'],
    ['an address that is none', { title: 'x', ownerEmail: 'ana' }, 'ownerEmail'],
    ['a loudness that hurts', { title: 'x', loudness: { integratedLufs: 0 } }, 'loudness.integratedLufs'],
    ['artwork of another place', { title: 'x', artworkKey: '../secrets.json' }, 'artworkKey'],
    ['a list', [], ''],
  ])('is answered 400 with %s, and the place is named', async (_, body, path) => {
    const problem = await problemOf(await client.call('PUT', '/shows/refused', body), 400);
    expect(problem.code).toBe('invalid');
    expect(problem.issues?.map((issue) => issue.path)).toContain(path);
    expect(app.keys('shows/refused')).toEqual([]);
  });

  it('is answered 400 for JSON that is none, 413 over 64 KiB, 415 for other types, 404 when unknown', async () => {
    const put = (body: string, type = 'application/json') =>
      fetch(`${app.url}/api/shows/refused`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${TEST_TOKEN}`, 'content-type': type },
        body,
      });
    expect((await problemOf(await put('{'), 400)).code).toBe('not-json');
    expect((await problemOf(await put('{"title":"a","title":"b"}'), 400)).code).toBe('not-json');
    await problemOf(await put(JSON.stringify({ title: 'x', description: 'x'.repeat(70_000) })), 413);
    await problemOf(await put('{"title":"x"}', 'text/plain'), 415);
    await problemOf(await client.call('PUT', '/shows/Not_An_Id', settings), 400);
    await problemOf(await client.call('GET', '/shows/unknown'), 404);
    await problemOf(await client.call('GET', '/shows/Not_An_Id'), 404);
  });
});

describe('artwork', () => {
  const upload = (showId: string, image: string | Uint8Array<ArrayBuffer>, type = 'image/jpeg') =>
    fetch(`${app.url}/api/shows/${showId}/artwork`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${TEST_TOKEN}`, 'content-type': type },
      body: image,
    });
  const coverOf = async (showId: string) => {
    const show = (await (await client.call('GET', `/shows/${showId}`)).json()) as Record<string, unknown>;
    return {
      url: show['coverUrl'] as string,
      codes: (show['readiness'] as { code: string }[]).map(({ code }) => code),
    };
  };
  const jpeg = new Uint8Array(readFileSync(`${fixtureFolder}/uploads/rm-late-table-1/cover.jpg`));

  it('that is uploaded becomes the cover, in the feed too', async () => {
    await client.call('PUT', '/shows/pictured', { title: 'Pictured' });
    await client.feedWhen('pictured', (xml) => xml.includes('<itunes:image'));
    const generated = await coverOf('pictured');
    expect(generated.codes).toContain('artwork-missing');
    const response = await upload('pictured', jpeg);
    expect(response.status).toBe(200);
    const own = await coverOf('pictured');
    expect(own.codes).not.toContain('artwork-missing');
    expect(own.url).not.toBe(generated.url);
    await client.feedWhen('pictured', (xml) => xml.includes(own.url));
    const served = await fetch(own.url.replace(PUBLIC_URL, app.url));
    expect(served.headers.get('content-type')).toBe('image/jpeg');
    const { width, height } = await sharp(Buffer.from(await served.arrayBuffer())).metadata();
    expect([width, height]).toEqual([expect.any(Number), width]);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="3000"/>', 'image/svg+xml'],
    ['text that calls itself a JPEG', 'not an image', 'image/jpeg'],
    ['half a JPEG', jpeg.slice(0, 200), 'image/jpeg'],
    ['nothing', '', 'image/jpeg'],
  ])('is answered 400 with a reason when it is %s, and the cover stays', async (_, image, type) => {
    await client.call('PUT', '/shows/kept', { title: 'Kept' });
    await upload('kept', jpeg);
    const before = await coverOf('kept');
    const { detail } = await problemOf(await upload('kept', image, type), 400);
    expect(detail.length).toBeGreaterThan(20);
    expect(await coverOf('kept')).toEqual(before);
  });

  it('is answered 413 over 20 MiB and 404 for a show that is not there', async () => {
    await client.call('PUT', '/shows/kept', { title: 'Kept' });
    const { detail } = await problemOf(await upload('kept', new Uint8Array(20 * 1024 * 1024 + 1)), 413);
    expect(detail).toBe('The body may have at most 20 MiB.');
    await problemOf(await upload('unknown', jpeg), 404);
  });

  it('may be named by its key later, and then replaces a cover that was generated', async () => {
    await client.call('PUT', '/shows/named', { title: 'Named' });
    await client.feedWhen('named', (xml) => xml.includes('<itunes:image'));
    const generated = await coverOf('named');
    await app.engine.trackStore.put('uploads/named.jpg', jpeg, { contentType: 'image/jpeg' });
    await client.call('PUT', '/shows/named', { title: 'Named', artworkKey: 'uploads/named.jpg' });
    await client.feedWhen('named', (xml) => xml.includes('<itunes:image') && !xml.includes(generated.url));
    expect((await coverOf('named')).codes).not.toContain('artwork-missing');
  });
});
