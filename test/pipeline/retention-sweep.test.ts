/** What sweep removes when its time is over, and what it never does: on the real store, with a clock that is set by hand. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { publishFinished, renderFinished } from '../../src/domain/episode-life.ts';
import { EpisodeId, ParticipantId, ShowId, sha256 } from '../../src/domain/ids.ts';
import { Show } from '../../src/domain/show.ts';
import { changeManifest, readManifest } from '../../src/pipeline/manifests.ts';
import { changeRecord } from '../../src/pipeline/records.ts';
import { Sweeper } from '../../src/pipeline/sweep.ts';
import { apiClient, pathOf, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { Answer, sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';

const START_MS = Date.now();
const DAY_SECONDS = 86_400;
const HEARD = sha256('what p1 said');

describe('retention', () => {
  let app: TestApp;
  let seconds = 0;
  let shows = 0;
  let showId = ShowId.parse('none');

  beforeAll(async () => {
    const clock = { now: () => new Date(START_MS + seconds * 1000) };
    app = await startApp({ replace: () => ({ clock, monotonicMs: () => seconds * 1000 }) });
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    for (const prefix of ['pending/', 'rooms/', 'shows/', 'intake/']) {
      for (const key of app.keys(prefix)) await app.engine.bucket.delete(key);
    }
    seconds = 0;
    shows++;
    showId = ShowId.parse(`show-${shows}`);
  });

  type Ids = { readonly showId: ShowId; readonly episodeId: EpisodeId };
  const put = (key: string, body = key) => app.engine.bucket.put(key, body, { contentType: 'audio/mpeg' });
  const now = () => app.engine.clock.now();
  const eventOf = (room: string) =>
    smallRoom(`rm-${showId}-${room}`, (data) => Object.assign(data.room, { showId }), new Date(START_MS));
  const accept = async (room = 'a'): Promise<Ids> => {
    for (const key of ['rooms/small/p1.wav', 'rooms/small/p2.wav']) await put(key);
    const answer = Answer.parse(await (await sendWebhook(app.url, eventOf(room))).json());
    return { showId: ShowId.parse(answer.showId), episodeId: EpisodeId.parse(answer.episodeId) };
  };
  const change = async (ids: Ids, step: (manifest: Manifest) => Manifest | undefined) =>
    (await changeManifest(app.engine.bucket, ids.showId, ids.episodeId, step)).value;
  const read = async (ids: Ids) => (await readManifest(app.engine.bucket, ids.showId, ids.episodeId))?.value;
  /** With all that a render leaves in the bucket, and a published file. */
  const render = async (ids: Ids, mode: 'auto' | 'draft' = 'auto') => {
    const renderKey = sha256(`${ids.episodeId} render`);
    const stems = [{ participantId: ParticipantId.parse('p1'), kind: 'speech', noiseLufs: null, name: '0.opus' }];
    await put(`renders/${renderKey}/stems/index.json`, JSON.stringify({ format: 1, stems }));
    for (const name of ['master.mp3', 'report.json', 'turns.json', 'stems/0.opus'])
      await put(`renders/${renderKey}/${name}`);
    await put(`tracks-cache/${HEARD}/analysis.json`);
    const loudness = { integratedLufs: -16, truePeakDbtp: -2, loudnessRangeLu: 1 };
    await change(ids, (manifest) => {
      const tracks = manifest.tracks.map((track) => ({ ...track, state: 'present' as const, heardSha256: HEARD }));
      const result = { request: 1, master: { renderKey, durationSeconds: 4, loudness }, tracks, warnings: [] };
      return renderFinished({ ...manifest, publish: { mode } }, { ...result, mayPublish: true }, now());
    });
    return renderKey;
  };
  const publish = async (ids: Ids) => {
    const renderKey = await render(ids);
    const key = `public/shows/${ids.showId}/episodes/${ids.episodeId}/${sha256('mp3')}.mp3`;
    await put(key);
    const file = { key, contentType: 'audio/mpeg', lengthBytes: key.length };
    const audio = { ...file, durationSeconds: 4, integratedLufs: -16, truePeakDbtp: -2 };
    await change(ids, (manifest) =>
      publishFinished(manifest, { request: 1, renderKey, audio, cover: file, chapters: [], warnings: [] }, now()),
    );
    return renderKey;
  };
  const keep = (retention: Record<string, number | null>) =>
    changeRecord(app.engine.bucket, `shows/${showId}/show.json`, Show, (show) => ({
      ...show,
      version: show.version + 1,
      retention: { ...show.retention, ...retention },
    }));
  const sweepAt = async (day: number, engine: Partial<typeof app.engine> = {}) => {
    seconds = day * DAY_SECONDS;
    await new Sweeper({ ...app.engine, ...engine }).sweep();
  };
  const tracks = () => app.keys('rooms/');

  it('removes recordings, and what was heard in them, 30 days after publishing; stems and master stay', async () => {
    const ids = await accept();
    const renderKey = await publish(ids);
    const before = await read(ids);
    await sweepAt(29.9);
    expect(tracks()).toHaveLength(2);
    await sweepAt(30.1);
    expect(tracks()).toEqual([]);
    expect(app.keys('tracks-cache/')).toEqual([]);
    expect(app.keys(`renders/${renderKey}/`)).toHaveLength(5);
    const after = await read(ids);
    expect(after).toMatchObject({ version: before?.version, retired: { tracks: now().toISOString() } });
  });

  it('leaves recordings alone where there are no stems to edit from, and says so', async () => {
    const ids = await accept();
    const renderKey = await publish(ids);
    await app.engine.bucket.delete(`renders/${renderKey}/stems/index.json`);
    await sweepAt(31);
    expect(tracks()).toHaveLength(2);
    expect(app.log.some((line) => line.includes('no stems to edit from') && line.includes(ids.episodeId))).toBe(true);
  });

  it('leaves alone what another episode still needs, until that one’s time is over too', async () => {
    const ids = await accept();
    await publish(ids);
    const other = await accept('b');
    await sweepAt(31);
    expect(tracks()).toHaveLength(2);
    await publish(other);
    await sweepAt(62);
    expect(tracks()).toEqual([]);
  });

  it('never removes anything from a track store that is somebody else’s', async () => {
    await publish(await accept());
    await sweepAt(400, { ownsTracks: false });
    expect(tracks()).toHaveLength(2);
  });

  it('removes nothing that a render waits for', async () => {
    const ids = await accept();
    await keep({ stemsAndMastersDays: 0 });
    const renderKey = await publish(ids);
    await change(ids, (manifest) => ({ ...manifest, renderRequest: 2, version: manifest.version + 1 }));
    await sweepAt(31);
    expect(tracks()).toHaveLength(2);
    expect(app.keys(`renders/${renderKey}/`)).toHaveLength(5);
  });

  it('takes stems and master of a published episode where a show says so; edits are refused with the reason', async () => {
    const ids = await accept();
    await keep({ stemsAndMastersDays: 60 });
    const renderKey = await publish(ids);
    await sweepAt(61);
    const left = ['report.json', 'turns.json'].map((name) => `renders/${renderKey}/${name}`);
    expect(app.keys(`renders/${renderKey}/`)).toEqual(left);
    const client = apiClient(app.url);
    for (const patch of [{ title: 'Another' }, { edit: { trimStartSeconds: 1 } }]) {
      const answer = { showId: ids.showId, episodeId: ids.episodeId };
      expect((await problemOf(await client.edit(answer, patch), 409)).code).toBe('tracks-gone');
    }
    expect((await read(ids))?.status).toBe('published');
  });

  it('makes the audio again for a new title where only the master went', async () => {
    const ids = await accept();
    await keep({ stemsAndMastersDays: 1, tracksDays: null });
    await publish(ids);
    await sweepAt(2);
    expect((await apiClient(app.url).edit(ids, { title: 'Another' })).status).toBe(200);
    expect(await read(ids)).toMatchObject({ title: 'Another', renderRequest: 2, status: 'published' });
  });

  it('takes all audio of a draft that nobody touched for a year; then it cannot be published', async () => {
    const ids = await accept();
    const renderKey = await render(ids, 'draft');
    await sweepAt(364);
    expect(app.keys(`renders/${renderKey}/`)).toHaveLength(5);
    await sweepAt(366);
    expect([tracks(), app.keys(`renders/${renderKey}/`)]).toEqual([[], []]);
    const response = await apiClient(app.url).call('POST', `${pathOf(ids)}/publish`);
    expect((await problemOf(response, 409)).code).toBe('tracks-gone');
  });

  it('forgets what the platform told, and still knows the same event from another', async () => {
    const ids = await accept();
    await keep({ intakeDays: 3 });
    await publish(ids);
    await sweepAt(4);
    expect(app.keysHolding('Zanzibar').filter((key) => key.startsWith('intake/'))).toEqual([]);
    // Signed now: the clock goes back for it.
    seconds = 0;
    expect((await sendWebhook(app.url, eventOf('a'))).status).toBe(200);
    const other = eventOf('a');
    other.data.room['title'] = 'Another title';
    expect((await sendWebhook(app.url, other)).status).toBe(409);
    expect((await read(ids))?.status).toBe('published');
  });

  it('withdraws an episode that is to be public for so long only', async () => {
    const ids = await accept();
    await keep({ publishedDays: 10 });
    await publish(ids);
    await sweepAt(11);
    await sweepAt(11.1);
    expect((await read(ids))?.status).toBe('unpublished');
    expect((await read(ids))?.history.at(-1)).toMatchObject({ what: 'unpublish', who: 'sweep' });
    expect(app.keys(`public/shows/${showId}/episodes/`)).toEqual([]);
  });

  it('removes the recordings of an erased episode, and keeps those that another is made of', async () => {
    const ids = await accept();
    await publish(ids);
    const other = await accept('b');
    await put('rooms/small/only.wav');
    await change(ids, (manifest) => {
      const [track] = manifest.tracks;
      const only = track && { ...track, key: 'rooms/small/only.wav' as typeof track.key };
      return { ...manifest, tracks: [...manifest.tracks, ...(only ? [only] : [])], version: manifest.version + 1 };
    });
    expect((await apiClient(app.url).call('DELETE', pathOf(ids))).status).toBe(200);
    await sweepAt(0.01);
    expect(tracks()).toEqual(['rooms/small/p1.wav', 'rooms/small/p2.wav']);
    expect((await read(ids))?.removal?.trackKeys).toEqual([]);
    await sweepAt(0.1);
    expect((await read(ids))?.removal).toBeUndefined();
    expect((await read(other))?.tracks).toHaveLength(2);
  });
});
