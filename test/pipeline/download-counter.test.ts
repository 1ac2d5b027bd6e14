/** Counting beside delivery: several processes on one bucket, a store that goes away, more listeners than fit. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { PassingFailure } from '../../src/domain/failure.ts';
import { DownloadCounter } from '../../src/pipeline/download-counter.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { OPEN_COUNTS_PREFIX, SALTS_PREFIX } from '../../src/storage/object-keys.ts';
import { addressOf, SHOW, type StoredEpisode, served, statsOf, storeEpisode, textBelow } from '../support/downloads.ts';
import { eventually } from '../support/eventually.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('downloads');
afterAll(() => removeFolder(folder));

let bucket: ObjectStore;
let episode: StoredEpisode;
let other: StoredEpisode;
let now: Date;
let isAway: boolean;
let log: string[];
let count = 0;
beforeEach(async () => {
  const store = openFolderStore(`${folder}/${++count}`);
  isAway = false;
  bucket = {
    ...store,
    put: (...call) => {
      if (isAway) throw new PassingFailure('store-unreachable', 'the store is away');
      return store.put(...call);
    },
  };
  episode = await storeEpisode(bucket, 1);
  other = await storeEpisode(bucket, 2);
  now = new Date('2026-11-22T12:00:00Z');
  log = [];
});

const keep = (fields: Record<string, unknown>, message: string) => {
  log.push(JSON.stringify({ message, ...fields }));
};
const clock = { now: () => now };
const newCounter = (limits?: { listeners: number; waiting: number }) =>
  new DownloadCounter({ bucket, clock, log: { info: keep, warn: keep, error: keep } }, limits);
const openRecords = async () => (await bucket.list(OPEN_COUNTS_PREFIX)).objects.length;
const minute = { status: 206, sentBytes: 600 };

describe('a counter of downloads', () => {
  it('has written all it was told before a flush, also while an earlier flush is under way', async () => {
    const counter = newCounter();
    await counter.flush();
    let goOn = () => {};
    const isHeld = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { put } = bucket;
    let isPutting = false;
    // The counter holds this very object: what it writes from here on waits.
    Object.assign(bucket, {
      put: async (...call: Parameters<ObjectStore['put']>) => {
        isPutting = true;
        await isHeld;
        return put(...call);
      },
    });
    counter.served(served(episode));
    const earlier = counter.flush();
    await eventually('the earlier flush writes', () => isPutting);
    counter.served(served(other));
    const later = [counter.flush(), counter.flush()];
    goOn();
    await Promise.all([earlier, ...later]);
    expect((await statsOf(bucket, now)).downloads).toBe(2);
  });

  it('counts a listener once a day and episode, by app', async () => {
    const counter = newCounter();
    counter.served(served(episode));
    counter.served(served(episode));
    await counter.flush();
    counter.served(served(episode, { fromByte: 700, ...minute }));
    counter.served(served(other, { userAgent: 'AntennaPod/3.4.0' }));
    counter.served(served(episode, { address: '2001:db8::1', userAgent: 'Spotify/8' }));
    counter.served(served(episode, { address: '2001:db8::2', userAgent: 'Spotify/8' }));
    await counter.flush();
    const stats = await statsOf(bucket, now);
    expect(stats.downloads).toBe(3);
    expect(stats.episodes).toEqual([
      { episodeId: episode.id, downloads: 2, title: episode.title, status: 'published' },
      { episodeId: other.id, downloads: 1, title: other.title, status: 'published' },
    ]);
    expect(stats.apps).toEqual([
      { app: 'AntennaPod', downloads: 1 },
      { app: 'Overcast', downloads: 1 },
      { app: 'Spotify', downloads: 1 },
    ]);
  });

  it('counts again tomorrow', async () => {
    const counter = newCounter();
    counter.served(served(episode));
    await counter.flush();
    now = new Date('2026-11-23T00:00:01Z');
    counter.served(served(episode));
    await counter.flush();
    const stats = await statsOf(bucket, now, (await statsOf(bucket, new Date('2026-11-22T00:00:00Z'))).to);
    expect(stats.days.map(({ day, downloads }) => [day, downloads])).toEqual([
      ['2026-11-22', 1],
      ['2026-11-23', 1],
    ]);
  });

  it('adds up what several processes served of one listener, and counts it once', async () => {
    const [one, two] = [newCounter(), newCounter()];
    one.served(served(episode, { status: 206, fromByte: 100, sentBytes: 300 }));
    two.served(served(episode, { status: 206, fromByte: 350, sentBytes: 300 }));
    await Promise.all([one.flush(), two.flush()]);
    expect((await statsOf(bucket, now)).downloads).toBe(0);
    two.served(served(episode, { status: 206, fromByte: 5000, sentBytes: 50 }));
    await two.flush();
    expect((await statsOf(bucket, now)).downloads).toBe(1);
    one.served(served(episode));
    two.served(served(episode));
    await Promise.all([one.flush(), two.flush()]);
    expect((await statsOf(bucket, now)).downloads).toBe(1);
  });

  it('takes ten probes, a HEAD, the cover and the first 59 seconds for nothing', async () => {
    const counter = newCounter();
    for (let probe = 0; probe < 10; probe++) {
      counter.served(served(episode, { status: 206, fromByte: 100 + 2 * probe, sentBytes: 2 }));
    }
    counter.served(served(episode, { method: 'HEAD' }));
    counter.served(served(episode, { sentBytes: 100 + 590 }));
    counter.served(served(other, { userAgent: 'Googlebot/2.1' }));
    counter.served(served({ key: `public/shows/${SHOW}/feed.xml` }));
    await counter.flush();
    expect((await statsOf(bucket, now)).downloads).toBe(0);
    counter.served(served(episode, { status: 206, fromByte: 690, sentBytes: 10 }));
    await counter.flush();
    expect((await statsOf(bucket, now)).downloads).toBe(1);
  });

  it('writes no address and no user agent anywhere, and shares one salt', async () => {
    const [one, two] = [newCounter(), newCounter()];
    for (const counter of [one, two]) counter.served(served(episode, { address: '198.51.100.77' }));
    await Promise.all([one.flush(), two.flush()]);
    expect((await bucket.list(SALTS_PREFIX)).objects.map(({ key }) => key)).toEqual(['stats/salts/2026-11-22.json']);
    const stored = `${await textBelow(bucket, 'stats/')}${log.join()}`;
    expect(stored).toContain('Overcast');
    expect(stored).not.toMatch(/198\.51\.100|Overcast\/3/);
    const listeners = [...stored.matchAll(/"listener":"([^"]+)"/g)].map((match) => match[1]);
    expect(listeners).toHaveLength(2);
    expect(new Set(listeners).size).toBe(1);
  });
});

describe('while the store is away', () => {
  it('keeps what was heard, and writes it once when the store is back', async () => {
    const counter = newCounter();
    counter.served(served(episode));
    await counter.flush();
    isAway = true;
    counter.served(served(other));
    await expect(counter.flush()).rejects.toThrow('away');
    await expect(counter.flush()).rejects.toThrow('away');
    isAway = false;
    await counter.flush();
    await counter.flush();
    expect((await statsOf(bucket, now)).downloads).toBe(2);
    expect(await openRecords()).toBe(2);
  });

  it('from the start, holds addresses in memory until there is a salt', async () => {
    isAway = true;
    const counter = newCounter();
    counter.served(served(episode));
    await expect(counter.flush()).rejects.toThrow('away');
    isAway = false;
    await counter.flush();
    expect((await statsOf(bucket, now)).downloads).toBe(1);
  });

  it('past midnight, counts for the day on which it was served, with no salt made for that day', async () => {
    isAway = true;
    const counter = newCounter();
    counter.served(served(episode));
    await expect(counter.flush()).rejects.toThrow('away');
    isAway = false;
    now = new Date('2026-11-23T00:30:00Z');
    await counter.flush();
    expect((await bucket.list(SALTS_PREFIX)).objects.map(({ key }) => key)).toEqual(['stats/salts/2026-11-23.json']);
    expect((await bucket.list(OPEN_COUNTS_PREFIX)).objects[0]?.key).toContain('2026-11-22');
  });

  it('takes a write whose answer was lost for done', async () => {
    const { put } = bucket;
    let isLost = true;
    bucket.put = async (key, ...rest) => {
      const etag = await put(key, ...rest);
      if (isLost && key.startsWith(OPEN_COUNTS_PREFIX)) throw new PassingFailure('store-unreachable', 'no answer');
      return etag;
    };
    const counter = newCounter();
    await counter.flush();
    counter.served(served(episode));
    await expect(counter.flush()).rejects.toThrow('no answer');
    isLost = false;
    await counter.flush();
    expect([await openRecords(), (await statsOf(bucket, now)).downloads]).toEqual([1, 1]);
  });
});

describe('with more than it may hold', () => {
  it('says how many answers it could not count, and counts the others', async () => {
    const counter = newCounter({ listeners: 10, waiting: 5 });
    await counter.flush();
    isAway = true;
    for (let number = 0; number < 25; number++) counter.served(served(episode, { address: addressOf(number) }));
    for (let number = 0; number < 10; number++) counter.served(served(episode, { address: addressOf(number) }));
    isAway = false;
    await counter.flush();
    const stats = await statsOf(bucket, now);
    expect([stats.downloads, stats.uncounted]).toEqual([10, 15]);
    expect(log.join()).toContain('"uncounted":15');
  });

  it('writes many listeners in records of a bounded size', async () => {
    const counter = newCounter();
    await counter.flush();
    for (let number = 0; number < 12_000; number++) counter.served(served(episode, { address: addressOf(number) }));
    await counter.flush();
    expect(await openRecords()).toBe(3);
    expect((await statsOf(bucket, now)).downloads).toBe(12_000);
  });

  it('tells an answer whose client nobody knows as uncounted', async () => {
    const counter = newCounter();
    counter.served(served(episode, { address: undefined }));
    await counter.flush();
    expect((await statsOf(bucket, now)).uncounted).toBe(1);
  });
});

describe('at the end', () => {
  it('writes what is left', async () => {
    const counter = newCounter();
    counter.start(60_000);
    counter.served(served(episode));
    await counter.close();
    expect((await statsOf(bucket, now)).downloads).toBe(1);
  });

  it('says how many listeners are lost when the store takes nothing more', async () => {
    const counter = newCounter();
    await counter.flush();
    isAway = true;
    counter.served(served(episode));
    counter.served(served(other));
    await counter.close();
    expect(log.at(-1)).toMatch(/not counted.*"listeners":2/);
  });

  it('needs no store when nothing was served', async () => {
    isAway = true;
    await newCounter().close();
    expect(log).toEqual([]);
    expect((await bucket.list('stats/')).objects).toEqual([]);
  });

  it('tells what could not be counted, also when that is all there is', async () => {
    const counter = newCounter();
    counter.served(served(episode, { address: undefined }));
    await counter.close();
    expect((await statsOf(bucket, now)).uncounted).toBe(1);
  });

  it('waits for a store that is back soon', async () => {
    const counter = newCounter();
    await counter.flush();
    isAway = true;
    counter.served(served(episode));
    const closed = counter.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    isAway = false;
    await closed;
    expect((await statsOf(bucket, now)).downloads).toBe(1);
  });
});
