/** When a finished episode enters the feed: at once, when it is asked for, or when its time has come; and what is told meanwhile. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { listenToEvents } from '../support/event-stream.ts';
import { sendWebhook } from '../support/room.ts';
import { dropSmallTracks, smallRoom } from '../support/small-room.ts';

let app: TestApp;
let client: ApiClient;
let clockAheadMs = 0;
const { published, manifestOf } = creator(() => app);
beforeAll(async () => {
  app = await startApp({
    workers: true,
    replace: () => ({ clock: { now: () => new Date(Date.now() + clockAheadMs) } }),
  });
  client = apiClient(app.url);
  dropSmallTracks(app.objects);
});
afterAll(() => app?.close());

describe('a draft', () => {
  it('is rendered, can be heard, and waits until it is published', async () => {
    const ids = await client.accept(
      smallRoom('rm-draft', (data) => Object.assign(data, { publish: { mode: 'draft' } })),
    );
    const draft = await client.when(ids, ({ status }) => status === 'draft' || status === 'failed');
    expect(draft).toMatchObject({ status: 'draft', revision: 0 });
    expect(draft.audio).toBeUndefined();
    expect((await client.call('GET', `${pathOf(ids)}/audio`)).status).toBe(200);
    expect(app.keys('public/').filter((key) => key.endsWith('.mp3'))).toEqual([]);
    const response = await client.call('POST', `${pathOf(ids)}/publish`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'rendering', stage: 'queued', progress: 0 });
    const episode = await client.when(ids, rests);
    expect(episode.revision).toBe(1);
    await client.feedWhen(ids.showId, (xml) => xml.includes(episode.guid));
  });

  it('is what a show may want of every room', async () => {
    await client.call('PUT', '/shows/careful', { title: 'Careful', publishMode: 'draft' });
    const ids = await client.accept(smallRoom('rm-careful', ({ room }) => Object.assign(room, { showId: 'careful' })));
    expect((await client.when(ids, ({ status }) => ['draft', 'published'].includes(status))).status).toBe('draft');
  });
});

describe('a schedule', () => {
  it('keeps the episode out of the feed until its time, and dates it then', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const event = smallRoom('rm-later', (data) => Object.assign(data, { publish: { mode: 'scheduled', at } }));
    const ids = await client.accept(event);
    const scheduled = await client.when(ids, ({ status }) => status === 'scheduled' || status === 'failed');
    expect(scheduled).toMatchObject({ status: 'scheduled', scheduledFor: at });
    const { rooms } = (await (await client.call('GET', '/rooms')).json()) as {
      rooms: { roomId: string; why: string }[];
    };
    expect(rooms.find(({ roomId }) => roomId === 'rm-later')?.why).toContain(at);
    clockAheadMs = 3_601_000;
    try {
      const episode = await client.when(ids, rests);
      expect(episode.publishedAt).toBe(at);
      await client.feedWhen(ids.showId, (xml) => xml.includes(episode.guid));
    } finally {
      clockAheadMs = 0;
    }
  });

  it('can be made, moved and cancelled', async () => {
    const ids = await client.accept(
      smallRoom('rm-moved', (data) => Object.assign(data, { publish: { mode: 'draft' } })),
    );
    await client.when(ids, ({ status }) => status === 'draft');
    for (const at of ['2099-01-01T00:00:00.000Z', '2098-01-01T00:00:00.000Z']) {
      const response = await client.edit(ids, { publish: { mode: 'scheduled', at } });
      expect(await response.json()).toMatchObject({ status: 'scheduled', scheduledFor: at });
    }
    const cancelled = await client.edit(ids, { publish: { mode: 'draft' } });
    const body = await cancelled.json();
    expect(body).toMatchObject({ status: 'draft' });
    expect((body as { scheduledFor?: string }).scheduledFor).toBeUndefined();
  });

  it('is refused for what is published already, and can bring back what was withdrawn', async () => {
    const { ids, episode } = await published('rescheduled');
    const patch = { publish: { mode: 'scheduled', at: '2099-01-01T00:00:00Z' } };
    await problemOf(await client.edit(ids, patch), 409);
    await client.call('POST', `${pathOf(ids)}/unpublish`);
    const response = await client.edit(ids, patch);
    expect(await response.json()).toMatchObject({ status: 'scheduled', publishedAt: episode.publishedAt });
  });
});

describe('an episode that failed', () => {
  it('says why in words, is not published as it is, and comes out when it is tried again', async () => {
    const long = new Date(Date.now() - 3_600_000);
    const event = smallRoom(
      'rm-fails',
      ({ tracks }) => {
        tracks.splice(1);
        Object.assign(tracks[0] ?? {}, { key: 'rooms/small/never-came.wav' });
      },
      long,
    );
    const ids = await client.accept(event);
    const failed = await client.when(ids, ({ status }) => status === 'failed');
    expect(failed.failure).toMatchObject({ code: 'no-usable-track', message: expect.stringContaining('never-came') });
    const { detail } = await problemOf(await client.call('POST', `${pathOf(ids)}/publish`), 409);
    expect(detail).toMatch(/retry/);
    await problemOf(await client.edit(ids, { publish: { mode: 'auto' } }), 409);
    expect((await sendWebhook(app.url, event)).status).toBe(200);

    const sound = await app.engine.trackStore.get('rooms/small/p1.wav');
    if (!sound) throw new Error('the track was dropped before');
    const bytes = Buffer.concat(await sound.body.toArray());
    await app.engine.trackStore.put('rooms/small/never-came.wav', bytes, { contentType: 'audio/wav' });
    const response = await client.call('POST', `${pathOf(ids)}/retry`);
    expect(response.status).toBe(202);
    const episode = await client.when(ids, rests);
    expect(episode).toMatchObject({ guid: failed.guid, revision: 1 });
    expect(episode.failure).toBeUndefined();
  });

  it('is made anew by a retry when its finished audio went away', async () => {
    const { ids } = await published('lost-master');
    for (const key of app.keys(`renders/${manifestOf(ids).master.renderKey}`)) await app.engine.bucket.delete(key);
    await client.edit(ids, { title: 'With another title' });
    await client.when(ids, (now) => now.failure !== undefined || (rests(now) && now.title === 'With another title'));
    await client.call('POST', `${pathOf(ids)}/retry`);
    const episode = await client.when(ids, (now) => rests(now) && now.failure === undefined);
    await client.feedWhen('lost-master', (xml) => xml.includes('With another title'));
    expect((await client.call('GET', `${pathOf(ids)}/audio`)).status).toBe(200);
    expect(episode.status).toBe('published');
  });
});

describe('/api/events', () => {
  it('tells stage, progress and status of an episode on its way, and what a creator does to it', async () => {
    const listening = await listenToEvents(app.url);
    try {
      const { ids } = await published('heard');
      const of = (event: { episodeId: string }) => event.episodeId === ids.episodeId;
      await listening.until((event) => of(event) && event.status === 'published');
      const told = listening.events.filter(of);
      expect(told.every(({ showId }) => showId === 'heard')).toBe(true);
      expect(told.map(({ status }) => status)).toEqual(expect.arrayContaining(['rendering', 'published']));
      const stages = new Set(told.flatMap(({ stage }) => (stage === undefined ? [] : [stage])));
      expect([...stages]).toEqual(expect.arrayContaining(['analyse', 'encode', 'publish']));
      for (const { progress } of told.filter(({ stage }) => stage !== undefined)) {
        expect(Number.isInteger(progress) && progress !== undefined && progress >= 0 && progress <= 100).toBe(true);
      }
      await client.call('POST', `${pathOf(ids)}/unpublish`);
      await listening.until((event) => of(event) && event.status === 'unpublished');
      await client.call('DELETE', pathOf(ids));
      await listening.until((event) => of(event) && event.status === 'erased');
    } finally {
      listening.stop();
    }
  });
});
