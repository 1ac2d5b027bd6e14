import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openS3Store } from '../../src/adapters/s3/s3-store.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { listAll } from '../../src/pipeline/records.ts';
import { type AftershowProcess, runAftershow, startAftershow } from '../support/aftershow.ts';
import { available } from '../support/programs.ts';
import { Answer, endedRoom, episodeWhen, feedWhen, sendWebhook, uploadTracks } from '../support/room.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

/** "Within a minute", whatever was lost; the room itself takes a few seconds. */
const MINUTE_MS = 60_000;

describe.skipIf(!available.redis || !available.s3)('Rooms on Redis and S3, with a server and two workers', () => {
  const folder = makeTempFolder('many');
  let redis: TestServer;
  let s3: S3Server;
  let store: ObjectStore;
  let settings: Record<string, string>;
  let server: AftershowProcess;
  const workers = new Map<string, AftershowProcess>();

  const startWorker = async (name: string) => {
    const dataDir = join(folder, name);
    mkdirSync(dataDir, { recursive: true });
    workers.set(name, await startAftershow('worker', { ...settings, AFTERSHOW_DATA_DIR: dataDir }));
  };

  beforeAll(async () => {
    const started = await Promise.all([startRedis(), startS3()]);
    if (!started[0] || !started[1]) throw new Error('the servers are there, but did not start');
    [redis, s3] = [started[0], started[1]];
    const bucket = await s3.createBucket();
    store = openS3Store({ bucket, ...s3, forcePathStyle: true });
    settings = {
      ...s3.env,
      AFTERSHOW_QUEUE_URL: redis.url,
      AFTERSHOW_STORAGE_URL: s3.storageUrl(bucket),
      AFTERSHOW_DATA_DIR: join(folder, 'server'),
      AFTERSHOW_PORT: '0',
      AFTERSHOW_PUBLIC_URL: 'http://localhost:4400',
      AFTERSHOW_SWEEP_SECONDS: '3',
    };
    await uploadTracks(store);
    server = await startAftershow('server', settings);
    await Promise.all([startWorker('one'), startWorker('two')]);
  }, 180_000);

  afterAll(async () => {
    await Promise.all([server, ...workers.values()].map((process) => process?.stop()));
    await store?.close();
    await redis?.stop();
    removeFolder(folder);
  }, 90_000);

  const flush = async () => {
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
  };
  let rooms = 0;
  /** Trimmed by a moment more each time: a mix that was made already would not be made again. */
  const accept = async (roomId: string) => {
    rooms++;
    const event = endedRoom(roomId, ({ data }) => {
      data['edit'] = { trimStartSeconds: rooms / 10 };
    });
    const response = await sendWebhook(server.url, event);
    expect(response.status).toBe(202);
    return Answer.parse(await response.json());
  };
  const published = (ids: Answer, timeoutMs = MINUTE_MS) =>
    episodeWhen(server.url, ids, ({ status }) => status === 'published' || status === 'failed', timeoutMs);
  const mp3sOf = async (ids: Answer) => {
    const keys: string[] = [];
    for await (const { key } of listAll(store, `public/shows/${ids.showId}/episodes/${ids.episodeId}/`)) keys.push(key);
    return keys.filter((key) => key.endsWith('.mp3'));
  };

  it('publishes a room', async () => {
    const ids = await accept('rm-many-1');
    expect(await published(ids)).toMatchObject({ status: 'published', revision: 1 });
    expect(await mp3sOf(ids)).toHaveLength(1);
  }, 90_000);

  it('loses nothing when Redis is emptied right after the 202, with the workers running', async () => {
    const ids = await accept('rm-many-2');
    await flush();
    const episode = await published(ids);
    expect(episode.status).toBe('published');
    await feedWhen(server.url, ids.showId, (xml) => xml.includes(episode.guid));
  }, 90_000);

  it('loses nothing when Redis is emptied right after the 202 and every process is started anew', async () => {
    const ids = await accept('rm-many-3');
    await flush();
    await Promise.all([...workers.values()].map((worker) => worker.kill()));
    await server.kill();
    server = await startAftershow('server', settings);
    await Promise.all([startWorker('one'), startWorker('two')]);
    const episode = await published(ids);
    expect(episode.status).toBe('published');
    await feedWhen(server.url, ids.showId, (xml) => xml.includes(episode.guid));
  }, 120_000);

  it('answers 202 while Redis is away, and makes the episode when it is back', async () => {
    redis.kill('SIGSTOP');
    const ids = await accept('rm-many-4');
    redis.kill('SIGCONT');
    expect((await published(ids)).status).toBe('published');
  }, 120_000);

  it('makes exactly one episode when a worker is killed in the middle of the mix', async () => {
    const ids = await accept('rm-many-5');
    await episodeWhen(server.url, ids, ({ stage }) => stage === 'mix' || stage === 'encode');
    const busy = [...workers].find(([, worker]) => worker.log().includes(ids.episodeId));
    if (!busy) throw new Error('no worker says that it works on the room');
    await busy[1].kill();
    const episode = await published(ids, 120_000);
    expect(episode).toMatchObject({ status: 'published', revision: 1 });
    expect(await mp3sOf(ids)).toHaveLength(1);
    const feed = await feedWhen(server.url, ids.showId, (xml) => xml.includes(episode.guid));
    expect(feed.split(episode.guid)).toHaveLength(2);
    expect(feed.match(/<item>/g)).toHaveLength(rooms);
    await startWorker(busy[0]);
  }, 180_000);

  it('derives byte for byte the same feed again from the bucket alone, with everything stopped', async () => {
    const before = await (await fetch(`${server.url}/shows/late-table/feed.xml`)).text();
    expect(before).toContain('<item>');
    await Promise.all([server, ...workers.values()].map((process) => process.stop()));
    await store.delete('public/shows/late-table/feed.xml');
    const rebuilt = await runAftershow(['rebuild', '--json'], settings);
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ feeds: [{ showId: 'late-table', result: 'written' }] });
    const after = await store.get('public/shows/late-table/feed.xml');
    expect(after && (await text(after.body))).toBe(before);
  }, 60_000);
});
