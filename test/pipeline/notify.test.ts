/** What a platform hears of its episodes: in order, signed, until it takes it; whatever becomes of queue and receiver meanwhile. */
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/adapters/outgoing/post.ts';
import type { Delivery } from '../../src/pipeline/deliveries.ts';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { eventually } from '../support/eventually.ts';
import { available } from '../support/programs.ts';
import { type Receiver, startReceiver, status, type ToldEpisode, verified } from '../support/receiver.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { dropSmallTracks, smallRoom } from '../support/small-room.ts';
import { TEST_SECRET } from '../support/webhook.ts';

const DAY_MS = 24 * 3600 * 1000;
let redis: TestServer | undefined;
let platform: Receiver;
let app: TestApp;
let client: ApiClient;
let clockAheadMs = 0;
const { published, manifestOf } = creator(() => app);

beforeAll(async () => {
  redis = await startRedis();
  platform = await startReceiver();
  app = await startApp({
    workers: true,
    ...(redis ? { queueUrl: redis.url } : {}),
    replace: () => ({
      callbackUrl: `${platform.url}/hook?token=hidden`,
      signingSecret: async () => TEST_SECRET,
      post: createPost([platform.url], { totalMs: 1_000 }),
      clock: { now: () => new Date(Date.now() + clockAheadMs) },
    }),
  });
  client = apiClient(app.url);
});
afterAll(async () => {
  await app?.close();
  await platform?.close();
  await redis?.stop();
});
beforeEach(() => {
  platform.answer = status(204);
  // Erasing an episode removes its recordings.
  dropSmallTracks(app.objects);
});
afterEach(() => {
  clockAheadMs = 0;
});

const messagesFor = (showId: string) => platform.received.filter(({ body }) => body.includes(`"showId":"${showId}"`));
const toldOf = (showId: string): ToldEpisode[] => messagesFor(showId).map((one) => verified(one));
/** Also with the clock ahead: signatures are not looked at. */
const hears = (showId: string, count: number) =>
  eventually(`${count} messages for ${showId}`, () => messagesFor(showId).length >= count);
const deliveriesOf = async (showId: string, query = ''): Promise<Delivery[]> => {
  const response = await client.call('GET', `/shows/${showId}/deliveries${query}`);
  return ((await response.json()) as { deliveries: Delivery[] }).deliveries;
};
/** Anything that a pause or a dead attempt would hold up is due. */
const laterOn = () => {
  clockAheadMs += 2 * 3600 * 1000;
};

describe('a platform', () => {
  it('hears of an episode’s whole life, in order, each event signed and under an id of its own', async () => {
    const seenInFeed: boolean[] = [];
    platform.answer = async ({ body }, response) => {
      const { data, type } = JSON.parse(body) as ToldEpisode;
      const feed = await (await fetch(`${app.url}/shows/${data.showId}/feed.xml`)).text();
      if (type !== 'episode.failed') seenInFeed.push(feed.includes(data.guid));
      response.writeHead(204).end();
    };
    const { ids, episode } = await published('life');
    await hears('life', 1);
    await client.edit(ids, { title: 'Another title' });
    await hears('life', 2);
    await client.call('POST', `${pathOf(ids)}/unpublish`);
    await hears('life', 3);
    await client.call('DELETE', pathOf(ids));
    await hears('life', 4);
    const told = toldOf('life');
    expect(told.map(({ type, data }) => [type, data.status])).toEqual([
      ['episode.published', 'published'],
      ['episode.updated', 'published'],
      ['episode.removed', 'unpublished'],
      ['episode.removed', 'erased'],
    ]);
    await expect.poll(() => seenInFeed).toEqual([true, true, false, false]);
    for (const { data, timestamp } of told) {
      expect(data).toMatchObject({ showId: 'life', roomId: ids.roomId, episodeId: ids.episodeId, guid: episode.guid });
      expect(new Date(timestamp).toISOString()).toBe(timestamp);
    }
    expect(told[0]?.data.audio).toEqual(episode.audio);
    expect(told[2]?.data.audio).toBeUndefined();
    expect(new Set(messagesFor('life').map(({ id }) => id)).size).toBe(4);
    expect(messagesFor('life').every(({ path }) => path === '/hook?token=hidden')).toBe(true);
  });

  it('hears why an episode could not be made', async () => {
    const long = new Date(Date.now() - 3_600_000);
    const event = smallRoom(
      'rm-failing',
      ({ room, tracks }) => {
        Object.assign(room, { showId: 'failing' });
        tracks.splice(1);
        Object.assign(tracks[0] ?? {}, { key: 'rooms/small/none.wav' });
      },
      long,
    );
    const ids = await client.accept(event);
    await client.when(ids, (now) => now.status === 'failed');
    await hears('failing', 1);
    expect(toldOf('failing')[0]).toMatchObject({
      type: 'episode.failed',
      data: { status: 'failed', failure: { code: 'no-usable-track', message: expect.stringContaining('none.wav') } },
    });
  });

  it('that answers 500 is told again under the same id, and nothing overtakes what it has not taken', async () => {
    // Not tried again by itself while the rest of this happens, however slow the machine.
    platform.answer = status(500, { 'retry-after': '3000' });
    const { ids } = await published('stumbling');
    await hears('stumbling', 1);
    await client.edit(ids, { title: 'While it was down' });
    await client.when(ids, (now) => rests(now) && now.title === 'While it was down');
    const [owed] = await eventually('the answer is written down', async () => {
      const known = await deliveriesOf('stumbling', '?state=owed');
      return known.at(-1)?.lastAnswer && known.length === 2 ? known : undefined;
    });
    expect(owed).toMatchObject({ type: 'episode.updated', attempts: 0 });
    expect((await deliveriesOf('stumbling')).at(-1)).toMatchObject({
      ...{ type: 'episode.published', state: 'owed', to: platform.url, attempts: 1 },
      lastAnswer: 'answered 500 Internal Server Error',
    });
    platform.answer = status(200);
    laterOn();
    await hears('stumbling', 3);
    const types = messagesFor('stumbling').map(({ body }) => JSON.parse(body).type);
    expect(types.slice(types.indexOf('episode.updated'))).toEqual(['episode.updated']);
    const firstIds = messagesFor('stumbling').slice(0, types.indexOf('episode.updated'));
    expect(new Set(firstIds.map(({ id }) => id)).size).toBe(1);
    await expect
      .poll(async () => (await deliveriesOf('stumbling')).map(({ state }) => state))
      .toEqual(['delivered', 'delivered']);
  });

  it.skipIf(!available.redis)('is told although the queue lost everything', async () => {
    if (!redis) throw new Error('Redis is there, but did not start');
    platform.answer = status(503, { 'retry-after': '3000' });
    const { ids } = await published('flushed');
    await eventually('it was tried', async () => (await deliveriesOf('flushed'))[0]?.lastAnswer);
    const connection = new Redis(redis.url);
    await connection.flushall();
    connection.disconnect();
    platform.answer = status(204);
    laterOn();
    await hears('flushed', 2);
    expect(new Set(messagesFor('flushed').map(({ id }) => id)).size).toBe(1);
    await expect.poll(() => manifestOf(ids).outbox[0].deliveredAt).toBeDefined();
  });

  it('that never answers is given up after a day, visibly, and told once more when somebody asks for it', async () => {
    platform.answer = () => undefined;
    const { ids } = await published('silent');
    const tried = await eventually('it was tried', async () => {
      const [delivery] = await deliveriesOf('silent');
      return delivery?.lastAnswer ? delivery : undefined;
    });
    expect(tried.lastAnswer).toContain('did not answer within 1 s');
    const before = app.read('public/shows/silent/feed.xml').toString();
    clockAheadMs = DAY_MS + 60_000;
    const [lost] = await eventually('it is given up', async () => {
      const known = await deliveriesOf('silent', '?state=given-up');
      return known.length > 0 ? known : undefined;
    });
    expect(lost).toMatchObject({ id: tried.id, type: 'episode.published', episodeId: ids.episodeId });
    clockAheadMs = 0;
    platform.answer = status(204);
    const response = await client.call('POST', `/shows/silent/deliveries/${tried.id}/resend`);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id: tried.id, state: 'owed' });
    await eventually('it is told', async () => (await deliveriesOf('silent', '?state=delivered')).length === 1);
    expect(messagesFor('silent').at(-1)?.id).toBe(tried.id);
    // All of that is no change of the episode: neither its tag nor a byte of the feed is another.
    expect(app.read('public/shows/silent/feed.xml').toString()).toBe(before);
  });

  it('is not told by way of a redirect into a private network, nor are its secrets in any log or record', async () => {
    const inside = await startReceiver();
    try {
      platform.answer = (_, response) => void response.writeHead(307, { location: `${inside.url}/admin` }).end();
      const { ids } = await published('led-astray');
      const delivery = await eventually('it was tried', async () => (await deliveriesOf('led-astray'))[0]?.lastAnswer);
      expect(delivery).toContain('not a host of the settings');
      expect(inside.received).toEqual([]);
      expect(JSON.stringify(manifestOf(ids))).not.toContain('hidden');
      expect(app.log.join('\n')).not.toContain('hidden');
    } finally {
      await inside.close();
    }
  });
});

describe('a show’s own callbackUrl', () => {
  it('is refused when it is saved, where nothing would ever be sent to it', async () => {
    for (const callbackUrl of [
      'http://hooks.example.org/',
      'https://127.0.0.1/',
      'https://[::1]/x',
      'http://10.0.0.7/',
    ]) {
      const problem = await problemOf(await client.call('PUT', '/shows/astray', { title: 'Astray', callbackUrl }), 400);
      expect(problem.issues?.[0]?.path).toBe('callbackUrl');
    }
  });

  it('wins over that of the settings, and may be local on a host that the settings name', async () => {
    const callbackUrl = `${platform.url}/of-the-show`;
    expect((await client.call('PUT', '/shows/own-way', { title: 'Own way', callbackUrl })).status).toBe(201);
    await published('own-way');
    await hears('own-way', 1);
    expect(messagesFor('own-way')[0]?.path).toBe('/of-the-show');
  });
});

describe('GET /deliveries', () => {
  it('says in words what it takes, and what is not there', async () => {
    await client.call('PUT', '/shows/asked', { title: 'Asked' });
    for (const query of ['?state=lost', '?days=0', '?days=x', '?limit=5000', '?episodeId=nothing']) {
      const { detail } = await problemOf(await client.call('GET', `/shows/asked/deliveries${query}`), 400);
      expect(detail).toContain('?state=');
    }
    await problemOf(await client.call('GET', '/shows/nowhere/deliveries'), 404);
    await problemOf(await client.call('POST', '/shows/asked/deliveries/hub/resend'), 409);
    for (const id of ['msg_x', `msg_ep-${'0'.repeat(32)}_${'0'.repeat(16)}`]) {
      await problemOf(await client.call('POST', `/shows/asked/deliveries/${id}/resend`), 404);
    }
    expect(await deliveriesOf('asked')).toEqual([]);
  });
});
