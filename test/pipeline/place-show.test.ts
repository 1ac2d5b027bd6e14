/** A show that becomes private or public: whatever step breaks off, sweep brings it to its end; on a folder and on radosgw. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { openStore } from '../../src/adapters/open-store.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { ShowId, sha256 } from '../../src/domain/ids.ts';
import { filesOf } from '../../src/domain/public-files.ts';
import { Show } from '../../src/domain/show.ts';
import { feedGeneration } from '../../src/feed/feed-mark.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { readManifests } from '../../src/pipeline/manifests.ts';
import { markMoving, type PlaceDependencies, placeShow, sweepMoves } from '../../src/pipeline/place-show.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { changeRecord, listAll, readBytes } from '../../src/pipeline/records.ts';
import {
  episodeFileKey,
  feedKey,
  manifestKey,
  movingKey,
  servedPrefix,
  showCoverKey,
  showKey,
} from '../../src/storage/object-keys.ts';
import { sampleEpisode, sampleShow } from '../feed/sample-show.ts';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';

const START_MS = Date.parse('2027-01-01T00:00:00.000Z');
const folder = makeTempFolder('place-show');
afterAll(() => removeFolder(folder));

const STORES: readonly (readonly [string, boolean, () => Promise<ObjectStore>])[] = [
  ['a folder', true, async () => openFolderStore(`${folder}/bucket`)],
  [
    'radosgw',
    available.s3,
    async () => {
      const server = await startS3();
      if (!server) throw new Error('the S3 server is not there');
      Object.assign(process.env, server.env);
      return openStore(server.storageUrl(await server.createBucket(), 'podcasts'));
    },
  ],
];

for (const [name, isThere, open] of STORES) {
  describe.skipIf(!isThere)(`On ${name}`, () => {
    let bucket: ObjectStore;
    let shows = 0;
    let nowMs = START_MS;
    beforeAll(async () => {
      bucket = await open();
      await bucket.probe();
    });
    afterAll(() => bucket?.close());

    const dependenciesOn = (store: ObjectStore): PlaceDependencies => ({
      ...{ bucket: store, trackStore: store, makeCover, publicUrl: sampleShow().publicUrl },
      clock: { now: () => new Date(nowMs) },
      workFolders: createWorkFolders(`${folder}/work`),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });

    /** Two episodes whose files are there, in a show with a feed. */
    const newShow = async (isPrivate: boolean) => {
      const showId = ShowId.parse(`placed-${++shows}`);
      const visibility = isPrivate ? 'private' : 'public';
      const cover = { key: showCoverKey(showId, sha256('cover'), visibility), generated: false };
      const sample = sampleShow({ id: showId, private: isPrivate, cover });
      await bucket.put(cover.key, 'cover', { contentType: 'image/jpeg' });
      await bucket.put(showKey(showId), JSON.stringify(sample), { contentType: 'application/json' });
      for (const number of [1, 2]) {
        const plain = sampleEpisode(number, { showId });
        const file = (suffix: string, contentType: string, text: string) => ({
          key: episodeFileKey(showId, plain.id, sha256(text), suffix, visibility),
          contentType,
          lengthBytes: Buffer.byteLength(text),
        });
        const manifest: Manifest = {
          ...plain,
          audio: {
            ...file('.mp3', 'audio/mpeg', `sound ${number}`),
            durationSeconds: 60,
            integratedLufs: -16,
            truePeakDbtp: -1,
          },
          cover: file('.jpg', 'image/jpeg', `picture ${number}`),
          chaptersFile: file('.chapters.json', 'application/json+chapters', `{"chapters":[${number}]}`),
        };
        const texts = [`sound ${number}`, `picture ${number}`, `{"chapters":[${number}]}`];
        for (const [index, { key, contentType }] of filesOf(manifest).entries()) {
          await bucket.put(key, texts[index] ?? '', { contentType });
        }
        await bucket.put(manifestKey(showId, manifest.id), JSON.stringify(manifest), {
          contentType: 'application/json',
        });
      }
      await deriveFeed(showId, dependenciesOn(bucket));
      return showId;
    };
    const flip = (showId: ShowId, isPrivate: boolean) =>
      changeRecord(bucket, showKey(showId), Show, (show) => ({
        ...show,
        private: isPrivate,
        version: show.version + 1,
      }));
    const keysIn = async (showId: ShowId, visibility: 'public' | 'private') => {
      const keys: string[] = [];
      for await (const { key } of listAll(bucket, servedPrefix(showId, visibility))) keys.push(key);
      return keys;
    };
    const feedOf = async (showId: ShowId, visibility: 'public' | 'private') =>
      (await readBytes(bucket, feedKey(showId, visibility)))?.bytes.toString() ?? '';
    const guids = (xml: string) => [...xml.matchAll(/<guid[^>]*>([^<]+)/g)].map(([, guid]) => guid);

    const expectPlaced = async (showId: ShowId, visibility: 'public' | 'private', before: string) => {
      expect(await keysIn(showId, visibility === 'public' ? 'private' : 'public')).toEqual([]);
      const keys = await keysIn(showId, visibility);
      expect(keys).toContain(showCoverKey(showId, sha256('cover'), visibility));
      const manifests = await readManifests(bucket, showId);
      for (const manifest of manifests) for (const { key } of filesOf(manifest)) expect(keys).toContain(key);
      const sounds = await Promise.all(
        manifests.map(async ({ audio }) => (await readBytes(bucket, audio?.key ?? ''))?.bytes.toString()),
      );
      expect(sounds.sort()).toEqual(['sound 1', 'sound 2']);
      const feed = await feedOf(showId, visibility);
      expect(guids(feed)).toEqual(guids(before));
      expect(guids(feed)).toHaveLength(2);
      expect(feedGeneration(feed)).toBeGreaterThan(feedGeneration(before) ?? Number.NaN);
      expect(/<podcast:guid>([^<]+)/.exec(feed)?.[1]).toBe(sampleShow().podcastGuid);
    };

    for (const [target, isPrivate] of [
      ['private', true],
      ['public', false],
    ] as const) {
      it(`becomes ${target}, whichever write it breaks off at`, { timeout: 120_000 }, async () => {
        let breaksAt = 0;
        let isDone = false;
        // Each run breaks at a later write, until one needs no more of them.
        for (; !isDone && breaksAt < 80; breaksAt += name === 'radosgw' ? 8 : 2) {
          const showId = await newShow(!isPrivate);
          const before = await feedOf(showId, isPrivate ? 'public' : 'private');
          let writes = 0;
          const watched = watchStore(bucket, ({ name: kind }) => {
            if ((kind === 'put' || kind === 'delete') && writes++ >= breaksAt) throw new Error('killed');
          });
          const run = async () => {
            await markMoving(showId, dependenciesOn(watched.store));
            await flip(showId, isPrivate);
            await placeShow(showId, dependenciesOn(watched.store));
          };
          isDone = await run().then(
            () => true,
            () => false,
          );
          // What was not even marked was not changed either: its creator got an error.
          if (!(await bucket.head(movingKey(showId)))) continue;
          await sweepMoves(dependenciesOn(bucket));
          await expectPlaced(showId, target, before);
          nowMs += 3700_000;
          await sweepMoves(dependenciesOn(bucket));
          expect(await bucket.head(movingKey(showId))).toBeUndefined();
        }
        expect(isDone).toBe(true);
      });
    }

    it('leaves no file of a worker that still took it for public', async () => {
      const showId = await newShow(false);
      const before = await feedOf(showId, 'public');
      const [late] = await readManifests(bucket, showId);
      if (!late?.audio) throw new Error('no episode');
      await markMoving(showId, dependenciesOn(bucket));
      await flip(showId, true);
      await placeShow(showId, dependenciesOn(bucket));
      await bucket.put(late.audio.key, 'sound 1', { contentType: 'audio/mpeg' });
      await bucket.put(feedKey(showId), before, { contentType: 'application/rss+xml' });
      expect(await keysIn(showId, 'public')).toHaveLength(2);
      await sweepMoves(dependenciesOn(bucket));
      await expectPlaced(showId, 'private', before);
    });

    it('names in no feed what does not lie beside it yet', async () => {
      const showId = await newShow(true);
      await markMoving(showId, dependenciesOn(bucket));
      await flip(showId, false);
      await deriveFeed(showId, dependenciesOn(bucket));
      const feed = await feedOf(showId, 'public');
      expect(guids(feed)).toEqual([]);
      expect(feed).not.toContain('/private/');
    });
  });
}
