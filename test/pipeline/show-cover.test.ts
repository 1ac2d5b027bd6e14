/** A show's cover follows what its creator gives, and its title where nothing is given. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { ShowSettings } from '../../src/domain/show.ts';
import { readiness } from '../../src/feed/readiness.ts';
import { setShowCover, withCover } from '../../src/pipeline/show-cover.ts';
import { putShow } from '../../src/pipeline/shows.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('show-cover');
afterAll(() => removeFolder(folder));
const bucket = openFolderStore(join(folder, 'bucket'));
const dependencies = {
  bucket,
  trackStore: bucket,
  makeCover,
  publicUrl: 'https://pods.example.org',
  clock: { now: () => new Date('2026-11-22T20:00:00Z') },
};
let picture: Uint8Array;
beforeAll(async () => {
  mkdirSync(join(folder, 'bucket'), { recursive: true });
  picture = await sharp({ create: { width: 1500, height: 1500, channels: 3, background: '#36c' } })
    .png()
    .toBuffer();
});

const put = async (id: string, settings: object) =>
  (await putShow(ShowId.parse(id), ShowSettings.parse(settings), dependencies)).show;
const codesOf = (show: Parameters<typeof readiness>[0]) =>
  readiness(show, { hasPublishedEpisode: true })
    .map(({ code }) => code)
    .filter((code) => code.startsWith('artwork'));

it('is generated in every size, anew when the title changes, and not again when it does not', async () => {
  const first = await withCover(await put('titled', { title: 'Before' }), dependencies);
  expect(first.cover).toMatchObject({ generated: true, title: 'Before', widthPx: 3000 });
  expect(first.cover?.smaller?.map(({ widthPx }) => widthPx)).toEqual([1400, 600]);
  for (const { key } of [...(first.cover ? [first.cover] : []), ...(first.cover?.smaller ?? [])]) {
    expect(await bucket.head(key)).toMatchObject({ contentType: 'image/jpeg' });
  }
  expect((await withCover(first, dependencies)).version).toBe(first.version);
  const renamed = await withCover(await put('titled', { title: 'After' }), dependencies);
  expect(renamed.cover?.title).toBe('After');
  expect(renamed.cover?.key).not.toBe(first.cover?.key);
});

it('that somebody uploaded stays when the title changes, and when what is uploaded next is no picture', async () => {
  const made = await setShowCover(await put('own', { title: 'Own' }), picture, dependencies);
  expect(codesOf(made.show)).toEqual([]);
  const renamed = await withCover(await put('own', { title: 'Other' }), dependencies);
  expect(renamed.cover).toEqual(made.show.cover);
  const refused = await setShowCover(renamed, Buffer.from('text'), dependencies);
  expect([refused.generated, refused.show]).toEqual([true, renamed]);
});

it('named by a key is told to be missing until it is there, and told to be no picture when it is none', async () => {
  const named = await withCover(await put('named', { title: 'Named', artworkKey: 'up/cover.png' }), dependencies);
  expect(named.cover?.generated).toBe(true);
  expect(codesOf(named)).toEqual(['artwork-not-found']);
  await bucket.put('up/cover.png', picture, { contentType: 'image/png' });
  const found = await withCover(named, dependencies);
  expect([found.cover?.generated, codesOf(found)]).toEqual([false, []]);
  await bucket.put('up/bad.png', 'text', { contentType: 'image/png' });
  const bad = await withCover(await put('named', { title: 'Named', artworkKey: 'up/bad.png' }), dependencies);
  expect([bad.cover?.key, codesOf(bad)]).toEqual([found.cover?.key, ['artwork-unusable']]);
  expect((await withCover(bad, dependencies)).version).toBe(bad.version);
});
