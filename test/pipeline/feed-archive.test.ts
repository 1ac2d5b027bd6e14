/** Archive pages in a real store: right for whoever reads along them, at every moment between two writes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { feedEntry } from '../../src/feed/feed-entry.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { renderFeedFiles } from '../../src/feed/rss.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { listAll, readBytes } from '../../src/pipeline/records.ts';
import { archivePagesPrefix, feedKey, publicUrlOf } from '../../src/storage/object-keys.ts';
import { walkArchive } from '../support/feed-walk.ts';
import { startWorkshop, type Workshop } from '../support/feed-workshop.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const guidsOf = (xml: string) => {
  const parsed = parseFeed(xml);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.feed.episodes.map(({ guid }) => guid);
};

describe('archive pages', () => {
  const folder = makeTempFolder('archive');
  let bucket: ObjectStore;
  beforeAll(() => {
    bucket = openFolderStore(folder);
  });
  afterAll(() => removeFolder(folder));

  const start = async (count: number, feedItems = 10) => {
    const workshop = await startWorkshop(bucket, { feedItems });
    await workshop.add(upTo(count));
    await workshop.derive();
    return workshop;
  };
  const pagesOf = async ({ showId }: Workshop) => {
    const pages = new Map<string, { etag: string; text: string }>();
    for await (const { key, etag } of listAll(bucket, archivePagesPrefix(showId))) {
      pages.set(key, { etag, text: (await readBytes(bucket, key))?.bytes.toString() ?? '' });
    }
    return pages;
  };
  const isPure = async (workshop: Workshop) => {
    const { feed, pages } = renderFeedFiles(workshop.show, (await workshop.manifests()).map(feedEntry));
    const stored = await pagesOf(workshop);
    expect(await workshop.feed()).toBe(feed.toString());
    expect(new Map([...stored].map(([key, { text }]) => [key, text]))).toEqual(
      new Map(pages.map(({ key, bytes }) => [key, bytes.toString()])),
    );
  };

  /** What is public before every step of a derivation and after the last. */
  const moments = async (workshop: Workshop) => {
    const seen: { feed: string; pages: Map<string, string> }[] = [];
    const look = async () => {
      const pages = new Map<string, string>();
      for (const [key, { text }] of await pagesOf(workshop)) pages.set(publicUrlOf(workshop.show.publicUrl, key), text);
      seen.push({ feed: await workshop.feed(), pages });
    };
    await workshop.derive(watchStore(bucket, look).store);
    await look();
    return seen;
  };
  /** Every reading that begins at one moment and goes on at the same or a later one. */
  const readings = (seen: Awaited<ReturnType<typeof moments>>) =>
    seen.flatMap(({ feed }, from) =>
      seen.slice(from).map(({ pages }) => walkArchive(feed, (url) => pages.get(url)).flatMap(guidsOf)),
    );

  it('are those that the manifests say, and none is written without need', async () => {
    const workshop = await start(31);
    await isPure(workshop);
    const before = await pagesOf(workshop);
    expect(before.size).toBe(5);
    await workshop.change(31, { title: 'A new title' });
    const watched = watchStore(bucket);
    expect(await workshop.derive(watched.store)).toBe('written');
    expect(watched.operations.filter(({ key }) => key.includes('/archive/')).map(({ name }) => name)).toEqual(['list']);
    expect(await pagesOf(workshop)).toEqual(before);
    expect(await workshop.derive()).toBe('unchanged');
  });

  it('leave nobody without an episode, or with one twice, while one is published and a new page made', async () => {
    const workshop = await start(35);
    await workshop.add([36]);
    const seen = await moments(workshop);
    expect(new Set(seen.map(({ pages }) => pages.size))).toEqual(new Set([5, 6]));
    const all = (count: number) =>
      upTo(count)
        .reverse()
        .map((number) => workshop.episode(number).guid);
    for (const guids of readings(seen)) {
      expect(guids.length === 35 ? guids : guids.slice(1)).toEqual(all(35));
      expect(guids).toEqual(all(guids.length));
    }
    await isPure(workshop);
  });

  it('leave nobody without an episode while a limit is set and taken away, and an older one comes in between', async () => {
    const workshop = await startWorkshop(bucket);
    await workshop.add(upTo(30));
    await workshop.derive();
    const changes = [
      () => workshop.changeShow({ feedItems: 12 }),
      () => workshop.add([70], { publishedAt: '2026-09-05T12:00:00.000Z' }),
      () => workshop.changeShow({ feedItems: 20 }),
      () => workshop.changeShow({ feedItems: undefined }),
    ];
    for (const change of changes) {
      await change();
      const seen = await moments(workshop);
      // Once the feed leads elsewhere its former pages go: readings that began before are not looked at.
      const last = seen.at(-1);
      const sameMoment = seen.map(({ feed, pages }) => walkArchive(feed, (url) => pages.get(url)).flatMap(guidsOf));
      for (const guids of sameMoment) {
        expect(new Set(guids).size).toBe(guids.length);
        expect(guids.length).toBeGreaterThanOrEqual(30);
      }
      expect(sameMoment.at(-1)).toHaveLength((await workshop.manifests()).length);
      expect(last?.feed).toBe(await workshop.feed());
    }
    expect((await pagesOf(workshop)).size).toBe(0);
  });

  it('lose what is withdrawn or erased with the very next derivation', async () => {
    const workshop = await start(31);
    for (const [number, status] of [
      [2, 'unpublished'],
      [8, 'erased'],
    ] as const) {
      const { guid } = workshop.episode(number);
      expect((await workshop.walk()).join('')).toContain(guid);
      await workshop.change(number, { status });
      expect(await workshop.derive()).toBe('written');
      expect((await workshop.walk()).join('')).not.toContain(guid);
      expect([...(await pagesOf(workshop)).values()].join('')).not.toContain(guid);
      await isPure(workshop);
    }
  });

  it('are put back byte for byte where they were lost, changed by hand, or where one lies too many', async () => {
    const workshop = await start(31);
    const before = [...(await pagesOf(workshop))].map(([key, { text }]) => [key, text]);
    const [first = '', second = ''] = before.map(([key]) => key);
    await bucket.delete(first);
    await bucket.put(second, '<rss/>', { contentType: 'text/xml' });
    await bucket.put(`${archivePagesPrefix(workshop.showId)}99-000000000000.xml`, 'x', { contentType: 'text/xml' });
    expect(await workshop.derive()).toBe('written');
    expect([...(await pagesOf(workshop))].map(([key, { text }]) => [key, text])).toEqual(before);
    expect(await workshop.derive(bucket, { fromScratch: true })).toBe('unchanged');
    expect([...(await pagesOf(workshop))].map(([key, { text }]) => [key, text])).toEqual(before);
  });

  it('are not brought back to an earlier state by a writer who stood still', async () => {
    const workshop = await start(31);
    const { guid } = workshop.episode(2);
    await workshop.change(2, { status: 'unpublished' });
    await workshop.derive();
    await workshop.change(2, { status: 'published' });
    let isStopped = false;
    const slow = watchStore(bucket, async ({ name, key }) => {
      if (isStopped || name !== 'put' || !key.includes('/archive/')) return;
      isStopped = true;
      await workshop.derive();
      await workshop.change(2, { status: 'unpublished' });
      await workshop.derive();
    });
    await workshop.derive(slow.store);
    expect(isStopped).toBe(true);
    expect((await workshop.walk()).join('')).not.toContain(guid);
    await isPure(workshop);
  });

  it('are never linked to before they are there, wherever the writer is killed', async () => {
    const workshop = await start(35);
    await workshop.add([36]);
    const killed = new Error('killed');
    for (let step = 0; step < 40; step++) {
      let steps = 0;
      const dying = watchStore(bucket, () => {
        if (steps++ === step) throw killed;
      });
      const result = await workshop.derive(dying.store).catch((error: unknown) => error);
      const guids = (await workshop.walk()).flatMap(guidsOf);
      expect([35, 36]).toContain(guids.length);
      expect(new Set(guids).size).toBe(guids.length);
      if (result !== killed) break;
      expect(step).toBeLessThan(39);
    }
    await workshop.derive();
    expect((await workshop.walk()).flatMap(guidsOf)).toHaveLength(36);
    expect(await bucket.head(feedKey(workshop.showId))).toBeDefined();
    await isPure(workshop);
  });
});
