/** Somebody leaves an episode that is public: the voice, a tone of its own, and the name are nowhere any more. Rendered for real. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAftershow } from '../support/aftershow.ts';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { LEAVER, LEAVING_SECONDS, leavingRoom, pubDateIn } from '../support/leaving-room.ts';
import { sendWebhook } from '../support/room.ts';
import { tracksAddedEvent } from '../support/small-room.ts';

const NAME = LEAVER.name;

let app: TestApp;
let client: ApiClient;
const { manifestOf } = creator(() => app);
const { publishedWith, leave, keysNaming, statusOf, expectHeard, expectGone } = leavingRoom(() => app);
beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
});
afterAll(() => app?.close());
const soon = { timeout: 20_000, interval: 200 };

describe('a speaker who leaves a published episode', () => {
  it('is gone from it and from everything stored, at once where it is public; GUID and date stay', async () => {
    const { ids, event, episode: first } = await publishedWith('left');
    // An older revision is still served, for apps that read the feed before.
    await client.edit(ids, { title: 'Album night, again' });
    const episode = await client.when(ids, (now) => now.audio?.url !== first.audio?.url && rests(now));
    const xml = await client.feedWhen('left', (feed) => feed.includes(episode.audio?.url ?? '?'));
    expect(await statusOf(first.audio?.url)).toBe(200);
    await expectHeard(episode.audio?.url);
    expect((await keysNaming('Zanzibar')).length).toBeGreaterThan(5);
    const before = manifestOf(ids);

    const answer = await leave(ids);
    expect(answer.status).toBe(200);
    const meanwhile = await (await fetch(`${app.url}/shows/left/feed.xml`)).text();
    expect(meanwhile).not.toMatch(/<item|Zanzibar/);
    for (const url of [first.audio?.url, episode.audio?.url]) expect(await statusOf(url)).toBe(410);
    const files = [before.cover, before.chaptersFile, before.passportFile].map(({ key }: { key: string }) => key);
    expect(files.filter((key) => existsSync(join(app.objects, key)))).toEqual([]);
    expect(existsSync(join(app.objects, `renders/${before.master.renderKey}/master.mp3`))).toBe(false);

    const after = await expectGone(ids, episode, pubDateIn(xml));
    expect(after).toMatchObject({ participants: [{ id: 'p1' }], tracks: [{ participantId: 'p1' }], warnings: [] });
    expect(app.keys(`renders/${before.master.renderKey}/`)).toEqual([]);
    for (const sha256 of before.tracks.map((track: { heardSha256: string }) => track.heardSha256).slice(1)) {
      expect(app.keys(`tracks-cache/${sha256}`)).toEqual([]);
    }
    await expect.poll(() => existsSync(join(app.objects, 'rooms/left/p2.wav')), soon).toBe(false);
    expect(existsSync(join(app.objects, 'rooms/left/p1.wav'))).toBe(true);

    const { departures, leftOut, removal } = manifestOf(ids);
    expect(departures).toEqual([{ at: expect.any(String), people: 1, renderRequest: 2 }]);
    expect(leftOut).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(removal).toMatchObject({ trackKeys: [], doneAt: expect.any(String) });

    // What the platform sends again brings nobody back, and is still known.
    const replay = await sendWebhook(app.url, event);
    expect([replay.status, await replay.json()]).toEqual([200, { ...ids, status: 'duplicate' }]);
    const late = tracksAddedEvent('rm-left', ['rooms/left/late.wav'], 'p2', 'left');
    expect((await sendWebhook(app.url, late)).status).toBe(202);
    expect((await client.episode(ids)).episode).toMatchObject({ tracks: after.tracks, revision: after.revision });
    expect(await keysNaming('rooms/left/late.wav')).toEqual(['rooms/left/late.wav']);
    expect(await keysNaming('Zanzibar')).toEqual([]);
  }, 60_000);

  it('is gone as well after the recordings are: the others are taken from their stems', async () => {
    const { ids, episode } = await publishedWith('gone');
    const xml = await client.feedWhen('gone', (feed) => feed.includes(episode.guid));
    rmSync(join(app.objects, 'rooms/gone'), { recursive: true });
    const before = manifestOf(ids);
    expect((await leave(ids)).status).toBe(200);
    const kept = app.keys(`renders/${before.master.renderKey}/`).map((key) => key.slice(key.indexOf('stems')));
    expect(kept.filter((key) => key.endsWith('.opus')).length).toBeLessThanOrEqual(1);
    await expectGone(ids, episode, pubDateIn(xml));
    const { renderKey } = manifestOf(ids).master;
    expect(app.keys(`renders/${renderKey}/stems/`)).toEqual([
      `renders/${renderKey}/stems/0.opus`,
      `renders/${renderKey}/stems/index.json`,
    ]);
    expect(app.keys('renders/').filter((key) => key.includes(before.master.renderKey))).toEqual([]);
    // And a further edit still has what it needs.
    expect((await client.edit(ids, { edit: { trimStartSeconds: 1 } })).status).toBe(200);
    const trimmed = await client.when(ids, (now) => now.revision === 3 && rests(now));
    expect(trimmed.audio?.durationSeconds).toBeCloseTo(LEAVING_SECONDS - 1, 1);
  }, 60_000);

  it('cannot leave where the others’ recordings and stems are both gone: 409, and everything stays as it is', async () => {
    const { ids, episode } = await publishedWith('lost');
    const before = manifestOf(ids);
    rmSync(join(app.objects, 'rooms/lost'), { recursive: true });
    for (const key of app.keys(`renders/${before.master.renderKey}/stems`)) await app.engine.bucket.delete(key);
    const problem = await problemOf(await leave(ids), 409);
    expect(problem).toMatchObject({
      code: 'tracks-gone',
      detail: expect.stringMatching(/Ana Quimera.*erase or unpublish/),
    });
    expect(problem.detail).not.toContain('Zanzibar');
    expect(manifestOf(ids)).toEqual(before);
    expect(await statusOf(episode.audio?.url)).toBe(200);
  }, 60_000);

  it('is told by name only in the creator’s own words, with a warning that names nobody, until they are changed', async () => {
    const { ids } = await publishedWith('told', `With ${NAME} at the table`);
    expect((await leave(ids)).status).toBe(200);
    const after = await client.when(ids, (now) => now.revision === 2 && rests(now));
    expect(after.warnings).toEqual([
      { code: 'description-names-someone-who-left', message: expect.stringMatching(/description.*change it/) },
    ]);
    expect(JSON.stringify(after.warnings)).not.toContain('Zanzibar');
    expect(
      (await keysNaming('Zanzibar')).filter((key) => key.startsWith(`intake/${manifestOf(ids).roomHash}`)),
    ).toEqual([]);
    expect((await client.edit(ids, { description: 'With Ana at the table' })).status).toBe(200);
    expect((await client.when(ids, rests)).warnings).toEqual([]);
  }, 60_000);

  it('finds everything stored of them by name and id before they leave, and only that they left after it', async () => {
    const { ids, episode } = await publishedWith('asked', `With ${NAME} at the table`);
    const report = async (...args: string[]) => {
      const settings = { AFTERSHOW_DATA_DIR: join(app.objects, '..'), AFTERSHOW_PUBLIC_URL: PUBLIC_URL };
      const { status, stdout } = await runAftershow(['person-report', ...args], settings);
      expect(status).toBe(0);
      return stdout;
    };
    const found = JSON.parse(await report(NAME.toLowerCase(), '--show', 'asked', '--json'));
    const { renderKey } = manifestOf(ids).master;
    expect(found).toMatchObject({
      asked: NAME.toLowerCase(),
      shows: [],
      episodes: [
        {
          ...{ showId: 'asked', episodeId: ids.episodeId, guid: episode.guid, status: 'published' },
          matchedBy: 'name in another case',
          person: { id: 'p2', name: NAME, role: 'guest' },
          tracks: [{ key: 'rooms/asked/p2.wav', kind: 'speech', isStored: true }],
          files: expect.arrayContaining([episode.audio?.url]),
          renders: [{ renderKey, isCurrent: true, stems: [expect.stringMatching(/stems\/\d\.opus$/)] }],
          chapters: [`${NAME.toUpperCase()} sings`],
          markers: ['Marsupials', `${NAME.toUpperCase()} sings`],
          intake: [`intake/${manifestOf(ids).roomHash}/000000.json`],
          words: ['description', 'chapters'],
        },
      ],
    });
    const [render] = found.episodes[0].renders;
    expect(render.turns).toBeGreaterThan(0);
    expect(render.hearings).toEqual([`tracks-cache/${manifestOf(ids).tracks[1].heardSha256}/analysis.json`]);
    for (const key of [...render.stems, ...render.hearings]) expect(app.keys(key)).toEqual([key]);
    expect(JSON.parse(await report('p2', '--show', 'asked', '--json')).episodes).toMatchObject([{ matchedBy: 'id' }]);
    expect(await report(NAME)).toContain('rooms/asked/p2.wav (speech)');
    expect(await report('Nobody Here')).toMatch(/Nothing is stored of "Nobody Here"/);

    expect((await leave(ids)).status).toBe(200);
    await client.when(ids, (now) => now.revision === 2 && rests(now));
    const after = JSON.parse(await report('p2', '--show', 'asked', '--json')).episodes;
    expect(after).toMatchObject([{ matchedBy: 'left', tracks: [], files: [], renders: [], intake: [] }]);
    const named = JSON.parse(await report(NAME, '--json')).episodes;
    expect(named.filter((one: { episodeId: string }) => one.episodeId === ids.episodeId)).toMatchObject([
      { matchedBy: 'mention', words: ['description'] },
    ]);
  }, 90_000);

  it('must be in it, must leave somebody behind, and leaves once', async () => {
    const { ids } = await publishedWith('odd');
    const asked = (who: string[]) => client.edit(ids, { edit: { excludeParticipantIds: who } });
    expect((await problemOf(await asked(['p1', 'p9']), 409)).detail).toMatch(/"p9"/);
    expect((await problemOf(await asked(['p1', 'p2']), 409)).detail).toMatch(/erase/);
    expect((await leave(ids)).status).toBe(200);
    await client.when(ids, (now) => now.revision === 2 && rests(now));
    const { version } = manifestOf(ids);
    expect((await leave(ids)).status).toBe(200);
    expect(manifestOf(ids)).toMatchObject({ version, departures: [{ people: 1 }] });
    expect((await client.call('DELETE', pathOf(ids))).status).toBe(200);
    expect(manifestOf(ids)).toMatchObject({ departures: [{ people: 1 }], leftOut: [] });
    await expect.poll(() => app.keys('rooms/odd').filter((key) => !key.endsWith('late.wav')), soon).toEqual([]);
  }, 60_000);
});
