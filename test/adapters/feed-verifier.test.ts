/** verifyFeed against a real server on loopback: a good feed passes, each fault of a server is named. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyFeed } from '../../src/adapters/feed-verifier/feed-verifier.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { chaptersJson, chaptersOf } from '../../src/feed/chapters.ts';
import { feedEntry, newestFirst } from '../../src/feed/feed-entry.ts';
import { renderFeed, renderFeedFiles } from '../../src/feed/rss.ts';
import { publicUrlOf } from '../../src/storage/object-keys.ts';
import { sampleEpisode, sampleShow } from '../feed/sample-show.ts';
import { type Fault, type FileHost, startFileHost } from '../support/file-host.ts';
import { writeSampleMp3 } from '../support/sample-mp3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('verify');
const SECONDS = 8;
const FEED_PATH = '/shows/late-table/feed.xml';
let mp3: Buffer;
let cover: Buffer;
let host: FileHost;

const show = () => sampleShow({ publicUrl: host.url });
function episode(number: number, changes: Partial<Manifest> = {}): Manifest {
  const sample = sampleEpisode(number, {
    markers: [],
    chapters: [0, 2, 5].map((startSeconds) => ({ startSeconds, title: `At ${startSeconds}` })),
  });
  if (!sample.audio) throw new Error('the sample episode has audio');
  return { ...sample, audio: { ...sample.audio, lengthBytes: mp3.length, durationSeconds: SECONDS }, ...changes };
}

const pathOf = (file: { readonly key: string } | undefined) => new URL(publicUrlOf(host.url, file?.key ?? '')).pathname;

/** Puts the feed and everything it names on the server. */
function serve(episodes: readonly Manifest[]): void {
  const xml = Buffer.from(renderFeed(show(), episodes));
  host.files.set(FEED_PATH, { bytes: xml, type: 'application/rss+xml; charset=utf-8' });
  host.files.set(pathOf(show().cover), { bytes: cover, type: 'image/jpeg' });
  for (const each of episodes) {
    host.files.set(pathOf(each.audio), { bytes: mp3, type: 'audio/mpeg' });
    host.files.set(pathOf(each.cover), { bytes: cover, type: 'image/jpeg' });
    const chapters = Buffer.from(chaptersJson(chaptersOf(each)));
    host.files.set(pathOf(each.chaptersFile), { bytes: chapters, type: 'application/json+chapters' });
  }
}

const verify = () => verifyFeed(`${host.url}${FEED_PATH}`, { timeoutMs: 5000 });
const named = async () => (await verify()).findings.map(({ severity, code }) => `${severity} ${code}`);

beforeAll(async () => {
  writeSampleMp3(join(folder, 'sample.mp3'), SECONDS, 5);
  mp3 = readFileSync(join(folder, 'sample.mp3'));
  cover = await sharp({ create: { width: 1400, height: 1400, channels: 3, background: '#264' } })
    .jpeg()
    .toBuffer();
});

beforeEach(async () => {
  host = await startFileHost();
});
afterEach(() => host.close());
afterAll(() => removeFolder(folder));

describe('a good feed', () => {
  it('passes without a word, and its episodes are told', async () => {
    serve([1, 2, 3, 4].map((number) => episode(number)));
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, title: 'The Late Table' });
    expect(report.episodes).toHaveLength(4);
    expect(report.episodes[3]).toEqual({
      title: 'Album night 1',
      guid: sampleEpisode(1).guid,
      url: publicUrlOf(host.url, sampleEpisode(1).audio?.key ?? ''),
      lengthBytes: mp3.length,
      durationSeconds: SECONDS,
      ok: true,
    });
  });

  it('is checked with its pages of older episodes, whatever is wrong on them', async () => {
    const episodes = Array.from({ length: 31 }, (_, index) => episode(index + 1));
    serve(episodes);
    const { feed, pages } = renderFeedFiles(
      { ...show(), feedItems: 10 },
      episodes.map(feedEntry).toSorted(newestFirst),
    );
    const put = (path: string, bytes: Uint8Array) => host.files.set(path, { bytes, type: 'application/rss+xml' });
    put(FEED_PATH, feed);
    for (const { key, bytes } of pages) put(pathOf({ key }), bytes);
    const whole = await verify();
    expect(whole.findings).toEqual([]);
    expect(new Set(whole.episodes.map(({ guid }) => guid)).size).toBe(31);
    host.files.delete(pathOf(episode(1).audio));
    expect(await named()).toEqual(['error enclosure-gone']);
    put(pathOf(pages[0]), Buffer.from('<rss'));
    expect((await verify()).findings).toMatchObject([
      { code: 'not-xml', where: publicUrlOf(host.url, pages[0]?.key ?? '') },
    ]);
  });

  it('passes from a file too, with what it names fetched', async () => {
    serve([episode(1)]);
    const path = join(folder, 'feed.xml');
    writeFileSync(path, host.files.get(FEED_PATH)?.bytes ?? '');
    expect(await verifyFeed(path)).toMatchObject({ ok: true, findings: [] });
    host.files.delete(pathOf(episode(1).audio));
    expect((await verifyFeed(path)).findings.map(({ code }) => code)).toEqual(['enclosure-gone']);
  });

  it('of long audio is read to its end', async () => {
    const long = join(folder, 'long.mp3');
    writeSampleMp3(long, 120);
    const bytes = readFileSync(long);
    const audio = episode(1).audio;
    const each = episode(1, audio ? { audio: { ...audio, lengthBytes: bytes.length, durationSeconds: 120 } } : {});
    serve([each]);
    host.files.set(pathOf(each.audio), { bytes, type: 'audio/mpeg' });
    expect((await verify()).findings).toEqual([]);
  });
});

describe('an enclosure', () => {
  it('whose length in the feed is not its own is named, with both', async () => {
    const audio = episode(1).audio;
    serve([episode(2), episode(1, audio ? { audio: { ...audio, lengthBytes: mp3.length + 1 } } : {})]);
    const report = await verify();
    expect(report.findings.map(({ code }) => code).sort()).toEqual(['length-differs', 'range-wrong']);
    expect(report.findings.every(({ where }) => where === 'Album night 1')).toBe(true);
    expect(report.findings.map(({ message }) => message).join()).toContain(`${mp3.length + 1} bytes`);
    expect(report.episodes.map(({ ok }) => ok)).toEqual([true, false]);
  });

  it('that is missing is named', async () => {
    serve([episode(1)]);
    host.files.delete(pathOf(episode(1).audio));
    expect(await named()).toEqual(['error enclosure-gone']);
  });

  it.each<[string, string, Fault]>([
    [
      'HEAD is refused',
      'enclosure-gone',
      (request, response) => request.method === 'HEAD' && Boolean(response.writeHead(405).end()),
    ],
    [
      'ranges are ignored',
      'no-ranges',
      (request, response, { bytes, type }) => {
        response.writeHead(200, { ETag: '"x"', 'Content-Type': type, 'Content-Length': bytes.length });
        return Boolean(response.end(request.method === 'HEAD' ? undefined : bytes));
      },
    ],
    [
      'a range answers other bytes than it says',
      'range-wrong',
      (request, response, { bytes, type }) => {
        if (request.headers.range === undefined) return false;
        response.writeHead(206, { 'Content-Type': type, 'Content-Range': `bytes 1-1024/${bytes.length}` });
        return Boolean(response.end(bytes.subarray(1, 1025)));
      },
    ],
    [
      'the connection ends in the middle of the whole',
      'enclosure-unreachable',
      (request, response, { bytes, type }) => {
        if (request.method === 'HEAD' || request.headers.range !== undefined) return false;
        response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length });
        response.write(bytes.subarray(0, 5000), () => response.destroy());
        return true;
      },
    ],
    [
      'it redirects without end',
      'enclosure-unreachable',
      (request, response) => Boolean(response.writeHead(302, { Location: request.url ?? '' }).end()),
    ],
    [
      'it redirects to another protocol',
      'enclosure-unreachable',
      (_request, response) => Boolean(response.writeHead(302, { Location: 'ftp://127.0.0.1/a.mp3' }).end()),
    ],
  ])('is named where %s: %s', async (_name, code, fault) => {
    serve([episode(1)]);
    host.faults.set(pathOf(episode(1).audio), fault);
    expect(await named()).toEqual([`error ${code}`]);
  });

  it('that answers nothing is given up', async () => {
    serve([episode(1)]);
    host.faults.set(pathOf(episode(1).audio), () => true);
    const report = await verifyFeed(`${host.url}${FEED_PATH}`, { timeoutMs: 300 });
    expect(report.findings.map(({ code }) => code)).toEqual(['enclosure-unreachable']);
    expect(report.findings[0]?.message).toContain('300 ms');
  });

  it('of another type is named', async () => {
    serve([episode(1)]);
    host.files.set(pathOf(episode(1).audio), { bytes: mp3, type: 'application/octet-stream' });
    expect(await named()).toEqual(['error type-differs']);
  });

  it('that is no audio, or of another length in time, is named', async () => {
    const audio = episode(1).audio;
    serve([episode(2), episode(1, audio ? { audio: { ...audio, durationSeconds: SECONDS + 3 } } : {})]);
    host.files.set(pathOf(episode(2).audio), { bytes: Buffer.alloc(mp3.length, 'no audio '), type: 'audio/mpeg' });
    const { findings } = await verify();
    expect(findings.map(({ code, where }) => [code, where])).toEqual([
      ['audio-unreadable', 'Album night 2'],
      ['duration-differs', 'Album night 1'],
    ]);
  });
});

describe('the feed', () => {
  it.each<[string, string, Fault]>([
    ['is gone', 'error feed-gone', (_request, response) => Boolean(response.writeHead(410).end())],
    [
      'answers 200 although nothing changed',
      'error no-304',
      (_request, response, { bytes, type }) =>
        Boolean(response.writeHead(200, { ETag: '"x"', 'Content-Type': type }).end(bytes)),
    ],
    [
      'cannot be asked whether it changed',
      'warning no-validators',
      (_request, response, { bytes, type }) => Boolean(response.writeHead(200, { 'Content-Type': type }).end(bytes)),
    ],
    [
      'is a web page',
      'error not-rss',
      (_request, response) =>
        Boolean(response.writeHead(200, { 'Content-Type': 'application/xml' }).end('<html><body>Hi</body></html>')),
    ],
  ])('that %s is named', async (_name, finding, fault) => {
    serve([episode(1)]);
    host.faults.set(FEED_PATH, fault);
    expect(await named()).toContain(finding);
  });

  it('that nobody serves is named, also as a file', async () => {
    expect(await verifyFeed('http://127.0.0.1:1/feed.xml')).toMatchObject({
      ok: false,
      findings: [{ code: 'feed-unreachable' }],
      episodes: [],
    });
    expect(await verifyFeed(join(folder, 'absent.xml'))).toMatchObject({ findings: [{ code: 'feed-unreadable' }] });
  });
});

describe('companions', () => {
  const picture = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#264' } });

  it('artwork that is small, oblong, missing, of another kind or no picture is named', async () => {
    serve([episode(1)]);
    const path = pathOf(episode(1).cover);
    const found = async (bytes: Uint8Array, type: string) => {
      host.files.set(path, { bytes, type });
      return named();
    };
    expect(await found(await picture(1399, 1399).jpeg().toBuffer(), 'image/jpeg')).toEqual(['error artwork-size']);
    expect(await found(await picture(1500, 1400).jpeg().toBuffer(), 'image/jpeg')).toEqual(['error artwork-size']);
    expect(await found(await picture(1400, 1400).webp().toBuffer(), 'image/jpeg')).toEqual(['error artwork-format']);
    expect(await found(await picture(1400, 1400).png().toBuffer(), 'image/jpeg')).toEqual(['error artwork-type']);
    expect(await found(Buffer.from('<html>'), 'image/jpeg')).toEqual(['error artwork-unreadable']);
    host.files.delete(path);
    expect(await named()).toEqual(['error artwork-gone']);
  });

  it('chapters that are missing, no JSON, or out of order are named', async () => {
    serve([episode(1)]);
    const path = pathOf(episode(1).chaptersFile);
    const found = async (text: string) => {
      host.files.set(path, { bytes: Buffer.from(text), type: 'application/json+chapters' });
      return named();
    };
    expect(await found('{')).toEqual(['error chapters-unreadable']);
    expect(await found('{"version":"1.2.0","chapters":[{"startTime":5},{"startTime":1}]}')).toEqual([
      'error chapters-order',
    ]);
    host.files.delete(path);
    expect(await named()).toEqual(['error chapters-gone']);
  });
});
