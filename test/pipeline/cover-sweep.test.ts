/** Covers of shows that were replaced go, each after its time of grace and never while a feed names it. */
import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { ShowId, sha256 } from '../../src/domain/ids.ts';
import { Show, ShowSettings } from '../../src/domain/show.ts';
import { CoverSweep } from '../../src/pipeline/cover-sweep.ts';
import { changeRecord } from '../../src/pipeline/records.ts';
import { putShow } from '../../src/pipeline/shows.ts';
import { archivePageKey, feedKey, showCoverKey, showKey } from '../../src/storage/object-keys.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const DAY_MS = 24 * 3600 * 1000;
const folder = makeTempFolder('cover-sweep');
afterAll(() => removeFolder(folder));
const bucket = openFolderStore(join(folder, 'bucket'));
beforeAll(() => mkdirSync(join(folder, 'bucket'), { recursive: true }));

let aheadMs = 0;
const clock = { now: () => new Date(Date.now() + aheadMs) };
const log = { info: () => {}, warn: () => {}, error: () => {} };
/** As a process that has just begun. */
const look = () => new CoverSweep({ bucket, clock, log, monotonicMs: () => 0 }).look(undefined);
const keyOf = (id: ShowId, name: string) => showCoverKey(id, sha256(name));
const putCover = async (id: ShowId, name: string) => {
  await bucket.put(keyOf(id, name), name, { contentType: 'image/jpeg' });
  return keyOf(id, name);
};
const isThere = async (key: string) => (await bucket.head(key)) !== undefined;

async function showWith(name: string) {
  const id = ShowId.parse(name);
  await putShow(id, ShowSettings.parse({ title: name }), { bucket, clock, publicUrl: 'https://pods.example.org' });
  const old = await putCover(id, 'old');
  const current = await putCover(id, 'current');
  const small = await putCover(id, 'current, small');
  const cover = { key: current, generated: false, smaller: [{ key: small, widthPx: 600 }] };
  await changeRecord(bucket, showKey(id), Show, (show) => ({ ...show, cover }));
  return { id, old, current, small };
}

it('one that was replaced goes a week after, those of now stay', async () => {
  aheadMs = 0;
  const { id, old, current, small } = await showWith('replaced');
  await bucket.put(feedKey(id), `<itunes:image href="${current}"/>`, { contentType: 'application/rss+xml' });
  aheadMs = 6 * DAY_MS;
  expect([await look(), await isThere(old)]).toEqual([0, true]);
  aheadMs = 8 * DAY_MS;
  expect(await look()).toBe(1);
  expect(await Promise.all([old, current, small].map(isThere))).toEqual([false, true, true]);
});

it('one that the feed or an archive page still names stays', async () => {
  aheadMs = 0;
  const { id, old } = await showWith('named');
  const nameOf = (key: string) => `https://pods.example.org/${key.replace('public/', '')}`;
  const page = archivePageKey(id, 1, sha256('members'));
  aheadMs = 8 * DAY_MS;
  for (const key of [feedKey(id), page]) {
    await bucket.put(key, `<itunes:image href="${nameOf(old)}"/>`, { contentType: 'application/rss+xml' });
    await look();
    expect(await isThere(old)).toBe(true);
    await bucket.delete(key);
  }
  await look();
  expect(await isThere(old)).toBe(false);
});

it('one of which the successor is younger than a week stays, however old it is', async () => {
  aheadMs = 0;
  const { old } = await showWith('young');
  const written = new Date('2020-01-01T00:00:00Z');
  utimesSync(join(folder, 'bucket', old), written, written);
  expect((await bucket.head(old))?.lastModified).toEqual(written);
  await look();
  expect(await isThere(old)).toBe(true);
});
