import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutBucketAclCommand, PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { anonymousUrl, reachOfStrangers } from '../../src/adapters/s3/s3-anonymous.ts';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { parseStorageUrl, type S3Location } from '../../src/storage/storage-url.ts';
import { available } from '../support/programs.ts';
import { type S3Server, startS3 } from '../support/s3.ts';

const FOLDERS = ['intake', 'private', 'public'];

function s3Location(url: string): S3Location {
  const location = parseStorageUrl(url);
  if (location.kind !== 's3') throw new Error(`${url} is no bucket`);
  return location;
}

describe('Where a stranger looks for an object', () => {
  it.each([
    ['s3://podcasts?region=eu-west-1', 'https://podcasts.s3.eu-west-1.amazonaws.com/intake/a'],
    ['s3://podcasts/late', 'https://podcasts.s3.amazonaws.com/late/intake/a'],
    ['s3://pod.casts?region=cn-north-1', 'https://s3.cn-north-1.amazonaws.com.cn/pod.casts/intake/a'],
    ['s3://podcasts/a b?endpoint=http://127.0.0.1:9000', 'http://127.0.0.1:9000/podcasts/a%20b/intake/a'],
    ['s3://podcasts?endpoint=https://s3.example.org/&forcePathStyle=false', 'https://podcasts.s3.example.org/intake/a'],
    ['s3://podcasts?endpoint=https://example.org/s3', 'https://example.org/s3/podcasts/intake/a'],
  ])('of %s is %s', (url, address) => {
    expect(anonymousUrl(s3Location(url), 'intake/a')).toBe(address);
  });
});

describe('A bucket that does not answer', () => {
  it('is an error that names it, not a bucket closed to strangers; and nothing stays in the store', async () => {
    const kept = new Set<string>();
    const store = {
      put: async (key: string) => {
        kept.add(key);
        return 'etag';
      },
      delete: async (key: string) => {
        kept.delete(key);
      },
    };
    const server = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const location = s3Location(`s3://bucket?endpoint=http://127.0.0.1:${port}`);
    await expect(reachOfStrangers(location, store, FOLDERS)).rejects.toThrow(`127.0.0.1:${port} could not be asked`);
    await expect.poll(() => kept.size).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe.skipIf(!available.s3)('On a real S3 server, what a stranger can read', () => {
  let s3: S3Server;
  let bucket: string;
  let client: S3Client;
  let url: string;

  const reach = async () => {
    const store = openStore(url);
    try {
      return await reachOfStrangers(s3Location(url), store, FOLDERS);
    } finally {
      await store.close();
    }
  };
  const allow = (paths: readonly string[]) =>
    client.send(
      new PutBucketPolicyCommand({
        Bucket: bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: '*',
              Action: ['s3:GetObject'],
              Resource: paths.map((path) => `arn:aws:s3:::${bucket}/${path}`),
            },
          ],
        }),
      }),
    );

  beforeAll(async () => {
    const started = await startS3();
    if (!started) throw new Error('radosgw went away');
    s3 = started;
    Object.assign(process.env, s3.env);
    bucket = await s3.createBucket();
    url = s3.storageUrl(bucket, 'a prefix');
    client = makeS3Client({ bucket, endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials });
  }, 100_000);
  afterAll(() => client?.destroy());

  it('is nothing while no policy says otherwise, and the look leaves nothing behind', async () => {
    expect(await reach()).toEqual({ readable: [], listable: [] });
    const store = openStore(url);
    expect((await store.list('')).objects).toEqual([]);
    await store.close();
  });

  it('is public/ alone under a policy that opens that', async () => {
    await allow(['a prefix/public/*']);
    expect(await reach()).toEqual({ readable: ['public'], listable: [] });
  });

  it('is everything under a policy that opens the bucket', async () => {
    await allow(['*']);
    expect(await reach()).toEqual({ readable: FOLDERS, listable: [] });
  });

  it('is every name where the bucket may be listed', async () => {
    await client.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }));
    expect((await reach()).listable).toEqual(FOLDERS);
  });
});
