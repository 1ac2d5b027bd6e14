/** What a render left, through the API: its sound, its outline, who talks when, its report, its stems; and its public companions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Passport } from '../../src/audio/passport.ts';
import { RenderReport } from '../../src/audio/report.ts';
import { SpeechTurns } from '../../src/audio/speech-turns.ts';
import { Waveform } from '../../src/audio/waveform-peaks.ts';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import type { Answer } from '../support/room.ts';
import { dropSmallTracks, smallRoom } from '../support/small-room.ts';
import { readZip } from '../support/stored-zip.ts';

let app: TestApp;
let client: ApiClient;
const { local, manifestOf, published } = creator(() => app);
beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
  dropSmallTracks(app.objects);
});
afterAll(() => app?.close());

const get = (ids: Answer, part: string, headers: Record<string, string> = {}) =>
  client.call('GET', `${pathOf(ids)}/${part}`, undefined, headers);

describe('a draft', () => {
  let ids: Answer;
  beforeAll(async () => {
    ids = await client.accept(smallRoom('rm-parts', (data) => Object.assign(data, { publish: { mode: 'draft' } })));
    await client.when(ids, ({ status }) => status === 'draft' || status === 'failed');
  });

  it('has an outline of its sound, as audiowaveform writes it', async () => {
    const waveform = Waveform.parse(await (await get(ids, 'peaks')).json());
    expect(waveform).toMatchObject({ version: 2, sample_rate: 48_000, samples_per_pixel: 4800, length: 40 });
    expect(waveform.data).toHaveLength(80);
    expect(Math.max(...waveform.data)).toBeGreaterThan(30);
  });

  it('tells who talks when, and how it was made', async () => {
    const { turns, durationSeconds } = SpeechTurns.parse(await (await get(ids, 'turns')).json());
    expect(durationSeconds).toBe(4);
    expect(new Set(turns.map(({ participantId }) => participantId))).toEqual(new Set(['p1', 'p2']));
    expect(RenderReport.parse(await (await get(ids, 'report')).json()).speakers).toHaveLength(2);
  });

  it.each([
    ['audio', 'audio/mpeg'],
    ['peaks', 'application/json'],
    ['turns', 'application/json'],
    ['report', 'application/json'],
  ])('gives its %s once, and 304 to who has it', async (part, contentType) => {
    const first = await get(ids, part, { 'accept-encoding': 'identity' });
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('content-type'), etag]).toEqual([
      200,
      contentType,
      expect.stringMatching(/^"[^"]+"$/),
    ]);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    expect((await first.arrayBuffer()).byteLength).toBe(Number(first.headers.get('content-length')));
    for (const condition of [etag, `W/${etag}`, `"x", ${etag}`]) {
      const again = await get(ids, part, { 'if-none-match': condition, 'accept-encoding': 'identity' });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    }
    expect((await get(ids, part, { 'if-none-match': '"x"' })).status).toBe(200);
    const head = await client.call('HEAD', `${pathOf(ids)}/${part}`, undefined, { 'accept-encoding': 'identity' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    expect((await fetch(`${app.url}/api${pathOf(ids)}/${part}`)).status).toBe(401);
  });

  it('gives parts of its sound, as players ask for them', async () => {
    const whole = Buffer.from(await (await get(ids, 'audio')).arrayBuffer());
    const part = await get(ids, 'audio', { range: 'bytes=100-299' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-299/${whole.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 300))).toBe(true);
    expect([part.headers.get('cache-control'), part.headers.get('access-control-allow-origin')]).toEqual([
      'private, no-cache',
      null,
    ]);
    const beyond = await get(ids, 'audio', { range: `bytes=${whole.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
  });

  it('gives stems of who is in it, to who has the token', async () => {
    const response = await get(ids, 'stems.zip');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="late-table-ep-\w+-stems\.zip"$/,
    );
    const zip = readZip(Buffer.from(await response.arrayBuffer()));
    expect([...zip.keys()]).toEqual(['Ana Quimera.flac', 'Ben Zanzibar.flac', 'turns.json']);
    expect((await fetch(`${app.url}/api${pathOf(ids)}/stems.zip`)).status).toBe(401);
  });

  it('makes stems for one at a time, and is free again when that one goes away', async () => {
    const both = await Promise.all([get(ids, 'stems.zip'), get(ids, 'stems.zip')]);
    const [made, refused] = both.toSorted((a, b) => a.status - b.status);
    expect(made?.status).toBe(200);
    expect((await problemOf(refused ?? new Response(), 503)).code).toBe('busy');
    await made?.body?.cancel();
    let status = 503;
    for (let tries = 0; tries < 200 && status === 503; tries += 1) {
      const third = await get(ids, 'stems.zip');
      status = third.status;
      await third.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(status).toBe(200);
  });
});

describe('what is not there', () => {
  it('is said to be not made yet, while tracks are awaited, and why', async () => {
    const ids = await client.accept(
      smallRoom('rm-waiting', (data) => {
        data.tracks = [{ participantId: 'p1', key: 'rooms/small/never.wav', startedAt: data.room['startedAt'] }];
      }),
    );
    await client.when(ids, ({ status }) => status === 'waiting-for-tracks');
    for (const part of ['audio', 'peaks', 'turns', 'report']) {
      const { code, detail } = await problemOf(await get(ids, part), 404);
      expect([code, detail]).toEqual(['not-rendered', expect.stringContaining('the episode is waiting-for-tracks')]);
    }
    expect((await problemOf(await get(ids, 'stems.zip'), 409)).code).toBe('no-usable-track');
  });

  it('is said to be no episode', async () => {
    const ids = { showId: 'late-table', episodeId: `ep-${'0'.repeat(32)}` } as Answer;
    for (const part of ['audio', 'peaks', 'turns', 'report', 'stems.zip']) {
      expect((await problemOf(await get(ids, part), 404)).code).toBe('not-found');
    }
  });
});

describe('an episode of a show that wants other formats too', () => {
  it('has them, and a passport, in public, and loses them with the rest', async () => {
    const sound = { alternates: ['aac', 'opus'] };
    expect((await client.call('PUT', '/shows/many', { title: 'Many formats', sound })).status).toBe(201);
    const { ids } = await published('many');
    const { alternates, passportFile, audio } = manifestOf(ids);
    expect(alternates.map(({ contentType }: { contentType: string }) => contentType)).toEqual([
      'audio/mp4',
      'audio/ogg; codecs=opus',
    ]);
    const view = await (await client.call('GET', pathOf(ids))).json();
    const { passportUrl } = view as { passportUrl: string };
    const answer = await fetch(local(passportUrl));
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const passport = Passport.parse(await answer.json());
    expect(audio.key).toContain(passport.published.file);
    for (const { file, contentType, lengthBytes } of passport.alternates) {
      const alternate = await fetch(local(passportUrl).replace(/[^/]+$/, file));
      expect([alternate.status, alternate.headers.get('content-type')]).toEqual([200, contentType]);
      expect((await alternate.arrayBuffer()).byteLength).toBe(lengthBytes);
    }
    const before = [passportFile.key, ...alternates.map(({ key }: { key: string }) => key)];

    // Re-tagged: another MP3 and another passport, the same alternates.
    await client.edit(ids, { title: 'Another title' });
    await client.when(ids, (now) => rests(now) && manifestOf(ids).audio.key !== audio.key);
    const after = manifestOf(ids);
    expect(after.passportFile.key).not.toBe(passportFile.key);
    expect(after.alternates).toEqual(alternates);
    const superseded = after.superseded.map(({ key }: { key: string }) => key);
    expect(superseded).toContain(passportFile.key);
    for (const { key } of alternates) expect(superseded).not.toContain(key);

    await client.call('POST', `${pathOf(ids)}/unpublish`);
    const withdrawn = await client.when(ids, ({ status }) => status === 'unpublished');
    expect(withdrawn).not.toHaveProperty('passportUrl');
    const left = manifestOf(ids);
    expect([left.passportFile, left.alternates]).toEqual([undefined, undefined]);
    const keys = () => app.keys('public/shows/many/episodes/');
    for (let tries = 0; tries < 200 && keys().length > 0; tries += 1)
      await new Promise((done) => setTimeout(done, 100));
    expect(keys()).toEqual([]);
    for (const key of before) expect((await fetch(local(`${PUBLIC_URL}/${key.slice(7)}`))).status).toBe(410);
  }, 60_000);
});
