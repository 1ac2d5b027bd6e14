import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { nodeFinding } from '../../src/cli/doctor-machine.ts';
import { runAftershow } from '../support/aftershow.ts';
import { available } from '../support/programs.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('doctor');
const embedded = { AFTERSHOW_DATA_DIR: join(folder, 'data') };
afterAll(() => removeFolder(folder));

const Diagnosis = z.strictObject({
  ok: z.boolean(),
  findings: z.array(z.strictObject({ what: z.string(), state: z.enum(['ok', 'note', 'problem']), detail: z.string() })),
});

/** With --json, so that what it says can be asked for by name. */
async function diagnose(settings: Record<string, string>) {
  const { status, stdout, stderr } = await runAftershow(['doctor', '--json'], { ...embedded, ...settings });
  const { ok, findings } = Diagnosis.parse(JSON.parse(stdout));
  const find = (what: string) => findings.find((finding) => finding.what === what);
  const problems = findings.filter(({ state }) => state === 'problem');
  return { status, ok, problems, find, output: stdout + stderr };
}

describe('doctor', () => {
  it('shows a table for the embedded engine, with status 0', async () => {
    const { status, stdout, stderr } = await runAftershow(['doctor'], embedded);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^data folder +ok +\//m);
    expect(stdout).toMatch(/^objects +ok +folder .*honours conditional writes/m);
    expect(stdout).toMatch(/^queue +ok +embedded/m);
    expect(stdout).toMatch(/^ffmpeg +(ok|note) +\S+ at \//m);
    expect(stdout).toContain('No problem found.');
    expect(stderr).toBe('');
  });

  it('points at a misspelt setting, a public URL that only this machine can follow, and a taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { status, find } = await diagnose({ AFTERSHOW_STORAGE: 'file:///tmp', AFTERSHOW_PORT: String(port) });
    other.close();
    expect(status).toBe(0);
    expect(find('AFTERSHOW_STORAGE')).toMatchObject({ state: 'note' });
    expect(find('public links')).toMatchObject({ state: 'note' });
    expect(find('port')).toMatchObject({ state: 'note' });
  });

  it('finds everything that is out of reach in one go, with status 1 and no password', async () => {
    const { status, ok, problems, output } = await diagnose({
      AFTERSHOW_QUEUE_URL: 'redis://user:hush-hush@127.0.0.1:1',
      AFTERSHOW_STORAGE_URL: 's3://bucket?endpoint=http://127.0.0.1:1',
      AFTERSHOW_FFMPEG: '/nowhere/ffmpeg',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'hush-hush',
    });
    expect([status, ok]).toEqual([1, false]);
    expect(problems.map(({ what }) => what)).toEqual(['queue', 'objects', 'ffmpeg']);
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toContain('hush');
  });

  it.each([
    ['18.20.1', 'problem'],
    ['20.18.3', 'problem'],
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('takes Node %s for %s', (version, state) => {
    expect(nodeFinding(version).state).toBe(state);
  });
});

describe.skipIf(!available.redis)('doctor on a real Redis', () => {
  let redis: TestServer | undefined;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  });
  afterAll(() => redis?.stop());

  it('calls one that evicts a problem, and says which command mends it', async () => {
    const { status, problems } = await diagnose({ AFTERSHOW_QUEUE_URL: redis?.url ?? '' });
    expect(status).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ what: 'queue' });
    expect(problems[0]?.detail).toMatch(/CONFIG SET maxmemory-policy noeviction/);
  });
});

describe.skipIf(!available.s3)('doctor on a real S3 server', () => {
  let s3: S3Server;
  beforeAll(async () => {
    const started = await startS3();
    if (!started) throw new Error('radosgw went away');
    s3 = started;
  }, 100_000);

  const settingsFor = (bucket: string) => ({ ...s3.env, AFTERSHOW_STORAGE_URL: s3.storageUrl(bucket) });

  it('is content with a bucket of which strangers see nothing', async () => {
    const { status, find } = await diagnose(settingsFor(await s3.createBucket()));
    expect(status).toBe(0);
    expect(find('strangers')).toMatchObject({ state: 'ok' });
    expect(find('public files')?.detail).toContain('nobody can read public/');
  });

  it('calls it a problem when anybody can read intake/', async () => {
    const bucket = await s3.createBucket();
    const client = makeS3Client({ bucket, endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials });
    const everything = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucket}/*`,
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [everything] });
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    client.destroy();
    const { status, find } = await diagnose(settingsFor(bucket));
    expect(status).toBe(1);
    expect(find('strangers')).toMatchObject({ state: 'problem' });
    expect(find('strangers')?.detail).toMatch(/^anybody can read intake\/.*policy/);
    expect(find('public files')?.detail).toContain('anybody can read public/');
  });

  it('names the bucket that is not there', async () => {
    const { status, problems } = await diagnose(settingsFor('not-there'));
    expect(status).toBe(1);
    expect(problems.map(({ what }) => what)).toEqual(['objects']);
    expect(problems[0]?.detail).toMatch(/not-there.*bucket does not exist/);
  });
});
