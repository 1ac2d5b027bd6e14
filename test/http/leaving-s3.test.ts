/** Somebody leaves an episode whose objects lie on a real S3 server: every object of the bucket is read for the name. */
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeS3Client } from '../../src/adapters/s3/s3-client.ts';
import { type ApiClient, apiClient } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { rests } from '../support/creator.ts';
import { LEAVER_SURNAME, leavingRoom, pubDateIn } from '../support/leaving-room.ts';
import { absenceFails, available } from '../support/programs.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { bytesOf, keysIn } from '../support/stored-objects.ts';

const soon = { timeout: 20_000, interval: 200 };

describe.skipIf(!available.s3 && !absenceFails)('on a real S3 server, a speaker who leaves a published episode', () => {
  let s3: S3Server;
  let s3Bucket: string;
  let app: TestApp;
  let client: ApiClient;
  const { publishedWith, leave, manifestOf, keysNaming, statusOf, expectHeard, expectGone } = leavingRoom(() => app);
  const keys = (prefix?: string) => keysIn(app.engine.bucket, prefix);

  beforeAll(async () => {
    const started = await startS3();
    if (!started) throw new Error('No S3 server is installed, and CI is set.');
    s3 = started;
    s3Bucket = await s3.createBucket();
    Object.assign(process.env, s3.env);
    app = await startApp({ workers: true, storageUrl: s3.storageUrl(s3Bucket) });
    client = apiClient(app.url);
  }, 120_000);
  afterAll(() => app?.close());

  const openUploads = async () => {
    const raw = makeS3Client({ bucket: s3Bucket, ...s3 });
    try {
      return (await raw.send(new ListMultipartUploadsCommand({ Bucket: s3Bucket }))).Uploads ?? [];
    } finally {
      raw.destroy();
    }
  };

  it('is gone from it and from every object of the bucket, at once where it is public; GUID and date stay', async () => {
    const { ids, episode: first } = await publishedWith('left');
    await client.edit(ids, { title: 'Album night, again' });
    const episode = await client.when(ids, (now) => now.audio?.url !== first.audio?.url && rests(now));
    const xml = await client.feedWhen('left', (feed) => feed.includes(episode.audio?.url ?? '?'));
    await expectHeard(episode.audio?.url);
    expect((await keysNaming(LEAVER_SURNAME)).length).toBeGreaterThan(5);
    const before = await manifestOf(ids);

    expect((await leave(ids)).status).toBe(200);
    expect((await bytesOf(app.engine.bucket, 'public/shows/left/feed.xml')).toString()).not.toMatch(/<item|Zanzibar/);
    for (const url of [first.audio?.url, episode.audio?.url]) expect(await statusOf(url, 'HEAD')).toBe(410);
    // Not its cover: that is the same without them, and may be back already.
    for (const { key } of [before.audio, before.chaptersFile, before.passportFile]) {
      expect(await app.engine.bucket.head(key)).toBeUndefined();
    }

    const after = await expectGone(ids, episode, pubDateIn(xml));
    expect(after).toMatchObject({ participants: [{ id: 'p1' }], tracks: [{ participantId: 'p1' }], warnings: [] });
    expect(await keys(`renders/${before.master.renderKey}/`)).toEqual([]);
    expect(await keys(`tracks-cache/${before.tracks[1].heardSha256}`)).toEqual([]);
    await expect.poll(() => keys('rooms/left/p'), soon).toEqual(['rooms/left/p1.wav']);
    expect(await openUploads()).toEqual([]);
  }, 60_000);

  it('is gone as well after the recordings are: the others are taken from their stems', async () => {
    const { ids, episode } = await publishedWith('gone');
    const xml = await client.feedWhen('gone', (feed) => feed.includes(episode.guid));
    for (const key of await keys('rooms/gone/')) await app.engine.bucket.delete(key);
    const before = await manifestOf(ids);
    expect((await leave(ids)).status).toBe(200);
    await expectGone(ids, episode, pubDateIn(xml));
    const { renderKey } = (await manifestOf(ids)).master;
    const stems = `renders/${renderKey}/stems/`;
    expect(await keys(stems)).toEqual([`${stems}0.opus`, `${stems}index.json`]);
    expect(await keys(`renders/${before.master.renderKey}/`)).toEqual([]);
  }, 60_000);
});
