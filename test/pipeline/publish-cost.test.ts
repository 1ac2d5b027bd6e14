/** What a publication costs in a show of many episodes: every operation on the store is counted, from the job's first to the feed's last. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/domain/ids.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { showCoverKey } from '../../src/storage/object-keys.ts';
import { jobContext, modelDependencies } from '../support/feed-model.ts';
import { startWorkshop } from '../support/feed-workshop.ts';
import { type FinishedRoom, makeFinishedRoom } from '../support/finished-room.ts';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';

const EPISODES = 1050;
/** Of objects, beside the listings: the promise of a show of ten thousand. */
const MOST_READS_AND_WRITES = 15;
const TIMEOUT_MS = 180_000;

const places = {
  'a folder': async () => pathToFileURL(join(makeTempFolder('cost'), 'objects')).href,
  radosgw: async () => {
    const s3 = await startS3();
    if (!s3) throw new Error('radosgw is there, but did not start');
    Object.assign(process.env, s3.env);
    return s3.storageUrl(await s3.createBucket());
  },
};

describe('publishing', () => {
  const folder = makeTempFolder('cost-work');
  let room: FinishedRoom;
  beforeAll(async () => {
    room = await makeFinishedRoom();
  }, 120_000);
  afterAll(async () => {
    await room?.close();
    removeFolder(folder);
  });

  it.each(Object.entries(places))(
    `into a show of ${EPISODES} episodes on %s keeps the promise`,
    async (place, open) => {
      if (place === 'radosgw' && !available.s3) return;
      const storageUrl = await open();
      const { bucket } = modelDependencies(storageUrl, '', folder);
      const cover = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
        .jpeg()
        .toBuffer();
      const workshop = await startWorkshop(bucket);
      const coverKey = showCoverKey(workshop.showId, sha256(cover));
      await bucket.put(coverKey, cover, { contentType: 'image/jpeg' });
      await workshop.changeShow({ cover: { key: coverKey, generated: false } });
      await workshop.add(Array.from({ length: EPISODES }, (_, index) => index + 1));
      await workshop.derive();
      const manifest = await room.putInto(bucket, workshop.showId);

      const watched = watchStore(bucket);
      const dependencies = {
        ...modelDependencies(storageUrl, workshop.show.publicUrl, folder),
        ...{ bucket: watched.store, trackStore: watched.store },
      };
      const job = { showId: workshop.showId, episodeId: manifest.id, request: 1 };
      await runPublish(job, jobContext('publish-cost'), dependencies);
      await deriveFeed(workshop.showId, dependencies);

      const published = (await readManifest(bucket, workshop.showId, manifest.id))?.value;
      expect(published).toMatchObject({ status: 'published' });
      // Nothing was saved by leaving something out.
      expect(published?.audio && published.cover && published.chaptersFile && published.passportFile).toBeDefined();
      expect(await workshop.feed()).toContain(manifest.guid);
      expect((await workshop.feed()).match(/<item>/g)).toHaveLength(EPISODES + 1);
      const { list, ...others } = watched.counts();
      const told = watched.operations.map(({ name, key }) => `${name} ${key}`).join('\n');
      expect(others.get + others.put + others.head + others.delete, told).toBeLessThanOrEqual(MOST_READS_AND_WRITES);
      // One for each thousand of the show's objects, and two short ones of the episode's own folder.
      expect(list, told).toBe(Math.ceil((EPISODES + 3) / 1000) + 2);
      await bucket.close();
    },
    // Two thousand requests to an S3 server on a machine that others use too.
    TIMEOUT_MS,
  );
});
