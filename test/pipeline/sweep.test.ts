/** What fell through, and how sweep finds it: on the real store and queue, with a clock that is set by hand. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { publishFinished, renderFinished, stageFailed } from '../../src/domain/episode-life.ts';
import { tombstone, unpublishWanted } from '../../src/domain/episode-wishes.ts';
import { EpisodeId, ShowId, sha256 } from '../../src/domain/ids.ts';
import { changeManifest, readManifest } from '../../src/pipeline/manifests.ts';
import { nextJob } from '../../src/pipeline/room-flow.ts';
import { Sweeper } from '../../src/pipeline/sweep.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { Answer, sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';

const START_MS = Date.now();

describe('sweep', () => {
  let app: TestApp;
  let sweeper: Sweeper;
  let seconds = 0;
  let rooms = 0;

  beforeAll(async () => {
    const clock = { now: () => new Date(START_MS + seconds * 1000) };
    app = await startApp({ replace: () => ({ clock, monotonicMs: () => seconds * 1000 }) });
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    // Rooms of earlier tests are nobody's business here.
    for (const key of [...app.keys('pending/'), ...app.keys('rooms/')]) await app.engine.bucket.delete(key);
    sweeper = new Sweeper(app.engine);
    seconds = 0;
  });

  const accept = async (change?: Parameters<typeof smallRoom>[1]) => {
    rooms++;
    const answer = Answer.parse(await (await sendWebhook(app.url, smallRoom(`rm-sweep-${rooms}`, change))).json());
    return { showId: ShowId.parse(answer.showId), episodeId: EpisodeId.parse(answer.episodeId) };
  };
  type Ids = Awaited<ReturnType<typeof accept>>;
  const read = async ({ showId, episodeId }: Ids) => {
    const record = await readManifest(app.engine.bucket, showId, episodeId);
    if (!record) throw new Error(`there is no ${episodeId}`);
    return record.value;
  };
  const change = async ({ showId, episodeId }: Ids, step: (manifest: Manifest) => Manifest | undefined) =>
    (await changeManifest(app.engine.bucket, showId, episodeId, step)).value;
  const now = () => app.engine.clock.now();
  const put = (key: string, body = key) => app.engine.bucket.put(key, body, { contentType: 'audio/mpeg' });
  const rendered = (manifest: Manifest, states: readonly ('present' | 'expected' | 'incomplete')[] = []) =>
    renderFinished(
      manifest,
      {
        request: manifest.renderRequest,
        master: {
          renderKey: sha256(`${manifest.id} ${manifest.renderRequest}`),
          durationSeconds: 4,
          loudness: { integratedLufs: -16, truePeakDbtp: -2, loudnessRangeLu: 1 },
        },
        tracks: manifest.tracks.map((track, index) => ({ ...track, state: states[index] ?? 'present' })),
        warnings: [],
        mayPublish: true,
      },
      now(),
    );
  /** As the publish stage leaves it, its files in the bucket. */
  const publish = async (ids: Ids, states?: readonly ('present' | 'expected' | 'incomplete')[]) => {
    const prefix = `public/shows/${ids.showId}/episodes/${ids.episodeId}/`;
    const [mp3, jpg] = [`${prefix}${sha256('mp3')}.mp3`, `${prefix}${sha256('jpg')}.jpg`];
    await put(mp3);
    await put(jpg);
    return change(ids, (manifest) => {
      const ready = rendered(manifest, states);
      const file = { contentType: 'audio/mpeg', lengthBytes: 9 };
      const audio = { ...file, key: mp3, durationSeconds: 4, integratedLufs: -16, truePeakDbtp: -2 };
      const cover = { ...file, key: jpg };
      const renderKey = sha256(`${manifest.id} ${manifest.renderRequest}`);
      return publishFinished(
        ready,
        { request: ready.publishRequest, renderKey, audio, cover, chapters: [], warnings: [] },
        now(),
      );
    });
  };
  const jobOf = (manifest: Manifest) => {
    const job = nextJob(manifest)?.children?.[0];
    if (!job) throw new Error('nothing is to be rendered');
    return app.engine.queue.state(job.queue, job.jobId);
  };
  const feed = () => readFileSync(`${app.objects}/public/shows/late-table/feed.xml`, 'utf8');

  it('asks again for a room whose job the queue has lost', async () => {
    const ids = await accept();
    // Lost is lost: a queue that never heard of this request stands for one that was emptied.
    const manifest = await change(ids, (current) => ({ ...current, renderRequest: 7, version: current.version + 1 }));
    expect(await jobOf(manifest)).toBe('absent');
    expect(await sweeper.sweep()).toMatchObject({ pending: 1, hinted: 1, settled: 0 });
    expect(await jobOf(manifest)).toBe('waiting');
  });

  it('finishes an intake that ended between its record and its manifest, under the show that the record names', async () => {
    const ids = await accept();
    await app.engine.bucket.delete(`shows/${ids.showId}/episodes/${ids.episodeId}.json`);
    const [mark] = app.keys('pending/');
    const wrong = {
      ...JSON.parse(app.read(mark ?? '').toString()),
      showId: 'another-show',
      episodeId: `ep-${'0'.repeat(32)}`,
    };
    await app.engine.bucket.put(mark ?? '', JSON.stringify(wrong), { contentType: 'application/json' });
    await sweeper.sweep();
    expect((await read(ids)).status).toBe('waiting-for-tracks');
    expect(await sweeper.sweep()).toMatchObject({ pending: 1, hinted: 1 });
  });

  it('publishes what is scheduled once its time has come, dated by the schedule', async () => {
    const due = new Date(START_MS + 3600_000).toISOString();
    const ids = await accept((data) => {
      data.publish = { mode: 'scheduled', at: due };
    });
    await change(ids, (manifest) => rendered(manifest));
    await sweeper.sweep();
    expect((await read(ids)).status).toBe('scheduled');
    seconds = 3601;
    await sweeper.sweep();
    const woken = await read(ids);
    expect(woken).toMatchObject({ status: 'rendering', scheduledFor: due });
    expect(await publish(ids)).toMatchObject({ status: 'published', publishedAt: due });
  });

  it('wakes an episode for a missing track that is there now, once', async () => {
    const ids = await accept();
    await publish(ids, ['present', 'expected']);
    await sweeper.sweep();
    expect((await read(ids)).renderRequest).toBe(1);
    await put('rooms/small/p2.wav');
    await sweeper.sweep();
    await sweeper.sweep();
    expect(await read(ids)).toMatchObject({ renderRequest: 2, status: 'published' });
  });

  it('wakes an episode for an incomplete track whose bytes are others now, whatever the clocks say', async () => {
    const ids = await accept();
    await put('rooms/small/p2.wav', 'half');
    // Later than any put of this file's, however slow the machine.
    seconds = 500;
    await publish(ids, ['present', 'incomplete']);
    await sweeper.sweep();
    expect((await read(ids)).renderRequest).toBe(1);
    await put('rooms/small/p2.wav', 'whole');
    await sweeper.sweep();
    expect((await read(ids)).renderRequest).toBe(2);
  });

  it.each(['all-silent', 'track-rejected', 'internal', 'mix-out-of-bounds'])(
    'leaves an episode that failed with %s alone: no recording that comes would mend it',
    async (code) => {
      const ids = await accept();
      await put('rooms/small/p1.wav');
      await put('rooms/small/p2.wav');
      const failed = { stage: 'render' as const, renderRequest: 1, failure: { code, message: 'Because.' } };
      await change(ids, (manifest) => stageFailed(manifest, failed, now()));
      for (seconds = 0; seconds < 300; seconds += 20) await sweeper.sweep();
      expect(await read(ids)).toMatchObject({ status: 'failed', renderRequest: 1, failure: { code } });
      expect(app.keys('pending/')).toEqual([]);
    },
  );

  it('derives the feed of a settled room, and takes its mark back only when it stayed settled for a minute', async () => {
    const ids = await accept();
    const { guid } = await publish(ids);
    await sweeper.sweep();
    expect(feed()).toContain(guid);
    expect(app.keys('pending/')).toHaveLength(1);
    seconds = 59;
    await sweeper.sweep();
    expect(app.keys('pending/')).toHaveLength(1);
    seconds = 61;
    expect(await sweeper.sweep()).toMatchObject({ settled: 1 });
    expect(app.keys('pending/')).toEqual([]);
  });

  it('derives the feed again after an episode was published anew while its mark still stood', async () => {
    const ids = await accept();
    await publish(ids, ['present', 'expected']);
    await sweeper.sweep();
    seconds = 61;
    await sweeper.sweep();
    await change(ids, (manifest) => ({ ...manifest, title: 'Mended', version: manifest.version + 1 }));
    await sweeper.sweep();
    expect(feed()).toContain('Mended');
  });

  it('removes the files of a withdrawn episode after the feed has forgotten them, never before', async () => {
    const ids = await accept();
    const { guid } = await publish(ids);
    await sweeper.sweep();
    const files = app.keys(`public/shows/late-table/episodes/${ids.episodeId}/`);
    expect(files).toHaveLength(2);
    await change(ids, (manifest) => unpublishWanted(manifest, now()));
    await sweeper.sweep();
    expect(feed()).not.toContain(guid);
    expect(app.keys(`public/shows/late-table/episodes/${ids.episodeId}/`)).toEqual([]);
  });

  it('keeps superseded files for seven days, and no longer', async () => {
    const ids = await accept();
    const old = `public/shows/${ids.showId}/episodes/${ids.episodeId}/${sha256('old')}.mp3`;
    await put(old);
    await publish(ids);
    await change(ids, (manifest) => ({ ...manifest, superseded: [{ key: old, since: now().toISOString() }] }));
    for (const day of [0, 1, 6.9]) {
      seconds = day * 86_400;
      await sweeper.sweep();
      expect(app.keys(old)).toEqual([old]);
    }
    seconds = 7.1 * 86_400;
    await sweeper.sweep();
    await sweeper.sweep();
    expect(app.keys(old)).toEqual([]);
    expect(app.keys('pending/')).toEqual([]);
  });

  it('makes public files anew that went away, rather than let the feed name them', async () => {
    const ids = await accept();
    const { audio, publishRequest } = await publish(ids);
    await sweeper.sweep();
    await app.engine.bucket.delete(audio?.key ?? '');
    seconds = 61;
    await sweeper.sweep();
    expect((await read(ids)).publishRequest).toBe(publishRequest + 1);
  });

  it('ends an erasure that was cut off: no name in the intake, no audio', async () => {
    const ids = await accept();
    const { renderKeys, roomHash } = await publish(ids);
    await put(`renders/${renderKeys[0]}/master.mp3`);
    await change(ids, (manifest) => tombstone(manifest, now()));
    await sweeper.sweep();
    expect(app.keys(`renders/${renderKeys[0]}/`)).toEqual([]);
    expect(app.keys(`public/shows/late-table/episodes/${ids.episodeId}/`)).toEqual([]);
    expect(JSON.parse(app.read(`intake/${roomHash}/000000.json`).toString())).toMatchObject({ type: 'erased' });
  });

  it('goes on with the others when one room cannot be read', async () => {
    const broken = await accept();
    const fine = await accept();
    await put(`shows/${broken.showId}/episodes/${broken.episodeId}.json`, 'no JSON');
    const { guid } = await publish(fine).catch(() => ({ guid: '' }));
    await sweeper.sweep();
    expect(app.log.some((line) => line.includes('could not look after a room'))).toBe(true);
    expect(guid).not.toBe('');
    await app.engine.bucket.delete(`shows/${broken.showId}/episodes/${broken.episodeId}.json`);
  });
});
