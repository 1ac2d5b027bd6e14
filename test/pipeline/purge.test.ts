/** A CDN is told which public files are gone: signed, until it takes it; a real receiver on loopback. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPost } from '../../src/adapters/outgoing/post.ts';
import { tombstone } from '../../src/domain/episode-wishes.ts';
import { EpisodeId, ShowId } from '../../src/domain/ids.ts';
import { purgeWanted } from '../../src/domain/purge.ts';
import { Show } from '../../src/domain/show.ts';
import { carryOutRemoval } from '../../src/pipeline/leave-episode.ts';
import { changeManifest, readManifest } from '../../src/pipeline/manifests.ts';
import { purgeCopies } from '../../src/pipeline/purge.ts';
import { changeRecord } from '../../src/pipeline/records.ts';
import { showKey } from '../../src/storage/object-keys.ts';
import { apiClient, problemOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { type Receiver, startReceiver, status, verified } from '../support/receiver.ts';
import { Answer, sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';
import { TEST_SECRET } from '../support/webhook.ts';

let app: TestApp;
let cdn: Receiver;
let aheadMs = 0;
beforeAll(async () => {
  cdn = await startReceiver();
  app = await startApp({
    replace: () => ({
      clock: { now: () => new Date(Date.now() + aheadMs) },
      purgeUrl: `${cdn.url}/purge`,
      signingSecret: async () => TEST_SECRET,
      post: createPost([cdn.url], { totalMs: 1_000 }),
    }),
  });
});
afterAll(async () => {
  await app?.close();
  await cdn?.close();
});

it('is owed what an erased episode had in public until it is taken, then no more', async () => {
  const answer = Answer.parse(await (await sendWebhook(app.url, smallRoom('rm-purge'))).json());
  const ids = { showId: ShowId.parse(answer.showId), episodeId: EpisodeId.parse(answer.episodeId) };
  const { bucket, clock } = app.engine;
  const key = `public/shows/${ids.showId}/episodes/${ids.episodeId}/old.mp3`;
  await bucket.put(key, 'sound', { contentType: 'audio/mpeg' });
  const { value: erased } = await changeManifest(bucket, ids.showId, ids.episodeId, (now) =>
    tombstone({ ...now, superseded: [{ key, since: now.createdAt }] }, clock.now()),
  );
  await carryOutRemoval(erased, app.engine);
  expect(app.keys(key)).toEqual([]);
  const owed = async () => (await readManifest(bucket, ids.showId, ids.episodeId))?.value.purge;
  expect(await owed()).toMatchObject({ keys: [key], attempts: 0 });

  const { signal } = new AbortController();
  cdn.answer = status(500);
  await purgeCopies(ids, signal, app.engine);
  expect(await owed()).toMatchObject({ keys: [key], attempts: 1, lastAnswer: expect.stringContaining('500') });
  await purgeCopies(ids, signal, app.engine);
  expect(cdn.received).toHaveLength(1);

  cdn.answer = status(204);
  aheadMs = 60_000;
  await purgeCopies(ids, signal, app.engine);
  expect(await owed()).toBeUndefined();
  expect(cdn.received).toHaveLength(2);
  const [first, second] = cdn.received;
  expect(second?.id).toBe(first?.id);
  expect(first && verified(first)).toMatchObject({
    type: 'files.removed',
    data: {
      showId: ids.showId,
      episodeId: ids.episodeId,
      urls: [
        `${PUBLIC_URL}/shows/${ids.showId}/episodes/${ids.episodeId}/old.mp3`,
        `${PUBLIC_URL}/shows/${ids.showId}/feed.xml`,
      ],
    },
  });
});

it('is told among the deliveries while it is owed and when it was given up, and is asked for again', async () => {
  const answer = Answer.parse(await (await sendWebhook(app.url, smallRoom('rm-given-up'))).json());
  const ids = { showId: ShowId.parse(answer.showId), episodeId: EpisodeId.parse(answer.episodeId) };
  const key = `public/shows/${ids.showId}/episodes/${ids.episodeId}/old.mp3`;
  const { signal } = new AbortController();
  const client = apiClient(app.url);
  const id = `purge_${ids.episodeId}`;
  const told = async () => {
    const { deliveries } = await (await client.call('GET', `/shows/${ids.showId}/deliveries`)).json();
    return deliveries.find((one: { id: string }) => one.id === id);
  };
  await changeManifest(app.engine.bucket, ids.showId, ids.episodeId, (now) =>
    purgeWanted(now, [key], app.engine.clock.now()),
  );
  expect(await told()).toMatchObject({
    type: 'files.removed',
    state: 'owed',
    attempts: 0,
    to: new URL(cdn.url).origin,
  });
  cdn.answer = status(500);
  aheadMs += 25 * 3600 * 1000;
  await purgeCopies(ids, signal, app.engine);
  expect(await told()).toMatchObject({ state: 'given-up', lastAnswer: expect.stringContaining('500') });

  cdn.answer = status(204);
  const again = await client.call('POST', `/shows/${ids.showId}/deliveries/${id}/resend`);
  expect([again.status, await again.json()]).toMatchObject([202, { id, state: 'owed' }]);
  await purgeCopies(ids, signal, app.engine);
  expect(await told()).toBeUndefined();
  const unknown = await client.call('POST', `/shows/${ids.showId}/deliveries/${id}/resend`);
  expect((await problemOf(unknown, 404)).detail).toContain(id);
});

it('names the pictures of a show that became private beside what it had in public', async () => {
  aheadMs = 0;
  const answer = Answer.parse(await (await sendWebhook(app.url, smallRoom('rm-secluded'))).json());
  const ids = { showId: ShowId.parse(answer.showId), episodeId: EpisodeId.parse(answer.episodeId) };
  const folder = `shows/${ids.showId}`;
  const cover = { key: `private/${folder}/cover-large.jpg`, generated: false };
  const smaller = [{ key: `private/${folder}/cover-small.jpg`, widthPx: 600 }];
  const { bucket, clock } = app.engine;
  await changeRecord(bucket, showKey(ids.showId), Show, (show) => ({
    ...show,
    private: true,
    version: show.version + 1,
    cover: { ...cover, smaller },
  }));
  const key = `public/${folder}/episodes/${ids.episodeId}/old.mp3`;
  await changeManifest(bucket, ids.showId, ids.episodeId, (now) => purgeWanted(now, [key], clock.now()));
  cdn.answer = status(204);
  await purgeCopies(ids, new AbortController().signal, app.engine);
  const last = cdn.received.at(-1);
  expect(last && verified(last)).toMatchObject({
    data: {
      urls: [
        `${PUBLIC_URL}/${folder}/episodes/${ids.episodeId}/old.mp3`,
        `${PUBLIC_URL}/${folder}/feed.xml`,
        `${PUBLIC_URL}/${folder}/cover-large.jpg`,
        `${PUBLIC_URL}/${folder}/cover-small.jpg`,
      ],
    },
  });
});
