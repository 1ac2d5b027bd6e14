/** The S3 store on a real radosgw: the contract of every store, and what only a network can do to one. */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { openS3Store } from '../../src/adapters/s3/s3-store.ts';
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../../src/domain/failure.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { available } from '../support/programs.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { increment, objectStoreContract, readText } from './object-store.contract.ts';

const PLAIN = { contentType: 'text/plain' };
async function bodyOf(store: ObjectStore, key: string, signal?: AbortSignal) {
  const got = await store.get(key, signal && { signal });
  if (got === undefined) throw new Error(`${key} is absent`);
  return got.body;
}

const FAKE = { accessKeyId: 'test', secretAccessKey: 'testsecret' };

describe.skipIf(!available.s3)('the S3 store', () => {
  let server: S3Server;
  let bucket: string;
  let folder: string;
  beforeAll(async () => {
    const started = await startS3();
    if (started === undefined) throw new Error('no S3 server');
    server = started;
    bucket = await server.createBucket();
    folder = makeTempFolder('s3');
  });
  afterAll(() => removeFolder(folder));

  const open = (options: Partial<Parameters<typeof openS3Store>[0]> = {}) =>
    openS3Store({
      bucket,
      prefix: randomUUID(),
      endpoint: server.endpoint,
      region: server.region,
      credentials: server.credentials,
      ...options,
    });

  objectStoreContract(open);

  test('keeps the keys of two prefixes apart, and takes a prefix with or without slashes', async () => {
    const name = randomUUID();
    const one = open({ prefix: `/${name}/` });
    const same = open({ prefix: name });
    const other = open({ prefix: `${name}x` });
    await one.put('a', 'x', PLAIN);
    expect(await readText(same, 'a')).toBe('x');
    expect((await same.list('')).objects.map(({ key }) => key)).toEqual(['a']);
    expect(await other.list('')).toEqual({ objects: [] });
  });

  test('finds out by itself how If-Match is to be sent when nobody has probed', async () => {
    const store = open();
    const etag = await store.put('a', '1', PLAIN);
    expect(await store.put('a', '2', { ...PLAIN, condition: { etag } })).not.toBe(etag);
  });

  test('says that a bucket is missing, and names it', async () => {
    const store = open({ bucket: 'no-such-bucket' });
    await expect(store.probe()).rejects.toThrow(/s3:\/\/no-such-bucket.*bucket does not exist: create it/);
    await expect(store.put('a', 'x', PLAIN)).rejects.toThrow(/does not exist/);
    await expect(store.list('')).rejects.toThrow(/does not exist/);
  });

  test('says what is wrong with refused keys without telling them', async () => {
    const secretAccessKey = 'a-secret-nobody-may-read';
    const store = open({ credentials: { accessKeyId: 'test', secretAccessKey } });
    const failure: Error = await store.put('a', 'x', PLAIN).then(
      () => new Error('it was let in'),
      (error) => error,
    );
    expect(failure.message).toMatch(/check AWS_SECRET_ACCESS_KEY/);
    expect(failure.cause).toBeUndefined();
    expect(JSON.stringify(failure) + failure.stack + store.description).not.toMatch(/a-secret|Signature=/);
  });

  describe('behind a network that fails', () => {
    let proxy: FaultyProxy;
    beforeAll(async () => {
      proxy = await startFaultyProxy(server.endpoint);
    });
    afterEach(() => {
      proxy.fault = () => 'none';
    });
    afterAll(() => proxy.close());

    /** Misbehaves at the nth request of this kind only. */
    const once = (method: string, fault: ReturnType<FaultyProxy['fault']>, isMeant = (_url: string) => true) => {
      let done = false;
      proxy.fault = (request) => {
        if (done || request.method !== method || !isMeant(request.url ?? '')) return 'none';
        done = true;
        return fault;
      };
    };

    test('counts a write once whose answer was lost after it was done', async () => {
      const store = open({ endpoint: proxy.endpoint });
      await store.put('counter', '0', PLAIN);
      await store.probe();
      for (let n = 0; n < 10; n += 1) {
        once('PUT', 'drop-answer');
        await increment(store, 'counter');
      }
      expect(await readText(store, 'counter')).toBe('10');
    });

    test('knows its own creation again whose answer was lost', async () => {
      const store = open({ endpoint: proxy.endpoint });
      once('PUT', 'drop-answer');
      const etag = await store.put('created', 'mine', { ...PLAIN, condition: { absent: true } });
      expect((await store.head('created'))?.etag).toBe(etag);
    });

    test("does not take another's equal write for its own", async () => {
      const store = open({ endpoint: proxy.endpoint });
      const condition = { absent: true } as const;
      await store.put('equal', 'same bytes', { ...PLAIN, condition });
      once('PUT', 503);
      await expect(store.put('equal', 'same bytes', { ...PLAIN, condition })).rejects.toThrow(PreconditionFailed);
    });

    test('knows its own big creation again whose answer was lost', async () => {
      const file = join(folder, 'big-created');
      writeFileSync(file, randomBytes(9 * 1024 * 1024));
      const store = open({ endpoint: proxy.endpoint });
      once('PUT', 'drop-answer');
      await store.put('big', { file }, { ...PLAIN, condition: { absent: true } });
      expect(await store.head('big')).toMatchObject({ lengthBytes: 9 * 1024 * 1024 });
    });

    test('tries again after 503, a bounded number of times', async () => {
      const store = open({ endpoint: proxy.endpoint, maxAttempts: 3 });
      once('GET', 503);
      expect(await store.get('none')).toBeUndefined();
      proxy.fault = () => 503;
      const before = proxy.requests();
      const failure = await store.head('none').catch((error) => error);
      expect(failure).toBeInstanceOf(PassingFailure);
      expect(failure).toMatchObject({ code: 'store-unreachable' });
      expect(proxy.requests() - before).toBe(3);
    });

    test.each(['stall-body', 'cut-body'] as const)('a body with a fault (%s) fails as passing', async (fault) => {
      const store = open({ endpoint: proxy.endpoint, idleTimeoutMs: 500 });
      await store.put('body', 'x'.repeat(100_000), PLAIN);
      once('GET', fault);
      const failure = await buffer(await bodyOf(store, 'body')).catch((error) => error);
      expect(failure).toBeInstanceOf(PassingFailure);
      expect(failure.message).toMatch(/"body" in bucket/);
    });

    test('an abort ends a body that stalls', async () => {
      const store = open({ endpoint: proxy.endpoint });
      await store.put('body', 'x'.repeat(100_000), PLAIN);
      once('GET', 'stall-body');
      const abort = new AbortController();
      const reading = buffer(await bodyOf(store, 'body', abort.signal));
      setTimeout(() => abort.abort(new Error('enough')), 50);
      await expect(reading).rejects.toThrow('enough');
    });

    test.each(['a part fails', 'it is aborted'])('an upload in parts leaves none behind when %s', async (how) => {
      const file = join(folder, 'big-failing');
      writeFileSync(file, randomBytes(20 * 1024 * 1024));
      const prefix = randomUUID();
      const store = open({ endpoint: proxy.endpoint, maxAttempts: 1, prefix });
      const abort = new AbortController();
      proxy.fault = (request) => {
        if (!request.url?.includes('partNumber=2')) return 'none';
        if (how === 'a part fails') return 500;
        abort.abort(new Error('taken away'));
        return 'none';
      };
      const failure = await store.put('big', { file }, { ...PLAIN, signal: abort.signal }).catch((error) => error);
      if (how === 'a part fails') expect(failure).toBeInstanceOf(PassingFailure);
      else expect(failure.message).toBe('taken away');
      const client = makeS3Client({ bucket, endpoint: server.endpoint, credentials: server.credentials });
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      client.destroy();
      expect(Uploads.filter(({ Key }) => Key?.startsWith(prefix))).toEqual([]);
      expect(await store.head('big')).toBeUndefined();
    });
  });
});

test('an endpoint where nobody listens is a passing failure', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const store = openS3Store({ bucket: 'bucket', endpoint, credentials: FAKE });
  for (const call of [() => store.head('a'), () => store.put('a', 'x', PLAIN), () => store.list('')]) {
    const failure = await call().catch((error) => error);
    expect(failure).toBeInstanceOf(PassingFailure);
    expect(failure).toMatchObject({ code: 'store-unreachable' });
    expect(failure.message).toMatch(/ECONNREFUSED/);
  }
});

test('an endpoint that accepts and never answers is a passing failure', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const store = openS3Store({ bucket: 'bucket', endpoint, credentials: FAKE, idleTimeoutMs: 300, maxAttempts: 2 });
  await expect(store.head('a')).rejects.toThrow(PassingFailure);
  silent.closeAllConnections();
  silent.close();
});

describe('a store without safe conditions', () => {
  /** A fake, since no real store at hand is so careless: objects in memory, conditions ignored as told. */
  function startCarelessServer(ignores: 'if-none-match' | 'if-match' | 'types'): Promise<Server> {
    const objects = new Map<string, string>();
    let version = 0;
    const careless = createServer(async (incoming, outgoing) => {
      const key = (incoming.url ?? '').split('?')[0] ?? '';
      const { 'if-none-match': absent, 'if-match': etag } = incoming.headers;
      await text(incoming);
      const current = objects.get(key);
      const refused =
        (absent !== undefined && ignores !== 'if-none-match' && current !== undefined) ||
        (etag !== undefined && ignores !== 'if-match' && current !== etag);
      if (refused) outgoing.statusCode = 412;
      else if (incoming.method === 'PUT') {
        version += 1;
        objects.set(key, `"v${version}"`);
        outgoing.setHeader('ETag', `"v${version}"`);
      } else if (incoming.method === 'DELETE') {
        objects.delete(key);
        outgoing.statusCode = 204;
      }
      outgoing.end();
    });
    return new Promise((resolve) => careless.listen(0, '127.0.0.1', () => resolve(careless)));
  }

  test.each(['if-none-match', 'if-match'] as const)('that ignores %s is refused with advice', async (ignores) => {
    const careless = await startCarelessServer(ignores);
    const endpoint = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`;
    const store = openS3Store({ bucket: 'bucket', endpoint, credentials: FAKE });
    try {
      const failure = await store.probe().catch((error) => error);
      expect(failure).toBeInstanceOf(PermanentFailure);
      expect(failure).toMatchObject({ code: 'store-unsafe' });
      expect(failure.message).toMatch(new RegExp(`${ignores}.*ignored.*Use a store with conditional writes`, 'i'));
      // Without a probe it is found out at the first replacement.
      const etag = await store.put('a', 'x', PLAIN);
      await expect(store.put('a', 'y', { ...PLAIN, condition: { etag } })).rejects.toThrow(PermanentFailure);
    } finally {
      await store.close();
      careless.closeAllConnections();
      careless.close();
    }
  });

  test('that forgets what a file is, is refused', async () => {
    const careless = await startCarelessServer('types');
    const endpoint = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`;
    const store = openS3Store({ bucket: 'bucket', endpoint, credentials: FAKE });
    try {
      const failure = await store.probe().catch((error) => error);
      expect(failure).toMatchObject({ code: 'store-unsafe' });
      expect(failure.message).toMatch(/tells ".*" as the type of what was stored as "text\/plain"/);
    } finally {
      await store.close();
      careless.closeAllConnections();
      careless.close();
    }
  });
});
