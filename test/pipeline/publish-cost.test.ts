/** What a publication costs in a show of many episodes: every operation on the store is counted, from the job's first to the feed's last. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { renderFinished } from '../../src/domain/episode-life.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { listAll } from '../../src/pipeline/records.ts';
import { manifestKey, showCoverKey } from '../../src/storage/object-keys.ts';
import { jobContext, modelDependencies } from '../support/feed-model.ts';
import { startWorkshop } from '../support/feed-workshop.ts';
import { available } from '../support/programs.ts';
import { instant, manifestOf, openStudio, type Rendered, rendered, type Studio } from '../support/render-room.ts';
import { startS3 } from '../support/s3.ts';
import { babble, FFMPEGS, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';

const EPISODES = 1050;
/** Of objects, beside the listings: the promise of a show of ten thousand. */
const MOST_READS_AND_WRITES = 15;
const SECONDS = 40;

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
  let studio: Studio;
  let room: Manifest;
  let result: Rendered;
  beforeAll(async () => {
    const [ffmpeg] = FFMPEGS;
    if (!ffmpeg) throw new Error('there is no ffmpeg');
    studio = openStudio(ffmpeg.path, { threads: 2 });
    const tracks = ['p1', 'p2'].map((participantId, index) => {
      const key = `${participantId}.wav`;
      writeSound(studio.track(key), babble(SECONDS, 0.3, 5 + index));
      return { participantId, key, startedAt: instant(0) };
    });
    const participants = ['p1', 'p2'].map((id) => ({ id, name: `Speaker ${id}`, role: 'host' }));
    room = { ...manifestOf({ seconds: SECONDS, tracks, participants }), chapters: [{ startSeconds: 0, title: 'One' }] };
    result = await rendered(studio, room);
  }, 120_000);
  afterAll(async () => {
    await studio?.close();
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
      for await (const { key } of listAll(studio.bucket, 'renders/')) {
        const object = await studio.bucket.get(key);
        if (object) await bucket.put(key, await bytesOf(object.body), { contentType: object.info.contentType });
      }
      const manifest = renderFinished(
        { ...room, showId: workshop.showId },
        { ...result, request: 1, mayPublish: true },
        new Date('2026-11-22T21:00:00.000Z'),
      );
      await bucket.put(manifestKey(workshop.showId, manifest.id), JSON.stringify(manifest), {
        contentType: 'application/json',
      });

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
  );
});

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
