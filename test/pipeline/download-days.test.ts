/** What becomes of a day: united while it runs, counted up when it is over, its salt gone; right whatever stops in between. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { DownloadCounter } from '../../src/pipeline/download-counter.ts';
import { DownloadTidying } from '../../src/pipeline/download-days.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { openCountsKey } from '../../src/storage/object-keys.ts';
import { addressOf, SHOW, type StoredEpisode, served, statsOf, storeEpisode, textBelow } from '../support/downloads.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('download-days');
afterAll(() => removeFolder(folder));
const DURING = new Date('2026-11-22T12:00:00Z');
const AFTER = new Date('2026-11-23T01:00:00Z');

let bucket: ObjectStore;
let episode: StoredEpisode;
let now: Date;
let log: string[];
let count = 0;
beforeEach(async () => {
  bucket = openFolderStore(`${folder}/${++count}`);
  episode = await storeEpisode(bucket, 1);
  now = DURING;
  log = [];
});

const keep = (fields: Record<string, unknown>, message: string) => {
  log.push(JSON.stringify({ message, ...fields }));
};
const dependencies = () => ({ bucket, clock: { now: () => now }, log: { info: keep, warn: keep, error: keep } });
const tidy = () => new DownloadTidying(dependencies()).tidy();
const keys = async () => (await bucket.list('stats/')).objects.map(({ key }) => key);
const total = async () => (await statsOf(bucket, now, (await statsOf(bucket, DURING)).from)).downloads;

/** `batches` records of three listeners each; one of the three is the same everywhere. */
async function listen(batches: number): Promise<void> {
  const counter = new DownloadCounter(dependencies());
  for (let batch = 0; batch < batches; batch++) {
    counter.served(served(episode));
    counter.served(served(episode, { address: addressOf(2 * batch) }));
    counter.served(served(episode, { address: addressOf(2 * batch + 1) }));
    await counter.flush();
  }
}

describe('a day', () => {
  it('stays as it is while it runs and has few records', async () => {
    await listen(3);
    const before = await keys();
    await tidy();
    expect(await keys()).toEqual(before);
    expect(await total()).toBe(7);
  });

  it('with many records gets one that says the same', async () => {
    await listen(25);
    expect(await tidy()).toEqual({ closed: 0, united: 1 });
    expect((await keys()).filter((key) => key.startsWith('stats/open/'))).toHaveLength(1);
    expect(await total()).toBe(51);
    now = AFTER;
    await tidy();
    expect(await total()).toBe(51);
  });

  it('is over an hour after midnight: numbers alone are left, neither salt nor hashes', async () => {
    await listen(3);
    now = new Date('2026-11-23T00:59:59Z');
    await tidy();
    expect(await keys()).not.toContain('stats/salts/2026-11-22.json');
    expect((await keys()).some((key) => key.startsWith('stats/open/'))).toBe(true);
    now = AFTER;
    expect((await tidy()).closed).toBe(1);
    expect(await keys()).toEqual([`stats/days/${SHOW}/2026-11-22.json`]);
    expect(await textBelow(bucket, 'stats/')).not.toContain('listener');
    const stats = await statsOf(bucket, now, (await statsOf(bucket, DURING)).from);
    expect(stats.days).toEqual([
      { day: '2026-11-22', downloads: 7, isOpen: false },
      { day: '2026-11-23', downloads: 0, isOpen: true },
    ]);
  });

  it('keeps its salt until a quarter past midnight, for servers whose clocks are behind', async () => {
    await listen(1);
    now = new Date('2026-11-23T00:14:59Z');
    await tidy();
    expect(await keys()).toContain('stats/salts/2026-11-22.json');
    now = new Date('2026-11-23T00:15:00Z');
    await tidy();
    expect(await keys()).not.toContain('stats/salts/2026-11-22.json');
  });

  it.each([1, 2, 3])('is right when counting it up stops after %i removals, and goes on later', async (removals) => {
    await listen(4);
    now = AFTER;
    const { delete: remove } = bucket;
    let left = removals;
    bucket.delete = async (key) => {
      if (left-- <= 0) throw new Error('killed');
      await remove(key);
    };
    await tidy();
    expect(log.join()).toContain('killed');
    expect(await total()).toBe(9);
    bucket.delete = remove;
    await tidy();
    await tidy();
    expect(await total()).toBe(9);
    expect((await keys()).filter((key) => key.startsWith('stats/open/'))).toEqual([]);
  });

  it('is right when uniting stops before the old records are gone', async () => {
    await listen(25);
    const { delete: remove } = bucket;
    bucket.delete = async () => {
      throw new Error('killed');
    };
    await tidy();
    expect(await total()).toBe(51);
    bucket.delete = remove;
    await tidy();
    expect(await total()).toBe(51);
  });

  it('is counted up once by several at the same time', async () => {
    await listen(6);
    now = AFTER;
    await Promise.all(Array.from({ length: 6 }, tidy));
    expect(await total()).toBe(13);
    expect((await keys()).filter((key) => key.startsWith('stats/open/'))).toEqual([]);
  });

  it('takes in what a server could write only long after', async () => {
    await listen(2);
    const late = new DownloadCounter(dependencies());
    await late.flush();
    late.served(served(episode, { address: '203.0.113.9' }));
    now = AFTER;
    await tidy();
    expect(await total()).toBe(5);
    await late.flush();
    expect(await total()).toBe(6);
    await tidy();
    expect(await total()).toBe(6);
  });

  it('hides no other when one of its records is broken, and leaves that where it is', async () => {
    await listen(2);
    const broken = openCountsKey(SHOW, '2026-11-22', 'broken');
    await bucket.put(broken, '{"not":"counts"}', { contentType: 'application/json' });
    now = AFTER;
    await tidy();
    expect(await total()).toBe(5);
    expect(log.join()).toContain(broken);
    expect(await keys()).toContain(broken);
  });
});
