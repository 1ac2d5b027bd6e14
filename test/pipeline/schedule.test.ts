/** A schedule on the queue's clock: prompter than sweep, which is not running here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { EpisodeId, ShowId, sha256 } from '../../src/domain/ids.ts';
import { changeManifest } from '../../src/pipeline/manifests.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { nextJob, scheduleJob } from '../../src/pipeline/room-flow.ts';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { creator } from '../support/creator.ts';
import type { Answer } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';

const HOUR_MS = 3_600_000;
let app: TestApp;
let client: ApiClient;
let clockAheadMs = 0;
const { manifestOf } = creator(() => app);
beforeAll(async () => {
  app = await startApp({ replace: () => ({ clock: { now: () => new Date(Date.now() + clockAheadMs) } }) });
  client = apiClient(app.url);
});
afterAll(() => app?.close());

/** As a render leaves it. */
async function draft(roomId: string): Promise<Answer> {
  const ids = await client.accept(smallRoom(roomId, (data) => Object.assign(data, { publish: { mode: 'draft' } })));
  const loudness = { integratedLufs: -16, truePeakDbtp: -1, loudnessRangeLu: 5 };
  await change(ids, (now) => ({
    ...{ ...now, status: 'draft', renderedRequest: now.renderRequest, version: now.version + 1 },
    master: { renderKey: sha256(roomId), durationSeconds: 3, loudness },
  }));
  return ids;
}

const change = ({ showId, episodeId }: Answer, step: (now: Manifest) => Manifest) =>
  changeManifest(app.engine.bucket, ShowId.parse(showId), EpisodeId.parse(episodeId), step);
const inAnHour = () => new Date(Date.now() + HOUR_MS).toISOString();

describe('a scheduled episode', () => {
  it('waits in the queue for its time, and is woken by its job then, not before', async () => {
    const ids = await draft('rm-timed');
    const at = inAnHour();
    expect((await client.edit(ids, { publish: { mode: 'scheduled', at } })).status).toBe(200);
    const job = scheduleJob(manifestOf(ids), new Date());
    expect(job).toMatchObject({ queue: 'publish', payload: { episodeId: ids.episodeId } });
    expect(await app.engine.queue.state('publish', job?.jobId ?? '')).toBe('delayed');

    const run = { jobId: job?.jobId ?? '', attempt: 1, isLastAttempt: false, signal: AbortSignal.timeout(10_000) };
    const work = { ...run, progress: async () => {} };
    const payload = { showId: ShowId.parse(ids.showId), episodeId: EpisodeId.parse(ids.episodeId), request: 1 };
    await runPublish(payload, work, app.engine);
    expect(manifestOf(ids).status).toBe('scheduled');
    clockAheadMs = HOUR_MS + 1000;
    try {
      await runPublish(payload, work, app.engine);
    } finally {
      clockAheadMs = 0;
    }
    const woken = manifestOf(ids);
    expect(woken).toMatchObject({ status: 'rendering', scheduledFor: at });
    expect(woken.history.at(-1)).toMatchObject({ who: 'pipeline', what: 'publish' });
    expect(await app.engine.queue.state('publish', nextJob(woken)?.jobId ?? '')).toBe('waiting');
  });

  it('leaves a time that is years ahead to sweep', async () => {
    const ids = await draft('rm-years');
    await client.edit(ids, { publish: { mode: 'scheduled', at: '2099-01-01T00:00:00Z' } });
    expect(manifestOf(ids).status).toBe('scheduled');
    expect(scheduleJob(manifestOf(ids), new Date())).toBeUndefined();
  });

  it('is published at once, and not dated back, when the time it is given is over', async () => {
    const ids = await draft('rm-past');
    const response = await client.edit(ids, { publish: { mode: 'scheduled', at: '2020-01-01T00:00:00Z' } });
    expect(await response.json()).toMatchObject({ status: 'rendering' });
    expect(manifestOf(ids).scheduledFor).toBeUndefined();
  });
});
