/** What of a bucket a stranger can reach: what is public, by GET and HEAD, and nothing else however the path is written. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { type FileServer, serveFiles } from './file-server.ts';

const SECRET = 'nobody may read this';
const feed = Buffer.from('<?xml version="1.0"?><rss/>');
const feedPath = '/shows/late-table/feed.xml';
const folder = makeTempFolder('files-reach');
const bucket = openFolderStore(folder);
let server: FileServer;

beforeAll(async () => {
  await bucket.put(`public${feedPath}`, feed, { contentType: 'application/rss+xml' });
  const hidden = [
    'intake/x/000000.json',
    'private/shows/late-table/feed.xml',
    'renders/x/master.mp3',
    'shows/late-table/show.json',
    'public/other.xml',
  ];
  for (const key of hidden) await bucket.put(key, SECRET, { contentType: 'text/plain' });
  server = await serveFiles({ bucket, isGone: async (path) => path === '/shows/late-table/erased.mp3' });
});

afterAll(async () => {
  await server?.close();
  await bucket.close();
  removeFolder(folder);
});

describe('nothing else of the bucket is reachable', () => {
  test.each([
    '/intake/x/000000.json',
    '/private/shows/late-table/feed.xml',
    '/renders/x/master.mp3',
    '/shows/late-table/show.json',
    '/public/shows/late-table/feed.xml',
    '/other.xml',
    '/shows/../intake/x/000000.json',
    '/shows/../shows/late-table/feed.xml',
    '/shows/late-table/../late-table/feed.xml',
    '/shows/late-table/./feed.xml',
    '/shows/%2e%2e/intake/x/000000.json',
    '/shows/late-table/%2e%2e/%2e%2e/%2e%2e/intake/x/000000.json',
    '/shows/%2e%2e%2fintake%2fx%2f000000.json',
    '/shows/..%5c..%5cintake/x/000000.json',
    '/shows//late-table/feed.xml',
    '//shows/late-table/feed.xml',
    '/shows/late-table//feed.xml',
    '/shows/late-table/feed.xml/',
    '/shows/late-table/feed.xml%00',
    '/shows/late-table/%00',
    '/shows/late-table%2ffeed.xml',
    '/shows/late-table/feed.xml%20',
    '/shows/late-table/%E0%A4%A',
    '/shows/late-table',
    '/shows/',
  ])('%s → 404', async (path) => {
    const { status, body } = await server.ask('GET', path);
    expect(status).toBe(404);
    expect(body.toString()).not.toContain(SECRET);
  });

  test.each(['/shows/..\\..\\intake\\x\\000000.json', '/shows/late-table\\feed.xml'])(
    '%s is no path at all and gives nothing',
    async (path) => {
      const { status, body } = await server.ask('GET', path);
      expect([400, 404]).toContain(status);
      expect(body.length).toBeLessThan(300);
      expect(body.toString()).not.toMatch(/rss|nobody/);
    },
  );

  test('a path that was never there answers problem+json, one that was withdrawn 410', async () => {
    const missing = await server.ask('GET', '/shows/late-table/nothing.mp3');
    expect(missing.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(missing.body.toString())).toMatchObject({
      status: 404,
      code: 'not-found',
      title: 'Not Found',
    });
    expect((await server.ask('GET', '/shows/late-table/erased.mp3')).status).toBe(410);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])('%s → 405', async (method) => {
    const { status, headers } = await server.ask(method, feedPath);
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD, OPTIONS');
  });

  test('a path as a proxy asks for it, with scheme and host, is understood', async () => {
    expect((await server.ask('GET', `http://cast.example${feedPath}?x=/../y`)).body.equals(feed)).toBe(true);
    expect((await server.ask('GET', 'http://cast.example/shows/../intake/x/000000.json')).status).toBe(404);
  });

  test("a browser's preflight is told that ranges may be asked for", async () => {
    const { status, headers } = await server.ask('OPTIONS', feedPath, {
      origin: 'https://player.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'range',
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-methods']).toBe('GET, HEAD');
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining(['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since']),
    );
  });

  test("a player on anybody's page may read what it needs to seek, of errors too", async () => {
    for (const path of [feedPath, '/shows/late-table/nothing.mp3']) {
      const { headers } = await server.ask('GET', path, { origin: 'https://player.example' });
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-expose-headers']).toMatch(/Content-Length.*Content-Range.*ETag/);
    }
  });
});
