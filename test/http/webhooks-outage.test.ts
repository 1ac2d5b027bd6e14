/** What a webhook is answered while the queue or the store is away: a 2xx means that it is durable, and nothing else does. */
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { PassingFailure } from '../../src/domain/failure.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/free-port.ts';
import { available } from '../support/programs.ts';
import { api, sendWebhook } from '../support/room.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { smallRoom } from '../support/small-room.ts';

async function expectAccepted(app: TestApp, roomId: string): Promise<void> {
  const response = await sendWebhook(app.url, smallRoom(roomId));
  expect(response.status).toBe(202);
  const { episodeId } = (await response.json()) as { episodeId: string };
  const episode = await api(app.url, `/shows/late-table/episodes/${episodeId}`);
  expect(await episode.json()).toMatchObject({ roomId, status: 'waiting-for-tracks' });
  expect(app.keys('pending/').map((key) => JSON.parse(app.read(key).toString()).roomId)).toContain(roomId);
}

describe('with no queue where it should be', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ queueUrl: `redis://127.0.0.1:${await freePort()}` });
  });
  afterAll(() => app?.close());

  it('answers 202, and the episode is there', () => expectAccepted(app, 'rm-no-queue'));

  it('answers a copy 200', async () => {
    const event = smallRoom('rm-no-queue-twice');
    expect((await sendWebhook(app.url, event)).status).toBe(202);
    expect((await sendWebhook(app.url, event)).status).toBe(200);
  });

  it('still gives a show its feed, and lets it follow what is put', async () => {
    const put = (title: string) =>
      api(app.url, '/shows/no-queue', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title }),
      });
    for (const title of ['Before', 'After']) {
      expect((await put(title)).ok).toBe(true);
      const feed = await fetch(`${app.url}/shows/no-queue/feed.xml`);
      expect(await feed.text()).toContain(`<title>${title}</title>`);
    }
  });

  it('says on /readyz that it is the queue that is missing, and stays alive', async () => {
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ store: 'ok', queue: 'unreachable' });
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  it('still answers /metrics', async () => {
    const response = await fetch(`${app.url}/metrics`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('aftershow_process_resident_memory_bytes');
  });
});

describe.skipIf(!available.redis)('with a queue that goes away', () => {
  let redis: TestServer;
  let app: TestApp;
  beforeAll(async () => {
    const started = await startRedis();
    if (!started) throw new Error('Redis is there, but did not start');
    redis = started;
    app = await startApp({ queueUrl: redis.url });
  });
  afterAll(async () => {
    await app?.close();
    await redis?.stop();
  });

  it('answers 202 when it was stopped, and is ready again when it is back', async () => {
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    redis.kill('SIGSTOP');
    try {
      await expectAccepted(app, 'rm-queue-frozen');
      expect(await (await fetch(`${app.url}/readyz`)).json()).toEqual({ store: 'ok', queue: 'unreachable' });
    } finally {
      redis.kill('SIGCONT');
    }
    await expect.poll(async () => (await fetch(`${app.url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  });

  it('answers 202 when it was killed', async () => {
    redis.kill('SIGKILL');
    await expectAccepted(app, 'rm-queue-killed');
  });
});

describe('with no store where it should be', () => {
  let app: TestApp;
  let silent: Server;
  beforeAll(async () => {
    silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'testsecret';
    const url = `s3://nowhere?endpoint=http://127.0.0.1:${port}&region=us-east-1&forcePathStyle=true`;
    app = await startApp({ replace: () => ({ bucket: openStore(url) }) });
  });
  afterAll(async () => {
    await app?.close();
    silent?.close();
  });

  it('answers 503 with Retry-After and promises nothing', async () => {
    const response = await sendWebhook(app.url, smallRoom('rm-no-store'));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('says on /readyz that it is the store that is missing', async () => {
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ store: 'unreachable' });
  });
});

describe('with a store that fails half way', () => {
  let app: TestApp;
  let isFailing = (_key: string) => false;
  beforeAll(async () => {
    app = await startApp({
      replace: ({ bucket }) => ({
        bucket: {
          ...bucket,
          put: async (...args: Parameters<ObjectStore['put']>) => {
            if (isFailing(args[0])) throw new PassingFailure('store-unreachable', `could not write ${args[0]}`);
            return bucket.put(...args);
          },
        },
      }),
    });
  });
  afterAll(() => app?.close());

  it.each(['pending/', 'intake/', 'show.json', '/episodes/'])(
    'answers 503 while %s cannot be written, and the same event makes one episode afterwards',
    async (part) => {
      const showId = `half-${part.replaceAll(/[^a-z]+/g, '-')}`;
      const event = smallRoom(`rm ${part}`, ({ room }) => Object.assign(room, { showId }));
      isFailing = (key) => key.includes(part);
      const refused = await sendWebhook(app.url, event);
      isFailing = () => false;
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).not.toBeNull();
      const taken = await sendWebhook(app.url, event);
      expect([200, 202]).toContain(taken.status);
      const { episodeId } = (await taken.json()) as { episodeId: string };
      expect(app.keys(`shows/${showId}/episodes/`)).toEqual([`shows/${showId}/episodes/${episodeId}.json`]);
    },
  );
});
