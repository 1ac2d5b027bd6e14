/** Apps that people listen with subscribe to a feed with hostile texts, show what went in, and download every byte. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFeed } from '../../src/feed/rss.ts';
import { publicUrlOf } from '../../src/storage/object-keys.ts';
import { type FileHost, startFileHost } from '../support/file-host.ts';
import { downloadWithPodboat, hasNewsboat, readWithNewsboat } from '../support/newsboat.ts';
import { downloadWithGpodder, hasGpodder, readGpodder } from '../support/podcast-apps.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { fullShow } from './full-show.ts';
import { HOSTILE } from './hostile-texts.ts';
import { sampleEpisode } from './sample-show.ts';

const FEED_PATH = '/shows/late-table/feed.xml';
const bytesOf = (number: number) => Buffer.alloc(20_000 + number, number);

const folder = makeTempFolder('podcast-apps');
let host: FileHost;
const episodes = HOSTILE.map(({ given }, index) => {
  const episode = sampleEpisode(HOSTILE.length - index, { title: given });
  const { audio } = episode;
  if (!audio) throw new Error('the sample has no audio');
  return { ...episode, audio: { ...audio, lengthBytes: bytesOf(index).length } };
});
const titles = HOSTILE.map(({ read }) => read);
const byTitle = (a: string, b: string) => (a < b ? -1 : 1);
const textsOf = (rows: readonly Record<string, unknown>[], field: string) => rows.map((row) => String(row[field]));
const homeFor = (name: string) => {
  const home = join(folder, name);
  mkdirSync(home);
  return home;
};
const pathOf = ({ key }: { readonly key: string }) => new URL(publicUrlOf(host.url, key)).pathname;

beforeAll(async () => {
  host = await startFileHost();
  const xml = renderFeed(fullShow({ publicUrl: host.url }), episodes);
  host.files.set(FEED_PATH, { bytes: Buffer.from(xml), type: 'application/rss+xml; charset=utf-8' });
  for (const [index, { audio }] of episodes.entries()) {
    host.files.set(pathOf(audio), { bytes: bytesOf(index), type: 'audio/mpeg' });
  }
});
afterAll(async () => {
  await host?.close();
  removeFolder(folder);
});

describe.skipIf(!hasGpodder)('gPodder', () => {
  it('subscribes, shows every text as it was given, and downloads every byte', async () => {
    const home = homeFor('gpodder');
    const downloads = await downloadWithGpodder(home, `${host.url}${FEED_PATH}`);
    expect(downloads.map(({ bytes }) => bytes.length).toSorted()).toEqual(episodes.map((_, n) => bytesOf(n).length));
    for (const { bytes } of downloads) expect(bytes.equals(bytesOf(bytes.length - 20_000))).toBe(true);
    const read = readGpodder(home);
    const show = fullShow();
    expect(read.podcasts).toMatchObject([{ title: show.title, link: show.link, description: show.description }]);
    expect(textsOf(read.episodes, 'title').toSorted(byTitle)).toEqual(titles.toSorted(byTitle));
    expect(textsOf(read.episodes, 'guid').toSorted()).toEqual(episodes.map(({ guid }) => guid).toSorted());
  });
});

describe.skipIf(!hasNewsboat)('newsboat', () => {
  it('reads every item, and podboat downloads every byte', async () => {
    const home = homeFor('newsboat');
    const { feeds, items } = await readWithNewsboat(home, `${host.url}${FEED_PATH}`);
    const show = fullShow();
    expect(feeds).toMatchObject([{ title: show.title, url: show.link }]);
    expect(textsOf(items, 'title').toSorted(byTitle)).toEqual(titles.toSorted(byTitle));
    for (const { guid, publishedAt, audio } of episodes) {
      expect(items.find((item) => item['guid'] === guid)).toMatchObject({
        pubDate: Date.parse(publishedAt ?? '') / 1000,
        enclosure_url: publicUrlOf(host.url, audio.key),
        enclosure_type: 'audio/mpeg',
      });
    }
    const downloads = await downloadWithPodboat(home, episodes.length);
    for (const [index, { audio }] of episodes.entries()) {
      const file = downloads.find(({ name }) => pathOf(audio).endsWith(`/${name}`));
      expect(file?.bytes.equals(bytesOf(index))).toBe(true);
    }
  });
});
