/** Public files when something goes wrong between store and client: no mixed versions, no leaks, no false ends. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { PassingFailure } from '../../src/domain/failure.ts';
import { sha256 } from '../../src/domain/ids.ts';
import type { PublicFilesOptions } from '../../src/http/files.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { eventually } from '../support/eventually.ts';
import { rawRequest, requestHead } from '../support/raw-http.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { type FileServer, serveFiles } from './file-server.ts';

const PATH = `/shows/late-table/episodes/ep-1/${sha256('x')}.mp3`;
const KEY = `public${PATH}`;
const FEED_PATH = '/shows/late-table/feed.xml';
const MIB = 1024 * 1024;

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function openBucket(): ObjectStore {
  const folder = makeTempFolder('files-broken');
  const bucket = openFolderStore(folder);
  endings.push(
    () => removeFolder(folder),
    () => bucket.close(),
  );
  return bucket;
}

async function serve(bucket: ObjectStore, options: Partial<PublicFilesOptions> = {}): Promise<FileServer> {
  const server = await serveFiles({ bucket, ...options });
  endings.push(() => server.close());
  return server;
}

/** The store, with bodies that can be watched or replaced; without the signal, which may close them as well. */
function withBodies(bucket: ObjectStore, change: (body: Readable) => Readable): ObjectStore {
  return {
    ...bucket,
    get: async (key, { signal: _unused, ...options } = {}) => {
      const found = await bucket.get(key, options);
      return found && { ...found, body: change(found.body) };
    },
  };
}

describe('a file replaced between the look and the read', () => {
  const version = (letter: string) => Buffer.alloc(100_000, letter);

  function replacing(bucket: ObjectStore, times: number): ObjectStore {
    let left = times;
    return {
      ...bucket,
      get: async (key, options) => {
        if (left > 0) {
          await bucket.put(key, version(String(left)), { contentType: 'audio/mpeg' });
          left -= 1;
        }
        return bucket.get(key, options);
      },
    };
  }

  test('comes whole and of one version, under the tag of that version', async () => {
    const bucket = openBucket();
    await bucket.put(KEY, version('a'), { contentType: 'audio/mpeg' });
    const server = await serve(replacing(bucket, 1));
    const { status, headers, body } = await server.ask('GET', PATH, { range: 'bytes=10-' });
    expect(status).toBe(206);
    expect(body.equals(version('1').subarray(10))).toBe(true);
    expect(headers['etag']).toBe(`"${(await bucket.head(KEY))?.etag}"`);
  });

  test('a part of the version held is not followed by a part of another', async () => {
    const bucket = openBucket();
    const etag = await bucket.put(KEY, version('a'), { contentType: 'audio/mpeg' });
    const server = await serve(replacing(bucket, 1));
    const { status, body } = await server.ask('GET', PATH, { range: 'bytes=10-', 'if-range': `"${etag}"` });
    expect(status).toBe(200);
    expect(body.equals(version('1'))).toBe(true);
  });

  test('one that is replaced again and again answers 503 and when to come back', async () => {
    const bucket = openBucket();
    await bucket.put(KEY, version('a'), { contentType: 'audio/mpeg' });
    const { status, headers } = await (await serve(replacing(bucket, 9))).ask('GET', PATH);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
  });

  test('one that was removed is gone, not broken', async () => {
    const bucket = openBucket();
    await bucket.put(KEY, version('a'), { contentType: 'audio/mpeg' });
    const removing: ObjectStore = {
      ...bucket,
      get: async (key, options) => {
        await bucket.delete(key);
        return bucket.get(key, options);
      },
    };
    expect((await (await serve(removing)).ask('GET', PATH)).status).toBe(404);
  });
});

test('a store that cannot be reached is 503, not 404', async () => {
  const away: ObjectStore = {
    ...openBucket(),
    head: async () => {
      throw new PassingFailure('store-unreachable', 'away');
    },
  };
  const { status, headers, body } = await (await serve(away)).ask('GET', PATH);
  expect([status, headers['retry-after']]).toEqual([503, '5']);
  expect(JSON.parse(body.toString())).toMatchObject({ code: 'store-unreachable' });
});

/** As much of the file as `bytes` says, then an end or an error. */
function cutBodies(bucket: ObjectStore, bytes: number, error?: Error): ObjectStore {
  return withBodies(bucket, (body) => {
    async function* cut() {
      yield Buffer.alloc(bytes, 'x');
      body.destroy();
      if (error) throw error;
    }
    return Readable.from(cut());
  });
}

describe('a file whose store', () => {
  const BROKEN = /aborted|socket hang up|ECONNRESET/;

  test.each([
    ['breaks midway', MIB / 2, new Error('the store broke')],
    // An error's words after the bytes would make the answer exactly as long as it should be.
    ['breaks just before the end', MIB - 10, new Error('the store broke')],
    ['ends too early', MIB / 2, undefined],
    ['ends one byte too early', MIB - 1, undefined],
  ])('%s ends in a broken connection, not as if it were whole', async (_case, bytes, error) => {
    const bucket = openBucket();
    await bucket.put(KEY, Buffer.alloc(MIB, 'x'), { contentType: 'audio/mpeg' });
    const warnings: unknown[] = [];
    const server = await serve(cutBodies(bucket, bytes, error), {
      log: { warn: (fields) => void warnings.push(fields) },
    });
    await expect(server.ask('GET', PATH)).rejects.toThrow(BROKEN);
    await expect(server.ask('GET', PATH, { range: `bytes=0-${MIB - 1}` })).rejects.toThrow(BROKEN);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatchObject({ key: KEY, reason: error?.message ?? expect.stringMatching(/too few/) });
    const { text } = await rawRequest(
      server.port,
      (socket) => socket.write(requestHead('GET', PATH, {})),
      () => false,
    );
    expect(text).toContain('\r\n\r\nxxxx');
    expect(text).toMatch(/x$/);
    expect((await server.ask('HEAD', PATH)).status).toBe(200);
  });

  test('breaks before a feed is compressed is an error in so many words, not half a feed', async () => {
    const bucket = openBucket();
    await bucket.put(`public${FEED_PATH}`, Buffer.alloc(MIB, 'x'), { contentType: 'application/rss+xml' });
    const broken = new PassingFailure('store-unreachable', 'the store broke');
    const server = await serve(cutBodies(bucket, MIB / 2, broken));
    const { status, headers, body } = await server.ask('GET', FEED_PATH, { 'accept-encoding': 'gzip' });
    expect([status, headers['retry-after'], headers['content-encoding']]).toEqual([503, '5', undefined]);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'store-unreachable' });
  });

  test('gives more than it said is cut where it should end, and the next answer on the connection is right', async () => {
    const bucket = openBucket();
    await bucket.put(KEY, Buffer.alloc(1000, 'x'), { contentType: 'audio/mpeg' });
    let source: Readable | undefined;
    const growing = withBodies(bucket, (body) => {
      source = Readable.from([Buffer.alloc(600, 'x'), Buffer.alloc(600, 'y'), Buffer.alloc(600, 'z')]);
      return source.on('close', () => body.destroy());
    });
    const server = await serve(growing);
    const requests = requestHead('GET', PATH, {}) + requestHead('HEAD', PATH, { connection: 'close' });
    const { text } = await rawRequest(
      server.port,
      (socket) => socket.write(requests),
      () => false,
    );
    expect(text.split('HTTP/1.1 200 OK')).toHaveLength(3);
    expect(text).toContain(`\r\n\r\n${'x'.repeat(600)}${'y'.repeat(400)}HTTP/1.1 200 OK`);
    await eventually('the object is closed', () => source?.destroyed === true);
  });
});

describe('a client', () => {
  async function startReading(
    headers: Record<string, string>,
    options: Partial<PublicFilesOptions> = {},
  ): Promise<{ response: IncomingMessage; source: Readable; readBytes: () => number }> {
    const bucket = openBucket();
    await bucket.put(KEY, Buffer.alloc(64 * MIB, 'x'), { contentType: 'audio/mpeg' });
    let source: Readable | undefined;
    let readBytes = 0;
    const watched = withBodies(bucket, (body) => {
      source = body;
      const counter = new PassThrough();
      body.on('data', (chunk: Buffer) => {
        readBytes += chunk.length;
      });
      body.pause();
      body.pipe(counter);
      counter.on('close', () => body.destroy());
      return counter;
    });
    const server = await serve(watched, options);
    const request = get(`${server.url}${PATH}`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    await once(response, 'readable');
    if (!source) throw new Error('The store was not asked.');
    return { response, source, readBytes: () => readBytes };
  }

  test.each([{}, { range: 'bytes=5-' }])('that goes away closes the object in the store (%o)', async (headers) => {
    const { response, source } = await startReading(headers);
    expect(source.destroyed).toBe(false);
    response.destroy();
    await eventually('the object is closed', async () => source.destroyed);
  });

  test('that stops reading stops the store, so memory stays what it was', async () => {
    const { response, readBytes } = await startReading({});
    let before = -1;
    let restingLooks = 0;
    await eventually('nothing more is read', () => {
      restingLooks = readBytes() === before ? restingLooks + 1 : 0;
      before = readBytes();
      return restingLooks === 20;
    });
    expect(readBytes()).toBeLessThan(32 * MIB);
    response.destroy();
  });

  test('that takes nothing any more is let go in the end, and so is the object', async () => {
    const { response, source } = await startReading({}, { stallTimeoutMs: 200 });
    await eventually('the object is closed', () => source.destroyed);
    response.resume();
    await expect(once(response, 'end')).rejects.toThrow(/aborted/);
  });

  test('that is slow but goes on taking gets all of it, however long it takes', async () => {
    const { response } = await startReading({}, { stallTimeoutMs: 500 });
    let receivedBytes = 0;
    let pauses = 0;
    for await (const chunk of response) {
      receivedBytes += (chunk as Buffer).length;
      if (receivedBytes < (pauses + 1) * 8 * MIB) continue;
      pauses += 1;
      await sleep(100);
    }
    expect(receivedBytes).toBe(64 * MIB);
  });
});
