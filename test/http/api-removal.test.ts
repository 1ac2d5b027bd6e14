/** Episodes that leave the feed: withdrawn for a while, or erased for ever. Rendered for real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { type Answer, sendWebhook } from '../support/room.ts';
import { dropSmallTracks, smallRoom, tracksAddedEvent } from '../support/small-room.ts';

let app: TestApp;
let client: ApiClient;
const { local, manifestOf, published } = creator(() => app);
beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
  dropSmallTracks(app.objects);
});
afterAll(() => app?.close());

describe('an episode that is withdrawn', () => {
  it('leaves the feed, its files are gone with 410, and comes back under the same GUID and date', async () => {
    const { ids, episode } = await published('withdrawn');
    const url = local(episode.audio?.url);
    const response = await client.call('POST', `${pathOf(ids)}/unpublish`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'unpublished', guid: episode.guid });
    await client.feedWhen('withdrawn', (xml) => !xml.includes(episode.guid));
    await expect.poll(async () => (await fetch(url)).status, { timeout: 20_000 }).toBe(410);
    expect((await client.call('POST', `${pathOf(ids)}/publish`)).status).toBe(202);
    const back = await client.when(ids, rests);
    expect(back).toMatchObject({ guid: episode.guid, publishedAt: episode.publishedAt, revision: 1 });
    expect(local(back.audio?.url)).toBe(url);
    await client.feedWhen('withdrawn', (xml) => xml.includes(episode.guid));
    expect((await fetch(url)).status).toBe(200);
  });
});

describe('an episode that is erased', () => {
  it('is gone: audio, names, words, and what the platform sent; a replay brings nothing back', async () => {
    const { ids, event, episode } = await published('erased', ({ room, markers }) => {
      room['description'] = 'Quokkas at the table';
      markers.push({ at: room['endedAt'], title: 'Wombats' });
    });
    expect(app.keysHolding('Quimera').length).toBeGreaterThan(0);
    const response = await client.call('DELETE', pathOf(ids));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'erased', guid: episode.guid, title: '', participants: [] });
    const kept = (key: string) => key.includes('erased') || key.startsWith('intake/') || key.startsWith('renders/');
    const names = ['Quimera', 'Zanzibar', 'Quokkas', 'Wombats'];
    const hash = manifestOf(ids).roomHash as string;
    for (const name of names) {
      expect(app.keysHolding(name).filter((key) => key.includes('shows/erased') || key.includes(hash))).toEqual([]);
    }
    // Sweep looks whose recordings they are besides, and forgets their keys.
    await expect.poll(() => app.keysHolding('rooms/small').filter((key) => key.includes('shows/erased'))).toEqual([]);
    expect(app.keys('public/shows/erased/episodes/')).toEqual([]);
    expect(
      app
        .keys()
        .filter(kept)
        .filter((key) => key.endsWith('.mp3') && key.includes('erased')),
    ).toEqual([]);
    const xml = await client.feedWhen('erased', () => true);
    expect(xml).not.toContain(episode.guid);
    expect((await fetch(local(episode.audio?.url))).status).toBe(410);
    const record = JSON.parse(app.read(`intake/${hash}/000000.json`).toString());
    expect(record).toEqual({
      type: 'erased',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      erasedAt: expect.any(String),
    });

    const replay = await sendWebhook(app.url, event);
    expect([replay.status, await replay.json()]).toEqual([200, { ...ids, status: 'duplicate' }]);
    expect(
      (await sendWebhook(app.url, tracksAddedEvent(ids.roomId, ['rooms/small/late.wav'], 'p1', 'erased'))).status,
    ).toBe(200);
    expect((await client.episode(ids)).episode).toMatchObject({ status: 'erased', tracks: [] });
    expect((await client.call('DELETE', pathOf(ids))).status).toBe(200);
    for (const act of ['publish', 'unpublish', 'retry']) {
      await problemOf(await client.call('POST', `${pathOf(ids)}/${act}`), 404);
    }
    await problemOf(await client.call('GET', `${pathOf(ids)}/audio`), 404);
    const { episodes } = (await (await client.call('GET', '/shows/erased/episodes')).json()) as { episodes: unknown[] };
    expect(episodes).toEqual([]);
  });

  it('takes no audio from another that was made of the same recordings', async () => {
    const twins = await Promise.all(
      ['rm-twin-1', 'rm-twin-2'].map((id) =>
        client.accept(
          smallRoom(id, ({ room }) => Object.assign(room, { showId: 'twins' }), new Date('2026-11-22T20:00:00Z')),
        ),
      ),
    );
    for (const ids of twins) await client.when(ids, rests);
    const [first, second] = twins as [Answer, Answer];
    expect((await client.call('DELETE', pathOf(first))).status).toBe(200);
    expect((await client.call('GET', `${pathOf(second)}/audio`)).status).toBe(200);
    await client.edit(second, { title: 'The other twin' });
    await client.feedWhen('twins', (xml) => xml.includes('The other twin') && !xml.includes(manifestOf(first).guid));
    expect((await client.episode(second)).episode).toMatchObject({ status: 'published' });
    expect((await client.episode(second)).episode.failure).toBeUndefined();
  });
});
