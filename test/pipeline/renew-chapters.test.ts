/** A show with another address: JSON chapters that name pictures are to be made anew, and nothing else is. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { readManifest } from '../../src/pipeline/manifests.ts';
import { renewPicturedChapters } from '../../src/pipeline/renew-chapters.ts';
import { manifestKey, pendingKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode } from '../feed/sample-show.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('renew');
afterAll(() => removeFolder(folder));

it('asks for the public files of episodes whose chapters have pictures, and for no others', async () => {
  const bucket = openFolderStore(join(folder, 'bucket'));
  const picture = { key: 'public/x.jpg', contentType: 'image/jpeg', lengthBytes: 9 };
  const episodes = [
    sampleEpisode(1, { chapterImages: [picture] }),
    sampleEpisode(2),
    sampleEpisode(3, { chapterImages: [picture], status: 'draft' }),
  ];
  for (const episode of episodes) {
    await bucket.put(manifestKey(episode.showId, episode.id), JSON.stringify(episode), {
      contentType: 'application/json',
    });
  }
  const [first] = episodes;
  if (!first) throw new Error('no episode');
  await renewPicturedChapters(first.showId, { bucket, clock: { now: () => new Date('2026-12-01T00:00:00Z') } });
  const after = await Promise.all(
    episodes.map(async ({ showId, id, roomHash }) => [
      (await readManifest(bucket, showId, id))?.value.publishRequest,
      (await bucket.head(pendingKey(roomHash))) !== undefined,
    ]),
  );
  expect(after).toEqual([
    [2, true],
    [1, false],
    [1, false],
  ]);
});

it('leaves the mark standing when sweep takes it back in the very moment of the change', async () => {
  const store = openFolderStore(join(folder, 'swept'));
  const picture = { key: 'public/x.jpg', contentType: 'image/jpeg', lengthBytes: 9 };
  const episode = sampleEpisode(1, { chapterImages: [picture] });
  const key = manifestKey(episode.showId, episode.id);
  await store.put(key, JSON.stringify(episode), { contentType: 'application/json' });
  const bucket: typeof store = {
    ...store,
    put: async (...call) => {
      // Sweep looked at the manifest before it changed: nothing was left to do.
      if (call[0] === key) await store.delete(pendingKey(episode.roomHash));
      return store.put(...call);
    },
  };
  await renewPicturedChapters(episode.showId, { bucket, clock: { now: () => new Date('2026-12-01T00:00:00Z') } });
  expect((await readManifest(store, episode.showId, episode.id))?.value.publishRequest).toBe(2);
  expect(await store.head(pendingKey(episode.roomHash))).toBeDefined();
});
