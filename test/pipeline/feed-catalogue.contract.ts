/** The feed of a show with many episodes, on a real store: what it costs, and that no catalogue can make it wrong. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCatalogue, encodeCatalogue } from '../../src/feed/catalogue.ts';
import { feedGeneration } from '../../src/feed/feed-mark.ts';
import { renderFeed } from '../../src/feed/rss.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { readBytes } from '../../src/pipeline/records.ts';
import { catalogueKey, feedKey, manifestPrefix, showKey } from '../../src/storage/object-keys.ts';
import { startWorkshop, type Workshop } from '../support/feed-workshop.ts';
import { watchStore } from '../support/watched-store.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export function describeCatalogue(
  name: string,
  open: () => Promise<{ readonly store: ObjectStore; close(): Promise<void> }>,
): void {
  describe(`the catalogue on ${name}`, () => {
    let bucket: ObjectStore;
    let close: () => Promise<void>;
    beforeAll(async () => {
      const opened = await open();
      bucket = opened.store;
      close = opened.close;
    }, 120_000);
    afterAll(() => close?.());

    const start = async (count: number, settings = {}) => {
      const workshop = await startWorkshop(bucket, settings);
      await workshop.add(upTo(count));
      await workshop.derive();
      return workshop;
    };
    const pure = async ({ show, manifests }: Workshop) => renderFeed(show, await manifests());
    const putCatalogue = (workshop: Workshop, body: string | Uint8Array) =>
      bucket.put(catalogueKey(workshop.showId), body, { contentType: 'application/json' });
    /** How often a manifest was read, and what else was done, for a feed derived now. */
    const derived = async (workshop: Workshop) => {
      const watched = watchStore(bucket);
      const result = await workshop.derive(watched.store);
      const isManifest = (key: string) => key.startsWith(manifestPrefix(workshop.showId));
      const manifests = watched.operations.filter(({ name: verb, key }) => verb === 'get' && isManifest(key)).length;
      return { result, manifests, ...watched.counts() };
    };

    it('tells ETags in listings as in answers to reading and writing', async () => {
      const key = 'etags/small.json';
      const written = await bucket.put(key, '{"a":1}', { contentType: 'application/json' });
      const listed = (await bucket.list('etags/')).objects.find((object) => object.key === key)?.etag;
      expect([listed, (await bucket.head(key))?.etag, (await readBytes(bucket, key))?.etag]).toEqual([
        written,
        written,
        written,
      ]);
    });

    it('makes one more episode cost as much in a show of three as in one of eighty', async () => {
      const costs = [];
      for (const count of [3, 80]) {
        const workshop = await start(count);
        await workshop.add([count + 1]);
        costs.push(await derived(workshop));
        expect(await workshop.feed()).toBe(await pure(workshop));
      }
      expect(costs[0]).toEqual({ result: 'written', manifests: 1, get: 2, head: 0, put: 2, delete: 0, list: 1 });
      expect(costs[1]).toEqual(costs[0]);
    });

    it('costs no reading and no writing of a manifest where nothing changed', async () => {
      const workshop = await start(20);
      expect(await derived(workshop)).toEqual({
        ...{ result: 'unchanged', manifests: 0 },
        ...{ get: 1, head: 1, put: 0, delete: 0, list: 1 },
      });
    });

    it('is made again where it was lost, cut, spoilt or left by another version, and the feed stays as it was', async () => {
      const workshop = await start(12);
      const feed = await workshop.feed();
      const whole = (await readBytes(bucket, catalogueKey(workshop.showId)))?.bytes ?? Buffer.alloc(0);
      const other = whole.toString().replace('"program":"', '"program":"0.0.');
      for (const body of [whole.subarray(0, 500), '', 'null', whole.subarray(1), other]) {
        await putCatalogue(workshop, body);
        expect(await derived(workshop)).toMatchObject({ result: 'unchanged', manifests: 12, put: 1 });
        expect((await readBytes(bucket, catalogueKey(workshop.showId)))?.bytes.equals(whole)).toBe(true);
      }
      await bucket.delete(catalogueKey(workshop.showId));
      expect(await derived(workshop)).toMatchObject({ result: 'unchanged', manifests: 12 });
      expect(await workshop.feed()).toBe(feed);
    });

    it('is believed only where the listing has the same ETag, entry by entry', async () => {
      const workshop = await start(10);
      const old = (await readBytes(bucket, catalogueKey(workshop.showId)))?.bytes ?? Buffer.alloc(0);
      await workshop.change(3, { title: 'Corrected' });
      await workshop.change(7, { status: 'unpublished' });
      await workshop.changeShow({ title: 'Another title' });
      await workshop.derive();
      await putCatalogue(workshop, old);
      // The feed is another than the old catalogue says: it is looked at, and then there is nothing to write.
      expect(await derived(workshop)).toMatchObject({ result: 'unchanged' });
      const feed = await workshop.feed();
      expect(feed).toContain('Corrected');
      expect(feed).toContain('Another title');
      expect(feed.match(/<item>/g)).toHaveLength(9);
      expect(await derived(workshop)).toMatchObject({ result: 'unchanged', manifests: 0, put: 0 });
    });

    it('cannot vouch for a feed that somebody removed or changed by hand', async () => {
      const workshop = await start(5);
      const feed = await workshop.feed();
      await bucket.delete(feedKey(workshop.showId));
      expect(await workshop.derive()).toBe('written');
      expect(await workshop.feed()).toBe(feed);
      await bucket.put(feedKey(workshop.showId), feed.replace('Album', 'Vandal'), { contentType: 'text/xml' });
      expect(await workshop.derive()).toBe('written');
      expect(await workshop.feed()).toBe(feed);
    });

    it('is left aside by a feed made from scratch, which has the same bytes', async () => {
      const workshop = await start(6);
      const feed = await workshop.feed();
      const found = decodeCatalogue((await readBytes(bucket, catalogueKey(workshop.showId)))?.bytes ?? Buffer.alloc(0));
      if (!found) throw new Error('there is no catalogue');
      // A lie that every ETag confirms.
      const [first] = found.entries.values();
      if (first?.value.episode) Object.assign(first.value.episode, { title: 'Never told' });
      await putCatalogue(workshop, encodeCatalogue({ ...found, show: { etag: 'none', value: found.show.value } }));
      await workshop.derive(bucket, { fromScratch: true });
      expect(await workshop.feed()).toBe(feed);
      expect(await workshop.feed()).toBe(await pure(workshop));
    });

    it('gets no names back that have left, from a writer who was slow', async () => {
      const workshop = await start(4);
      await workshop.change(2, { title: 'Words that leave' });
      // Everything but the catalogue is written; then another erases the episode and derives the feed.
      const slow = watchStore(bucket, async ({ name: verb, key }) => {
        if (verb !== 'put' || key !== catalogueKey(workshop.showId)) return;
        await workshop.change(2, { status: 'erased', title: '', description: '' });
        await workshop.derive();
      });
      await workshop.derive(slow.store);
      expect(await workshop.read(catalogueKey(workshop.showId))).not.toContain('Words that leave');
      // And the other way round: the slow one is first, the eraser finds another catalogue than it read.
      await workshop.change(3, { title: 'Words that leave too' });
      let isFirst = true;
      const eraser = watchStore(bucket, async ({ name: verb, key }) => {
        if (!isFirst || verb !== 'put' || key !== catalogueKey(workshop.showId)) return;
        isFirst = false;
        const known = encodeCatalogue({
          ...(stale ?? { feed: { etag: '', sha256: '', generation: 0 }, pages: new Map(), entries: new Map() }),
          show: { etag: '', value: 'Words that leave too' },
        });
        await putCatalogue(workshop, known);
      });
      const stale = decodeCatalogue((await readBytes(bucket, catalogueKey(workshop.showId)))?.bytes ?? Buffer.alloc(0));
      await workshop.change(3, { status: 'erased', title: '' });
      await workshop.derive(eraser.store);
      expect(isFirst).toBe(false);
      expect(await workshop.read(catalogueKey(workshop.showId))).not.toContain('Words that leave too');
    });

    it('lets no writer who stood still bring back what was withdrawn meanwhile', async () => {
      const workshop = await start(5);
      await workshop.add([6], { status: 'unpublished' });
      await workshop.derive();
      const observed: number[] = [];
      const look = async () => observed.push(feedGeneration(await workshop.feed()) ?? -1);
      await look();
      await workshop.change(6, { status: 'published' });
      let isStopped = false;
      const slow = watchStore(bucket, async ({ name: verb, key }) => {
        if (isStopped || verb !== 'put' || key !== feedKey(workshop.showId)) return;
        isStopped = true;
        await workshop.derive();
        await look();
        await workshop.change(6, { status: 'unpublished' });
        await workshop.derive();
        await look();
      });
      await workshop.derive(slow.store);
      await look();
      expect(isStopped).toBe(true);
      expect(observed).toEqual([...observed].sort((a, b) => a - b));
      expect(await workshop.feed()).toBe(await pure(workshop));
      expect(await workshop.feed()).not.toContain(workshop.episode(6).guid);
    });

    it('reads few manifests at once', async () => {
      const workshop = await startWorkshop(bucket);
      await workshop.add(upTo(60));
      let running = 0;
      let most = 0;
      const store: ObjectStore = {
        ...bucket,
        get: async (key, options) => {
          running++;
          most = Math.max(most, running);
          try {
            return await bucket.get(key, options);
          } finally {
            running--;
          }
        },
      };
      await workshop.derive(store);
      expect(most).toBeGreaterThan(4);
      expect(most).toBeLessThanOrEqual(16);
    });

    it('does not believe its copy of the show when that was changed', async () => {
      const workshop = await start(3);
      const { etag } = (await readBytes(bucket, showKey(workshop.showId))) ?? { etag: '' };
      await workshop.changeShow({ title: 'By its new name' });
      expect((await readBytes(bucket, showKey(workshop.showId)))?.etag).not.toBe(etag);
      expect(await derived(workshop)).toMatchObject({ result: 'written', manifests: 0 });
      expect(await workshop.feed()).toContain('By its new name');
    });
  });
}
