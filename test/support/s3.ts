/** One real S3 server (Ceph's radosgw) for all suites of a test run, started by the first that asks: it takes 12 s. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { freePort } from './free-port.ts';
import { available } from './programs.ts';
import { makeTempFolder, removeFoldersOfDeadRuns } from './temp-folder.ts';

const SCRIPT = join(import.meta.dirname, 's3-server.sh');
const START_TIMEOUT_MS = 80_000;
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
const REGION = 'us-east-1';

/** How the processes of one run find each other; set by the global setup. */
export const SHARED_FOLDER_VARIABLE = 'AFTERSHOW_TEST_SHARED_FOLDER';
export const SHARED_OWNER_VARIABLE = 'AFTERSHOW_TEST_SHARED_OWNER';

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: typeof CREDENTIALS;
  /** What a process needs in its environment, besides the URL. */
  readonly env: Readonly<Record<string, string>>;
  /** A new bucket; its name. */
  createBucket(): Promise<string>;
  /** s3://bucket/prefix?endpoint=… */
  storageUrl(bucket: string, prefix?: string): string;
}

const serverFolder = (shared: string) => join(shared, 'ceph');

async function start(shared: string, owner: number): Promise<void> {
  const port = await freePort();
  const folder = serverFolder(shared);
  // First the guard: it ends the server whatever ends the run.
  spawn(SCRIPT, ['guard', String(owner), folder], { detached: true, stdio: 'ignore' }).unref();
  await promisify(execFile)(SCRIPT, ['start', folder, String(port), String(await freePort())], {
    timeout: START_TIMEOUT_MS,
  });
  const draft = join(shared, `s3-endpoint.${process.pid}`);
  writeFileSync(draft, `http://127.0.0.1:${port}`);
  renameSync(draft, join(shared, 's3-endpoint'));
}

/** Starts it, or waits for the process of this run that is starting it. */
async function sharedEndpoint(shared: string, owner: number): Promise<string> {
  const ready = join(shared, 's3-endpoint');
  const failed = join(shared, 's3-failed');
  try {
    mkdirSync(join(shared, 's3-starting'));
  } catch {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!existsSync(ready)) {
      if (existsSync(failed)) throw new Error(`the S3 server did not start: ${readFileSync(failed, 'utf8')}`);
      if (performance.now() > deadline) throw new Error('another suite did not get the S3 server started');
      await sleep(100);
    }
    return readFileSync(ready, 'utf8');
  }
  try {
    await start(shared, owner);
  } catch (error) {
    writeFileSync(failed, String(error));
    throw error;
  }
  return readFileSync(ready, 'utf8');
}

let ownShared: string | undefined;

/** Undefined when no radosgw is installed. It ends with the test run. */
export async function startS3(): Promise<S3Server | undefined> {
  if (!available.s3) return undefined;
  let shared = process.env[SHARED_FOLDER_VARIABLE];
  if (shared === undefined) {
    // Outside of a vitest run: one for this process.
    removeFoldersOfDeadRuns();
    ownShared ??= makeTempFolder('shared');
    shared = ownShared;
  }
  const owner = Number(process.env[SHARED_OWNER_VARIABLE] ?? process.pid);
  const endpoint = await sharedEndpoint(shared, owner);
  const query = new URLSearchParams({ endpoint, region: REGION, forcePathStyle: 'true' });
  return {
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    env: { AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey },
    createBucket: async () => {
      const bucket = `test-${randomUUID()}`;
      const client = makeS3Client({ bucket, endpoint, region: REGION, credentials: CREDENTIALS });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      client.destroy();
      return bucket;
    },
    storageUrl: (bucket, prefix = '') => `s3://${bucket}/${prefix}?${query}`,
  };
}

/** Ends what startS3 started in this run, if anything. */
export async function stopSharedS3(shared: string): Promise<void> {
  if (existsSync(serverFolder(shared))) await promisify(execFile)(SCRIPT, ['stop', serverFolder(shared)]);
}
