/** What is told of every answer that gave something of a public file: for counting downloads. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { sha256 } from '../../src/domain/ids.ts';
import type { PublicFilesOptions } from '../../src/http/files.ts';
import type { ServedFile } from '../../src/http/served-file.ts';
import { eventually } from '../support/eventually.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { type FileServer, serveFiles } from './file-server.ts';

const PATH = `/shows/late-table/episodes/ep-1/${sha256('x')}.mp3`;
const KEY = `public${PATH}`;
const FEED_PATH = '/shows/late-table/feed.xml';
const LENGTH_BYTES = 16 * 1024 * 1024;

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function serve(
  options: Partial<PublicFilesOptions> = {},
): Promise<{ readonly server: FileServer; readonly served: ServedFile[]; next(): Promise<ServedFile> }> {
  const folder = makeTempFolder('files-served');
  const bucket = openFolderStore(folder);
  const served: ServedFile[] = [];
  await bucket.put(KEY, Buffer.alloc(LENGTH_BYTES, 'x'), { contentType: 'audio/mpeg' });
  await bucket.put(`public${FEED_PATH}`, 'a feed '.repeat(10_000), { contentType: 'application/rss+xml' });
  const server = await serveFiles({ bucket, onServed: (file) => served.push(file), ...options });
  endings.push(
    () => removeFolder(folder),
    () => bucket.close(),
    () => server.close(),
  );
  let told = 0;
  const next = async () => {
    await eventually('an answer is told of', () => served.length > told);
    const file = served[told];
    told += 1;
    if (!file) throw new Error('Nothing was told.');
    return file;
  };
  return { server, served, next };
}

test('a whole file is told once it has ended: what was sent, to whom', async () => {
  const { server, served, next } = await serve();
  await server.ask('GET', `${PATH}?from=app`, { 'user-agent': 'Overcast/3.0' });
  expect(await next()).toEqual({
    path: PATH,
    key: KEY,
    method: 'GET',
    status: 200,
    fromByte: 0,
    sentBytes: LENGTH_BYTES,
    lengthBytes: LENGTH_BYTES,
    userAgent: 'Overcast/3.0',
    address: '127.0.0.1',
  });
  expect(served).toHaveLength(1);
});

test('a part is told with where it began and how much of it was sent', async () => {
  const { server, next } = await serve();
  await server.ask('GET', PATH, { range: 'bytes=1000000-2999999' });
  expect(await next()).toMatchObject({ status: 206, fromByte: 1_000_000, sentBytes: 2_000_000, userAgent: '' });
  await server.ask('GET', PATH, { range: 'bytes=-2' });
  expect(await next()).toMatchObject({ status: 206, fromByte: LENGTH_BYTES - 2, sentBytes: 2 });
});

test('a HEAD is told as one, with nothing sent', async () => {
  const { server, next } = await serve();
  await server.ask('HEAD', PATH, { range: 'bytes=5-9' });
  expect(await next()).toMatchObject({ method: 'HEAD', sentBytes: 0, lengthBytes: LENGTH_BYTES });
});

test('a compressed feed is told with the bytes that went over the wire and the length of the file', async () => {
  const { server, next } = await serve();
  const { body } = await server.ask('GET', FEED_PATH, { 'accept-encoding': 'gzip' });
  expect(await next()).toMatchObject({ status: 200, sentBytes: body.length, lengthBytes: 70_000 });
});

test('nothing is told of what gave nothing: 304, 404, 405, 412, 416', async () => {
  const { server, served, next } = await serve();
  await server.ask('GET', PATH, { 'if-none-match': '*' });
  await server.ask('GET', '/shows/late-table/nothing.mp3');
  await server.ask('POST', PATH);
  await server.ask('GET', PATH, { 'if-match': '"another"' });
  await server.ask('GET', PATH, { range: 'bytes=999999999-' });
  await server.ask('GET', PATH, { range: 'bytes=0-0' });
  expect(await next()).toMatchObject({ sentBytes: 1 });
  expect(served).toHaveLength(1);
});

test('a client that goes away midway is told with no more than what left for it', async () => {
  const { server, served, next } = await serve();
  const request = get(`${server.url}${PATH}`, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  let receivedBytes = 0;
  for await (const chunk of response) {
    receivedBytes += (chunk as Buffer).length;
    if (receivedBytes > 1_000_000) break;
  }
  const { sentBytes, status } = await next();
  expect(status).toBe(200);
  expect(sentBytes).toBeGreaterThanOrEqual(1_000_000 - 65_536);
  expect(sentBytes).toBeLessThan(LENGTH_BYTES);
  expect(served).toHaveLength(1);
});

test('behind a trusted proxy the address is the client’s, and a listener that throws breaks nothing', async () => {
  const seen: (string | undefined)[] = [];
  const { server } = await serve({
    trustedProxies: 1,
    onServed: ({ address }) => {
      seen.push(address);
      throw new Error('the counter is broken');
    },
  });
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 192.0.2.7', range: 'bytes=0-9' };
  for (let asked = 1; asked <= 2; asked += 1) {
    expect((await server.ask('GET', PATH, forwarded)).body).toHaveLength(10);
    await eventually('it is told', () => seen.length === asked);
  }
  expect(seen).toEqual(['192.0.2.7', '192.0.2.7']);
});
