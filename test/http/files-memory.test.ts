/** What delivery costs in memory and in connections to the store: nothing that grows with what is sent, or how slowly. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { cleanEnvironment } from '../support/aftershow.ts';
import { absenceFails, available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const MIB = 1024 * 1024;
const PATH = '/shows/late-table/long.mp3';
const FEED_PATH = '/shows/late-table/feed.xml';
/** What garbage may lie about before it is collected, whatever is sent. */
const SLACK_MIB = 96;

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

interface Server {
  readonly port: number;
  /** The most it ever held (`VmHWM`). */
  mostMib(): number;
}

async function serveFrom(storageUrl: string, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const script = join(import.meta.dirname, 'file-server.child.ts');
  const child: ChildProcess = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, storageUrl], {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endings.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  if (!child.stdout) throw new Error('The server has no output.');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const mostMib = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  };
  return { port: Number(line.toString()), mostMib };
}

async function ask(server: Server, path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = get({ host: '127.0.0.1', port: server.port, path, headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** How many bytes came. */
async function download(server: Server, path: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await ask(server, path, headers);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(response, 'end');
  return bytes;
}

/** Takes the first bytes and then nothing more. */
async function stall(server: Server, path: string): Promise<void> {
  const response = await ask(server, path);
  response.on('error', () => {});
  await once(response, 'readable');
  endings.push(() => response.destroy());
}

/** A folder with a file of this length that takes no room on the disk. */
function sparseFolder(lengthMib: number): string {
  const folder = makeTempFolder('files-memory');
  endings.push(() => removeFolder(folder));
  mkdirSync(join(folder, 'public/shows/late-table'), { recursive: true });
  writeFileSync(join(folder, `public${PATH}`), '');
  truncateSync(join(folder, `public${PATH}`), lengthMib * MIB);
  writeFileSync(join(folder, `public${FEED_PATH}`), '<rss/>');
  return `file://${folder}`;
}

async function s3Bucket(lengthMib: number) {
  const s3 = await startS3();
  if (!s3) throw new Error('No S3 server is installed, and CI is set.');
  Object.assign(process.env, s3.env);
  const url = s3.storageUrl(await s3.createBucket());
  const folder = makeTempFolder('files-memory');
  endings.push(() => removeFolder(folder));
  const file = join(folder, 'long.mp3');
  writeFileSync(file, '');
  truncateSync(file, lengthMib * MIB);
  const store = openStore(url);
  await store.put(`public${PATH}`, { file }, { contentType: 'audio/mpeg' });
  await store.put(`public${FEED_PATH}`, '<rss/>', { contentType: 'application/rss+xml' });
  await store.close();
  return { url, env: s3.env };
}

describe('From a folder', () => {
  test('memory stays flat while 2 GiB are served, to four at once', async () => {
    const server = await serveFrom(sparseFolder(2048));
    const quarter = (part: number, lengthMib: number) => ({
      range: `bytes=${part * 512 * MIB}-${(part * 512 + lengthMib) * MIB - 1}`,
    });
    const serve = (lengthMib: number) =>
      Promise.all([0, 1, 2, 3].map((part) => download(server, PATH, quarter(part, lengthMib))));
    await serve(8);
    const before = server.mostMib();
    expect(await serve(512)).toEqual(Array(4).fill(512 * MIB));
    expect(server.mostMib() - before).toBeLessThan(SLACK_MIB);
  }, 60_000);

  test('a hundred clients that stopped reading hold little, and others are served', async () => {
    const server = await serveFrom(sparseFolder(64));
    expect(await download(server, PATH)).toBe(64 * MIB);
    const before = server.mostMib();
    await Promise.all(Array.from({ length: 100 }, () => stall(server, PATH)));
    expect(await download(server, FEED_PATH)).toBe(6);
    expect(await download(server, PATH)).toBe(64 * MIB);
    expect(server.mostMib() - before).toBeLessThan(SLACK_MIB);
  }, 60_000);
});

describe.skipIf(!available.s3 && !absenceFails)('From a real S3 server', () => {
  test('memory stays flat while 512 MiB are served, and slow listeners do not keep others from the store', async () => {
    const { url, env } = await s3Bucket(64);
    const server = await serveFrom(url, env);
    expect(await download(server, PATH)).toBe(64 * MIB);
    const before = server.mostMib();
    for (let round = 0; round < 2; round += 1) {
      const rounds = await Promise.all(Array.from({ length: 4 }, () => download(server, PATH)));
      expect(rounds).toEqual(Array(4).fill(64 * MIB));
    }
    // More than the fifty connections that the SDK allows itself.
    await Promise.all(Array.from({ length: 60 }, () => stall(server, PATH)));
    expect(await download(server, FEED_PATH)).toBe(6);
    expect(server.mostMib() - before).toBeLessThan(SLACK_MIB);
  }, 120_000);
});
