/**
 * A bucket behind a CDN with no server of ours: what an episode, published for real, tells of itself to a stranger who
 * asks the store, header by header beside what our server answers.
 */
import { join } from 'node:path';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { listAll } from '../../src/pipeline/records.ts';
import { type AftershowProcess, startAftershow } from '../support/aftershow.ts';
import { absenceFails, available } from '../support/programs.ts';
import { Answer, api, episodeWhen, feedWhen, sendWebhook } from '../support/room.ts';
import { startS3 } from '../support/s3.ts';
import { dropSmallTracks, smallRoom } from '../support/small-room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const PUBLIC = 'public/';
const COMPARED = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
] as const;
const IMMUTABLE = 'public, max-age=31536000, immutable';
const NAMED = `filename="Ubergange.SUFFIX"; filename*=UTF-8''%C3%9Cberg%C3%A4nge.SUFFIX`;

/** By suffix: what a listener's app, a browser and a CDN must be told of each file of an episode. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'feed.xml': { 'content-type': 'application/rss+xml; charset=utf-8', 'cache-control': 'public, max-age=60' },
  '.mp3': { 'content-type': 'audio/mpeg', 'content-disposition': `inline; ${NAMED.replaceAll('SUFFIX', 'mp3')}` },
  '.m4a': { 'content-type': 'audio/mp4', 'content-disposition': `inline; ${NAMED.replaceAll('SUFFIX', 'm4a')}` },
  '.opus': {
    'content-type': 'audio/ogg; codecs=opus',
    'content-disposition': `inline; ${NAMED.replaceAll('SUFFIX', 'opus')}`,
  },
  '.jpg': { 'content-type': 'image/jpeg' },
  '.chapters.json': { 'content-type': 'application/json+chapters' },
  '.passport.json': { 'content-type': 'application/json' },
};

type Headers = Readonly<Record<string, string | null>>;

async function told(method: 'GET' | 'HEAD', url: string, headers: Record<string, string> = {}): Promise<Headers> {
  const response = await fetch(url, { method, headers: { 'accept-encoding': 'identity', ...headers } });
  await response.arrayBuffer();
  const compared = Object.fromEntries(COMPARED.map((name) => [name, response.headers.get(name)]));
  return { ...compared, status: String(response.status) };
}

/** Publishes a small room with chapters, alternates and covers; the keys of all that is public then. */
async function publishOne(server: AftershowProcess, store: ObjectStore): Promise<readonly string[]> {
  await api(server.url, '/shows/late-table', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'The Late Table', sound: { alternates: ['aac', 'opus'] } }),
  });
  const room = smallRoom('rm-bucket', (data) => {
    data.room['title'] = 'Übergänge';
    const startedAt = Date.parse(String(data.room['startedAt']));
    data.markers.push({ at: new Date(startedAt + 2000).toISOString(), title: 'Two' });
  });
  const { showId, episodeId } = Answer.parse(await (await sendWebhook(server.url, room)).json());
  await episodeWhen(server.url, { showId, episodeId }, ({ status }) => status === 'published');
  await feedWhen(server.url, showId, (xml) => xml.includes('bergänge'));
  const keys: string[] = [];
  for await (const { key } of listAll(store, PUBLIC)) keys.push(key);
  return keys;
}

function bucketContract(
  open: (folder: string) => Promise<{
    readonly settings: Record<string, string>;
    readonly store: ObjectStore;
    /** What the store tells of an object without any server of ours. */
    tells(method: 'GET' | 'HEAD', key: string, headers?: Record<string, string>): Promise<Headers>;
  }>,
): void {
  const folder = makeTempFolder('files-bucket');
  let opened: Awaited<ReturnType<typeof open>>;
  let server: AftershowProcess;
  let keys: readonly string[];

  beforeAll(async () => {
    opened = await open(folder);
    dropSmallTracks(join(folder, 'tracks'));
    server = await startAftershow('start', {
      AFTERSHOW_DATA_DIR: join(folder, 'data'),
      AFTERSHOW_TRACKS_URL: `file://${join(folder, 'tracks')}`,
      AFTERSHOW_PORT: '0',
      ...opened.settings,
    });
    keys = await publishOne(server, opened.store);
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await opened?.store.close();
    removeFolder(folder);
  }, 60_000);

  const urlOf = (key: string) => `${server.url}/${key.slice(PUBLIC.length)}`;

  test('every kind of public file is there', () => {
    for (const suffix of Object.keys(EXPECTED)) expect(keys.filter((key) => key.endsWith(suffix))).not.toEqual([]);
  });

  test('type, caching and name are right on the object itself, and our server tells the same', async () => {
    for (const key of keys) {
      const suffix = Object.keys(EXPECTED).find((known) => key.endsWith(known)) ?? '';
      const alone = await opened.tells('GET', key);
      expect({ key, ...alone }).toMatchObject({
        'cache-control': IMMUTABLE,
        'content-disposition': null,
        'content-encoding': null,
        status: '200',
        ...EXPECTED[suffix],
      });
      for (const method of ['GET', 'HEAD'] as const) {
        expect({ key, ...(await told(method, urlOf(key))) }).toEqual({ key, ...(await opened.tells(method, key)) });
      }
    }
  });

  test('a part of it, and what has not changed, are answered alike', async () => {
    for (const key of keys) {
      const part = { range: 'bytes=0-9' };
      expect(await told('GET', urlOf(key), part)).toEqual(await opened.tells('GET', key, part));
      const { etag } = await told('HEAD', urlOf(key));
      expect((await told('GET', urlOf(key), { 'if-none-match': String(etag) }))['status']).toBe('304');
    }
  });
}

describe('A folder', () => {
  bucketContract(async (folder) => {
    const url = `file://${join(folder, 'bucket')}`;
    const store = openStore(url);
    // A folder tells nobody anything by itself: what lies beside the object is what is told.
    const tells = async (_method: string, key: string, headers: Record<string, string> = {}) => {
      const info = await store.head(key);
      if (!info) throw new Error(`${key} is not there`);
      return {
        'accept-ranges': 'bytes',
        'cache-control': info.cacheControl ?? null,
        'content-disposition': info.contentDisposition ?? null,
        'content-encoding': null,
        'content-length': headers['range'] ? '10' : String(info.lengthBytes),
        'content-type': info.contentType,
        etag: `"${info.etag}"`,
        'last-modified': info.lastModified.toUTCString(),
        status: headers['range'] ? '206' : '200',
      };
    };
    return { settings: { AFTERSHOW_STORAGE_URL: url }, store, tells };
  });
});

describe.skipIf(!available.s3 && !absenceFails)('A bucket of a real S3 server, open to strangers below public/', () => {
  bucketContract(async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('No S3 server is installed, and CI is set.');
    const bucket = await s3.createBucket();
    const client = makeS3Client({ bucket, ...s3 });
    const Principal = '*';
    const Resource = [`arn:aws:s3:::${bucket}/${PUBLIC}*`];
    const Statement = [{ Effect: 'Allow', Principal, Action: ['s3:GetObject'], Resource }];
    await client.send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
    );
    client.destroy();
    Object.assign(process.env, s3.env);
    const settings = { ...s3.env, AFTERSHOW_STORAGE_URL: s3.storageUrl(bucket) };
    const tells = (method: 'GET' | 'HEAD', key: string, headers: Record<string, string> = {}) =>
      told(method, `${s3.endpoint}/${bucket}/${key}`, headers);
    return { settings, store: openStore(settings.AFTERSHOW_STORAGE_URL), tells };
  });
});
