/** Chapters with pictures, soundbites, other formats and links, from the API to what is served. Rendered for real. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseFeed } from 'podcast-partytime';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { hasPythonParsers, readTagsWithPython } from '../support/debian-python.ts';
import type { Answer, Episode } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';
import { addAt, babble, silence, writeSound } from '../support/sounds.ts';

const SECONDS = 80;
let app: TestApp;
let client: ApiClient;
const { local, manifestOf } = creator(() => app);
let ids: Answer;
let episode: Episode;

/** Ana and Ben take turns of six seconds, with a silence of two and a half after the fourth and one of one after each. */
function dropConversation(): void {
  const voices = [silence(SECONDS), silence(SECONDS)] as const;
  for (let turn = 0; turn < 10; turn++) {
    const voice = voices[turn % 2 === 0 ? 0 : 1];
    addAt(voice, babble(6, 0.4, 31 + turn), 4 + turn * 7 + (turn > 3 ? 3 : 0));
  }
  for (const [index, voice] of voices.entries()) writeSound(join(app.objects, `rooms/small/p${index + 1}.wav`), voice);
}

const put = (key: string, bytes: Uint8Array) => app.engine.bucket.put(key, bytes, { contentType: 'image/png' });
const itemOf = async () => {
  const xml = await (await fetch(`${app.url}/shows/extras/feed.xml`)).text();
  const item = parseFeed(xml)?.items[0];
  if (!item) throw new Error(`no item in:\n${xml}`);
  return { xml, item };
};
/** Edits, and waits until the feed says so. */
const edited = async (patch: unknown, isAsWished: (now: Episode) => boolean = () => true) => {
  const response = await client.edit(ids, patch);
  if (response.status !== 200) throw new Error(await response.text());
  const { publishRequest } = manifestOf(ids);
  const now = await client.when(
    ids,
    (each) => rests(each) && manifestOf(ids).publishedRequest >= publishRequest && isAsWished(each),
  );
  const generation = () => manifestOf(ids).version + JSON.parse(app.read('shows/extras/show.json').toString()).version;
  await client.feedWhen('extras', (xml) => Number(/<aftershow:generation[^>]*>(\d+)</.exec(xml)?.[1]) >= generation());
  return now;
};

beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
  dropConversation();
  await client.call('PUT', '/shows/extras', { title: 'Extras', sound: { alternates: ['aac', 'opus'] } });
  const startedAt = new Date(Date.now() - SECONDS * 1000).toISOString();
  const event = smallRoom('rm-extras', (data) => {
    Object.assign(data.room, { showId: 'extras', startedAt });
    for (const track of data.tracks) Object.assign(track, { startedAt });
    data.markers = [{ at: startedAt, title: 'All of it', url: 'https://notes.example.org/' }];
  });
  ids = await client.accept(event);
  episode = await client.when(ids, (now) => rests(now) || now.status === 'failed');
  await client.feedWhen('extras', (xml) => xml.includes(episode.guid));
}, 120_000);
afterAll(() => app?.close());

describe('soundbites', () => {
  it('are chosen from who talks when: cut in silences, within the audio, named by their chapter', async () => {
    const { item } = await itemOf();
    expect(item.podcastSoundbites).toHaveLength(1);
    const [one] = item.podcastSoundbites ?? [];
    const [start, end] = [one?.startTime ?? 0, (one?.startTime ?? 0) + (one?.duration ?? 0)];
    expect(end - start).toBeGreaterThanOrEqual(15);
    expect(end).toBeLessThan(SECONDS);
    expect(one?.title).toBe('All of it');
    const { turns } = await (await client.call('GET', `/shows/extras/episodes/${ids.episodeId}/turns`)).json();
    const cut = (at: number) =>
      turns.filter(
        (turn: { startSeconds: number; endSeconds: number }) => turn.startSeconds < at && turn.endSeconds > at,
      );
    expect([cut(start), cut(end)]).toEqual([[], []]);
    expect(await (await client.call('GET', `/shows/extras/episodes/${ids.episodeId}`)).json()).toMatchObject({
      soundbites: [{ startSeconds: start, durationSeconds: one?.duration, title: 'All of it' }],
    });
  });

  it('of the creator’s take their place, and move with an edit', async () => {
    const set = { startSeconds: 20, durationSeconds: 20, title: 'The best of it' };
    await edited({ soundbites: [set] });
    expect((await itemOf()).item.podcastSoundbites).toEqual([{ startTime: 20, duration: 20, title: set.title }]);
    await edited({ edit: { trimStartSeconds: 5 } }, (now) => now.revision > episode.revision);
    expect((await itemOf()).item.podcastSoundbites).toEqual([{ startTime: 15, duration: 20, title: set.title }]);
    await edited({ edit: { trimStartSeconds: 0 } }, (now) => now.revision > episode.revision + 1);
    expect((await itemOf()).item.podcastSoundbites).toEqual([{ startTime: 20, duration: 20, title: set.title }]);
  });

  it('become shorter by a silence that is shortened within them', async () => {
    await edited({ edit: { shortenSilences: true } });
    const [one] = (await itemOf()).item.podcastSoundbites ?? [];
    expect(one?.startTime).toBeCloseTo(20 - 3, 0);
    expect(one?.duration).toBeLessThan(19);
    await edited({ edit: { shortenSilences: false } });
  });

  it('that an edit cuts in two are left out with a warning', async () => {
    await edited({ soundbites: [{ startSeconds: 1, durationSeconds: 20 }] });
    const after = await edited({ edit: { trimStartSeconds: 10 } });
    expect((await itemOf()).item.podcastSoundbites).toBeUndefined();
    expect(after.warnings.map(({ code }) => code)).toContain('soundbite-dropped');
    await edited({ edit: { trimStartSeconds: 0 } });
    expect((await itemOf()).item.podcastSoundbites).toHaveLength(1);
    await edited({ edit: { trimStartSeconds: 10 } });
    await edited({ soundbites: null, edit: { trimStartSeconds: 0 } });
    expect((await itemOf()).item.podcastSoundbites).toHaveLength(1);
    await edited({ soundbites: [] });
    expect((await itemOf()).item.podcastSoundbites).toBeUndefined();
  });

  it('beyond the end are refused', async () => {
    const { detail } = await problemOf(
      await client.edit(ids, { soundbites: [{ startSeconds: 70, durationSeconds: 20 }] }),
      409,
    );
    expect(detail).toMatch(/at 70 s lasts 20 s, but the audio ends after/);
  });
});

describe('chapters with pictures', () => {
  it('are in the JSON, in the feed and in the tags, each picture converted and served', async () => {
    const picture = await sharp({ create: { width: 1600, height: 900, channels: 3, background: '#804020' } })
      .withExif({ IFD0: { Copyright: 'a secret of the camera' } })
      .png()
      .toBuffer();
    await put('uploads/rm-extras/one.png', picture);
    await put('uploads/rm-extras/broken.png', Buffer.from('no picture'));
    const chapters = [
      { startSeconds: 0, title: 'One', imageKey: 'uploads/rm-extras/one.png', url: 'https://one.example.org/' },
      { startSeconds: 20, title: 'Two', imageKey: 'uploads/rm-extras/broken.png' },
      { startSeconds: 40, title: 'Three', imageKey: 'uploads/rm-extras/absent.png' },
      { startSeconds: 60, title: 'Four', imageKey: 'uploads/rm-extras/one.png' },
    ];
    const after = await edited({ chapters });
    const { xml, item } = await itemOf();
    const json = await (await fetch(local(item.podcastChapters?.url))).json();
    const img = json.chapters[0].img as string;
    expect(json).toEqual({
      version: '1.2.0',
      chapters: [
        { startTime: 0, title: 'One', img, url: 'https://one.example.org/' },
        { startTime: 20, title: 'Two' },
        { startTime: 40, title: 'Three' },
        { startTime: 60, title: 'Four', img },
      ],
    });
    expect(xml.split(`image="${img}"`)).toHaveLength(3);
    const served = await fetch(local(img));
    expect([served.status, served.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    const jpeg = Buffer.from(await served.arrayBuffer());
    const digest = createHash('sha256').update(jpeg).digest('hex');
    expect(img).toContain(`/${digest}.jpg`);
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 1000, height: 563 });
    expect(jpeg.includes('secret of the camera')).toBe(false);
    const told = after.warnings.filter(({ code }) => code.startsWith('chapter-image-'));
    expect(told.map(({ code }) => code).sort()).toEqual(['chapter-image-missing', 'chapter-image-unusable']);
    expect(told.map(({ message }) => message).join()).toMatch(/broken\.png of the chapter “Two” cannot be used/);
    if (hasPythonParsers) {
      const { chapters: tagged, contents } = readTagsWithPython(join(app.objects, manifestOf(ids).audio.key));
      expect(tagged.map(({ title, images }) => [title, images.map(({ sha256 }) => sha256)])).toEqual([
        ['One', [digest]],
        ['Two', []],
        ['Three', []],
        ['Four', [digest]],
      ]);
      expect(contents).toEqual([{ flags: 3, children: ['chp0', 'chp1', 'chp2', 'chp3'] }]);
    }
  });

  it('begin where their words begin, whatever is cut before them, and come back with it', async () => {
    const startsOf = (json: { chapters: { startTime: number }[] }) => json.chapters.map(({ startTime }) => startTime);
    const starts = async () => startsOf(await (await fetch(local((await itemOf()).item.podcastChapters?.url))).json());
    await edited({ edit: { trimStartSeconds: 25 } });
    expect(await starts()).toEqual([0, 15, 35]);
    expect((await client.episode(ids)).episode.chapters.map(({ startSeconds }) => startSeconds)).toEqual([0, 15, 35]);
    await edited({ edit: { trimStartSeconds: 0 } });
    expect(await starts()).toEqual([0, 20, 40, 60]);
  });

  it('that are gone leave no picture behind the time of grace, and no warning', async () => {
    const images = manifestOf(ids).chapterImages as { key: string }[];
    const after = await edited({ chapters: [{ startSeconds: 0, title: 'Plain' }] });
    expect(manifestOf(ids).chapterImages).toBeUndefined();
    expect(manifestOf(ids).superseded.map(({ key }: { key: string }) => key)).toContain(images[0]?.key);
    expect(after.warnings.filter(({ code }) => code.startsWith('chapter-image-'))).toEqual([]);
  });
});

it('the other formats are named with length, bitrate and digest, and the enclosure among them', async () => {
  const { item } = await itemOf();
  const alternates = item.alternativeEnclosures ?? [];
  expect(alternates.map((one) => [one.type, one.codecs, one.default])).toEqual([
    ['audio/mpeg', 'mp3', true],
    ['audio/mp4', 'mp4a.40.2', false],
    ['audio/ogg', 'opus', false],
  ]);
  expect(alternates[0]?.source[0]?.uri).toBe(item.enclosure.url);
  for (const { source, length, integrity, bitrate } of alternates) {
    const bytes = Buffer.from(await (await fetch(local(source[0]?.uri))).arrayBuffer());
    expect(bytes.length).toBe(length);
    expect(integrity).toEqual({ type: 'sri', value: `sha256-${createHash('sha256').update(bytes).digest('base64')}` });
    expect(
      Math.abs((bitrate ?? 0) - (bytes.length * 8) / (manifestOf(ids).audio.durationSeconds as number)),
    ).toBeLessThan(1);
  }
});
