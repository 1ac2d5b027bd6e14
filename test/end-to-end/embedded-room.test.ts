import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBuffer } from 'music-metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFeed } from '../../src/adapters/feed-verifier/feed-verifier.ts';
import { type AftershowProcess, startAftershow } from '../support/aftershow.ts';
import { hasPythonParsers, readFeedWithPython, readTagsWithPython } from '../support/debian-python.ts';
import { integratedLoudness, truePeak } from '../support/loudness-meter.ts';
import { downloadWithGpodder, hasGpodder } from '../support/podcast-apps.ts';
import {
  Answer,
  api,
  dropTracks,
  type Episode,
  endedRoom,
  episodeWhen,
  feedWhen,
  sendWebhook,
} from '../support/room.ts';
import { decode, toneLevel } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const ROOM_SECONDS = 90;

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

describe('A room that ended, on the embedded engine', () => {
  const folder = makeTempFolder('room');
  const objects = join(folder, 'objects');
  const event = endedRoom('rm-embedded-1');
  let aftershow: AftershowProcess;
  let answers: { status: number; body: Answer }[];
  let episode: Episode;
  let feed: string;
  let mp3: Buffer;

  beforeAll(async () => {
    aftershow = await startAftershow('start', {
      AFTERSHOW_DATA_DIR: folder,
      AFTERSHOW_PORT: '0',
      AFTERSHOW_PUBLIC_URL: 'http://localhost:4400',
      AFTERSHOW_SWEEP_SECONDS: '2',
    });
    await dropTracks(objects);
    const responses = await Promise.all(Array.from({ length: 5 }, () => sendWebhook(aftershow.url, event)));
    answers = await Promise.all(
      responses.map(async (response) => ({ status: response.status, body: Answer.parse(await response.json()) })),
    );
    const ids = answers[0]?.body ?? { showId: '', episodeId: '' };
    episode = await episodeWhen(aftershow.url, ids, ({ status }) => status === 'published' || status === 'failed');
    feed = await feedWhen(aftershow.url, ids.showId, (xml) => xml.includes(episode.guid));
    mp3 = Buffer.from(await (await fetch(local(episode.audio?.url ?? ''))).arrayBuffer());
  }, 120_000);

  afterAll(async () => {
    await aftershow?.stop();
    removeFolder(folder);
  });

  /** Public links name the public address; here the server is asked itself. */
  const local = (url: string) => url.replace('http://localhost:4400', aftershow.url);

  it('answers one of five identical webhooks 202, the others 200 or 202, all with the same ids', () => {
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(1);
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true);
    expect(new Set(answers.map(({ body }) => body.episodeId)).size).toBe(1);
    expect(answers.filter(({ body }) => body.status === 'accepted')).toHaveLength(1);
  });

  it('makes one episode with one MP3', () => {
    expect(episode).toMatchObject({ status: 'published', revision: 1, excludedCount: 1 });
    expect(feed.match(/<item>/g)).toHaveLength(1);
    expect(filesBelow(join(objects, 'public')).filter((path) => path.endsWith('.mp3'))).toHaveLength(1);
  });

  it('has the bytes that the feed and the API promise', () => {
    expect(mp3.length).toBe(episode.audio?.lengthBytes);
    expect(feed).toContain(`length="${mp3.length}"`);
    expect(episode.audio?.url).toContain(createHash('sha256').update(mp3).digest('hex'));
  });

  it('is −16 ±0.5 LUFS with a true peak of at most −1 dBTP, as an independent meter hears the decoded file', () => {
    const path = join(folder, 'check.mp3');
    writeFileSync(path, mp3);
    const channels = decode(path);
    expect(integratedLoudness(channels)).toBeGreaterThan(-16.5);
    expect(integratedLoudness(channels)).toBeLessThan(-15.5);
    expect(truePeak(channels)).toBeLessThanOrEqual(-1);
    expect(channels[0].length / 48_000).toBeCloseTo(ROOM_SECONDS, 1);
  });

  it('leaves out the voice that gave no consent, and its name is nowhere in the store', () => {
    const path = join(folder, 'withheld.mp3');
    writeFileSync(path, mp3);
    const [left] = decode(path);
    expect(toneLevel(left, 9_000, 30.6, 33.4)).toBeLessThan(-70);
    const stored = filesBelow(objects).filter((file) => readFileSync(file).includes('Petra'));
    expect(stored).toEqual([]);
  });

  it('says its true length in its Xing header', async () => {
    const fast = await parseBuffer(mp3, { mimeType: 'audio/mpeg' });
    const counted = await parseBuffer(mp3, { mimeType: 'audio/mpeg' }, { duration: true });
    expect(fast.format.duration).toBeCloseTo(ROOM_SECONDS, 1);
    expect(counted.format.duration).toBeCloseTo(fast.format.duration ?? 0, 1);
  });

  it.skipIf(!hasPythonParsers)('is read by podcastparser, feedparser and mutagen as it went in', () => {
    const { podcastparser, feedparser } = readFeedWithPython(feed);
    const { room } = event.data;
    expect(podcastparser['title']).toBe('Late table');
    expect(podcastparser.episodes[0]).toMatchObject({
      title: room['title'],
      guid: episode.guid,
      total_time: ROOM_SECONDS,
      published: Math.floor(Date.parse(episode.publishedAt ?? '') / 1000),
      enclosures: [{ url: episode.audio?.url, file_size: mp3.length, mime_type: 'audio/mpeg' }],
    });
    expect(feedparser.bozo).toBe(false);
    expect(feedparser.entries[0]).toMatchObject({ title: room['title'], id: episode.guid });
    const path = join(folder, 'tags.mp3');
    writeFileSync(path, mp3);
    const tags = readTagsWithPython(path);
    expect(tags.version.slice(0, 2)).toEqual([2, 3]);
    expect(tags.durationSeconds).toBeCloseTo(ROOM_SECONDS, 1);
    expect(tags.texts).toMatchObject({
      TIT2: [room['title']],
      TALB: ['Late table'],
      TPE1: ['Ana, June, Carlo'],
      TCON: ['Podcast'],
    });
    expect(tags.comments.join()).toContain(room['description']);
    expect(tags.covers).toMatchObject([{ mime: 'image/jpeg', type: 3 }]);
    expect(tags.chapters.map(({ startMs, title }) => [startMs / 1000, title])).toEqual(
      episode.chapters.map(({ startSeconds, title }) => [startSeconds, title]),
    );
    expect(tags.contents[0]?.children).toEqual(tags.chapters.map(({ id }) => id));
  });

  it('places chapters where the markers were', () => {
    expect(episode.chapters.length).toBeGreaterThanOrEqual(2);
    expect(feed).toContain('June at the table');
  });

  it('answers a replay 200 and the same room with other data 409', async () => {
    const replay = await sendWebhook(aftershow.url, event);
    expect([replay.status, Answer.parse(await replay.json()).status]).toEqual([200, 'duplicate']);
    const other = structuredClone(event);
    other.data.room['title'] = 'Another title';
    const refused = await sendWebhook(aftershow.url, other);
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each([
    '/intake/',
    '/private/',
    '/renders/',
    '/shows/../intake/',
    '/pending/',
    '/secrets.json',
    '/leases/sweep.json',
  ])('keeps %s to itself', async (path) => {
    expect((await fetch(`${aftershow.url}${path}`)).status).toBe(404);
  });

  it.skipIf(!hasGpodder)(
    'is subscribed to and downloaded by gPodder, byte for byte',
    async () => {
      // gPodder follows the links in the feed, so this feed must name where the server really is.
      const served = join(folder, 'gpodder-data');
      mkdirSync(served);
      const port = Number(new URL(aftershow.url).port);
      await aftershow.stop();
      aftershow = await startAftershow('start', {
        AFTERSHOW_DATA_DIR: served,
        AFTERSHOW_PORT: String(port),
        AFTERSHOW_SWEEP_SECONDS: '2',
      });
      await dropTracks(join(served, 'objects'));
      const ids = Answer.parse(await (await sendWebhook(aftershow.url, endedRoom('rm-embedded-2'))).json());
      const published = await episodeWhen(aftershow.url, ids, ({ status }) => status === 'published');
      await feedWhen(aftershow.url, ids.showId, (xml) => xml.includes(published.guid));
      const report = await verifyFeed(`${aftershow.url}/shows/late-table/feed.xml`);
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(report.episodes).toHaveLength(1);
      const home = join(folder, 'gpodder-home');
      mkdirSync(home);
      const downloads = await downloadWithGpodder(home, `${aftershow.url}/shows/late-table/feed.xml`);
      const bytes = Buffer.from(await (await fetch(published.audio?.url ?? '')).arrayBuffer());
      expect(downloads).toHaveLength(1);
      expect(downloads[0]?.bytes.equals(bytes)).toBe(true);
    },
    120_000,
  );

  it('ends in good order on SIGTERM, with no secret in its log', async () => {
    const health = await api(aftershow.url, '/shows');
    expect(health.status).toBe(200);
    expect(await aftershow.stop()).toBe(0);
    expect(aftershow.log()).not.toMatch(/whsec_[A-Za-z0-9]|token-that-only/);
    expect(filesBelow(folder).filter((path) => path.split('/').includes('work'))).toEqual([]);
  });
});
