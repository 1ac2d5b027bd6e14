/** One episode through all that a creator may do with it: read, edited, added to. Rendered for real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { creator, rests } from '../support/creator.ts';
import { type Answer, type Episode, sendWebhook } from '../support/room.ts';
import { dropSmallTracks, tracksAddedEvent } from '../support/small-room.ts';

let app: TestApp;
let client: ApiClient;
beforeAll(async () => {
  app = await startApp({ workers: true });
  client = apiClient(app.url);
  dropSmallTracks(app.objects, ['p1', 'p2', 'late']);
});
afterAll(() => app?.close());

const { local, manifestOf, published } = creator(() => app);
describe('a published episode', () => {
  let ids: Answer;
  let episode: Episode;
  beforeAll(async () => {
    ({ ids, episode } = await published('edited'));
  });

  it('has the fields of interfaces.md', () => {
    expect(episode).toMatchObject({
      id: ids.episodeId,
      showId: 'edited',
      roomId: 'rm-edited',
      guid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      revision: 1,
      status: 'published',
      title: 'Album night',
      description: '',
      startedAt: expect.any(String),
      publishedAt: expect.any(String),
      audio: {
        url: expect.stringContaining(PUBLIC_URL),
        contentType: 'audio/mpeg',
        durationSeconds: expect.any(Number),
      },
      participants: [
        { id: 'p1', name: 'Ana Quimera', role: 'host' },
        { id: 'p2', name: 'Ben Zanzibar', role: 'guest' },
      ],
      excludedCount: 0,
      chapters: [],
      edit: {},
      tracks: [
        { participantId: 'p1', key: 'rooms/small/p1.wav', state: 'present' },
        { participantId: 'p2', key: 'rooms/small/p2.wav', state: 'present' },
      ],
      warnings: expect.any(Array),
    });
    expect(episode.stage).toBeUndefined();
    expect(episode.failure).toBeUndefined();
  });

  it('is answered 304 to who has it already, in any form of the condition', async () => {
    const { etag } = await client.episode(ids);
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await client.call('GET', pathOf(ids), undefined, { 'if-none-match': condition });
      expect([condition, response.status, response.headers.get('etag')]).toEqual([condition, 304, etag]);
      expect(await response.text()).toBe('');
    }
    expect((await client.call('GET', pathOf(ids), undefined, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('gives its audio and its report to whoever has the token', async () => {
    const audio = await client.call('GET', `${pathOf(ids)}/audio`);
    expect([audio.status, audio.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
    expect((await audio.arrayBuffer()).byteLength).toBe(Number(audio.headers.get('content-length')));
    const report = await client.call('GET', `${pathOf(ids)}/report`);
    expect(await report.json()).toMatchObject({ renderKey: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await problemOf(await client.call('GET', `${pathOf(ids)}/nothing`), 404);
  });

  it('is changed by nobody who has not seen it: 428 without If-Match, 412 with an old one', async () => {
    const patch = { title: 'Unseen' };
    expect((await problemOf(await client.call('PATCH', pathOf(ids), patch), 428)).code).toBe('if-match-needed');
    for (const old of ['"v0"', '"other"', 'junk']) {
      await problemOf(await client.call('PATCH', pathOf(ids), patch, { 'if-match': old }), 412);
    }
    const { etag } = await client.episode(ids);
    await problemOf(await client.call('PATCH', pathOf(ids), patch, { 'if-match': `W/${etag}` }), 412);
    expect((await client.episode(ids)).episode.title).toBe('Album night');
  });

  it.each<[string, unknown, string]>([
    ['an empty title', { title: ' ' }, 'title'],
    ['a field that cannot be changed', { guid: 'x' }, 'guid'],
    ['a misspelt field of an edit', { edit: { trimStart: 5 } }, 'edit.trimStart'],
    ['a misspelt field of a chapter', { chapters: [{ startSeconds: 1, title: 'x', link: 'y' }] }, 'chapters[0].link'],
    ['a chapter before the start', { chapters: [{ startSeconds: -1, title: 'x' }] }, 'chapters[0].startSeconds'],
    ['a trim of less than nothing', { edit: { trimStartSeconds: -1 } }, 'edit.trimStartSeconds'],
    ['an episode number of 0', { episode: 0 }, 'episode'],
    ['a schedule without a time', { publish: { mode: 'scheduled' } }, 'publish.at'],
    ['a kind of episode that there is not', { episodeType: 'rerun' }, 'episodeType'],
  ])('answers 400 to %s', async (_, patch, path) => {
    const { issues } = await problemOf(await client.edit(ids, patch), 400);
    expect(issues?.map((issue) => issue.path)).toContain(path);
  });

  it('answers 409 to an edit that leaves nothing to hear', async () => {
    await problemOf(await client.edit(ids, { edit: { trimStartSeconds: 2, trimEndSeconds: 2 } }), 409);
    expect(await client.episode(ids)).toMatchObject({ episode: { edit: {}, status: 'published' } });
  });

  it('re-tags, and never re-mixes, when its title changes', async () => {
    const before = manifestOf(ids);
    const { etag } = await client.episode(ids);
    const response = await client.edit(ids, { title: 'Album night, in words', season: 2, episode: 7 });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).not.toBe(etag);
    expect(await response.json()).toMatchObject({ title: 'Album night, in words', status: 'published', season: 2 });
    const xml = await client.feedWhen(
      'edited',
      (feed) => feed.includes('in words') && !feed.includes(episode.audio?.url ?? ''),
    );
    const { episode: after } = await client.episode(ids);
    expect(after).toMatchObject({ revision: 1, guid: episode.guid, publishedAt: episode.publishedAt });
    expect(manifestOf(ids).master).toEqual(before.master);
    expect(app.keys('renders/').filter((key) => key.endsWith('master.mp3'))).toHaveLength(1);
    expect(xml).toContain(`url="${after.audio?.url}"`);
    expect((await fetch(local(after.audio?.url))).status).toBe(200);
    // The old one stays for apps that read the feed before, until its time of grace is over.
    expect((await fetch(local(episode.audio?.url))).status).toBe(200);
    expect(manifestOf(ids).superseded.map(({ key }: { key: string }) => key)).toContain(before.audio.key);
  });

  it('becomes a new revision under the same GUID when its audio is edited', async () => {
    const { episode: before } = await client.episode(ids);
    expect((await client.edit(ids, { edit: { trimStartSeconds: 1 } })).status).toBe(200);
    const after = await client.when(ids, (now) => now.revision === 2 && rests(now));
    expect(after).toMatchObject({ guid: before.guid, publishedAt: before.publishedAt, edit: { trimStartSeconds: 1 } });
    expect((before.audio?.durationSeconds ?? 0) - (after.audio?.durationSeconds ?? 0)).toBeCloseTo(1, 1);
    const xml = await client.feedWhen('edited', (feed) => feed.includes(after.audio?.url ?? '?'));
    expect(xml.split(before.guid)).toHaveLength(2);
  });

  it('finds its first audio done when the edit is taken back', async () => {
    expect((await client.edit(ids, { edit: { trimStartSeconds: 0 } })).status).toBe(200);
    const after = await client.when(ids, (now) => now.revision === 3 && rests(now));
    expect(after.audio?.durationSeconds).toBeCloseTo(4, 1);
    expect(new Set(manifestOf(ids).renderKeys).size).toBeLessThanOrEqual(3);
  });

  it('takes a late track as a new revision, once', async () => {
    const key = 'rooms/small/late.wav';
    const added = tracksAddedEvent('rm-edited', [key], 'p2', 'edited');
    const startedAt = (added.data.tracks[0] as { startedAt: string } | undefined) ?? { startedAt: '' };
    startedAt.startedAt = episode.publishedAt ?? '';
    expect((await sendWebhook(app.url, added)).status).toBe(202);
    const after = await client.when(ids, (now) => now.revision === 4 && rests(now));
    expect(after.guid).toBe(episode.guid);
    expect(after.tracks[2]).toMatchObject({ key, participantId: 'p2', state: 'present' });
    expect((await sendWebhook(app.url, added)).status).toBe(200);
    expect((await client.episode(ids)).episode).toMatchObject({ revision: after.revision, tracks: after.tracks });
  });

  it('forgets by name whoever leaves it, and their recording is not in the next revision', async () => {
    // Before they leave: the next revision may be there before anything else is asked.
    const { revision } = (await client.episode(ids)).episode;
    expect((await client.edit(ids, { edit: { excludeParticipantIds: ['p2'] } })).status).toBe(200);
    const after = await client.when(ids, (now) => now.revision > revision && rests(now));
    expect(after).toMatchObject({ excludedCount: 1, participants: [{ id: 'p1' }], tracks: [{ participantId: 'p1' }] });
    await client.feedWhen('edited', (xml) => !xml.includes('Zanzibar'));
  });
});
