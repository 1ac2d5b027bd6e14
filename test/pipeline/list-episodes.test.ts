/** Listing a show's episodes: what it reads, and that a page after the other has each of them once. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { type EpisodesWanted, listEpisodes } from '../../src/pipeline/list-episodes.ts';
import { changeManifest } from '../../src/pipeline/manifests.ts';
import { manifestPrefix } from '../../src/storage/object-keys.ts';
import { startWorkshop } from '../support/feed-workshop.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';

const folder = makeTempFolder('list-episodes');
afterAll(() => removeFolder(folder));
const COUNT = 45;

async function showOfMany(name: string) {
  const bucket = openFolderStore(join(folder, name));
  const workshop = await startWorkshop(bucket);
  await workshop.add(Array.from({ length: COUNT }, (_, index) => index + 1));
  await workshop.derive();
  const all = await workshop.manifests();
  const list = async (wanted: Partial<EpisodesWanted>) => {
    const watched = watchStore(bucket);
    const page = await listEpisodes(watched.store, workshop.showId, { limit: 20, ...wanted });
    const isManifest = (key: string) => key.startsWith(manifestPrefix(workshop.showId));
    return {
      ...page,
      reads: watched.operations.filter(({ name: verb, key }) => verb === 'get' && isManifest(key)).length,
    };
  };
  return { bucket, workshop, all, list };
}

it('reads the manifests of the page alone, newest first, and gives each episode once', async () => {
  const { all, list } = await showOfMany('pages');
  const newestFirst = all
    .toSorted((a, b) => ((a.publishedAt ?? a.startedAt) < (b.publishedAt ?? b.startedAt) ? 1 : -1))
    .map(({ id }) => id);
  const seen: string[] = [];
  const reads: number[] = [];
  for (let after: string | undefined; ; ) {
    const page = await list({ after });
    seen.push(...page.episodes.map(({ id }) => id));
    reads.push(page.reads);
    after = page.next;
    if (after === undefined) break;
  }
  expect(seen).toEqual(newestFirst);
  expect(reads).toEqual([20, 20, 5]);
});

it('tells what changed since the catalogue was written, and leaves erased ones out unless they are asked for', async () => {
  const { bucket, workshop, all, list } = await showOfMany('changed');
  const [draft, gone] = all;
  if (!draft || !gone) throw new Error('no episodes');
  const { showId } = workshop;
  await changeManifest(bucket, showId, draft.id, (now) => ({
    ...now,
    version: now.version + 1,
    status: 'unpublished',
  }));
  await changeManifest(bucket, showId, gone.id, (now) => ({ ...now, version: now.version + 1, status: 'erased' }));
  const ids = async (wanted: Partial<EpisodesWanted>) =>
    (await list({ limit: 100, ...wanted })).episodes.map(({ id }) => id);
  expect(await ids({ status: 'unpublished' })).toEqual([draft.id]);
  expect(await ids({ status: 'erased' })).toEqual([gone.id]);
  expect((await ids({ status: 'published' })).length).toBe(COUNT - 2);
  expect(await ids({})).not.toContain(gone.id);
});
