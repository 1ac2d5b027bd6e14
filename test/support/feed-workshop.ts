/** A show on a real store, whose feed is derived here: without server, queue and audio. */
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { Manifest as ManifestRecord } from '../../src/domain/episode.ts';
import { ShowId } from '../../src/domain/ids.ts';
import type { Show } from '../../src/domain/show.ts';
import { Show as ShowRecord } from '../../src/domain/show.ts';
import { deriveFeed, type FeedDependencies, type FeedResult } from '../../src/pipeline/feed-stage.ts';
import { readManifests } from '../../src/pipeline/manifests.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { changeRecord, readBytes } from '../../src/pipeline/records.ts';
import { feedKey, manifestKey, PUBLIC_PREFIX, publicUrlOf, showKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode, sampleShow } from '../feed/sample-show.ts';
import { walkArchive } from './feed-walk.ts';

const WRITES_AT_ONCE = 16;
const JSON_TYPE = { contentType: 'application/json' };

export interface Workshop {
  readonly showId: ShowId;
  readonly show: Show;
  readonly dependencies: FeedDependencies;
  /** Puts manifests of the sample show's episodes with these numbers. */
  add(numbers: readonly number[], change?: Partial<Manifest>): Promise<void>;
  episode(number: number): Manifest;
  /** A write of the manifest as the pipeline writes: with a version more. */
  change(number: number, change: Partial<Manifest>): Promise<void>;
  changeShow(change: Partial<Show>): Promise<void>;
  derive(store?: ObjectStore, options?: { readonly fromScratch?: boolean }): Promise<FeedResult>;
  read(key: string): Promise<string | undefined>;
  feed(): Promise<string>;
  manifests(): Promise<Manifest[]>;
  /** The feed and its pages, as a reader finds them who follows the links. */
  walk(): Promise<string[]>;
}

let shows = 0;

export async function startWorkshop(bucket: ObjectStore, settings: Partial<Show> = {}): Promise<Workshop> {
  const showId = ShowId.parse(`workshop-${++shows}`);
  const show = sampleShow({ id: showId, ...settings });
  await bucket.put(showKey(showId), JSON.stringify(show), JSON_TYPE);
  const dependencies = {
    bucket,
    trackStore: bucket,
    makeCover,
    clock: { now: () => new Date('2027-01-01T00:00:00.000Z') },
    publicUrl: show.publicUrl,
  };
  const episode = (number: number) => sampleEpisode(number, { showId });
  const read = async (key: string) => (await readBytes(bucket, key))?.bytes.toString();
  const feed = async () => (await read(feedKey(showId))) ?? '';
  return {
    showId,
    show,
    dependencies,
    episode,
    add: async (numbers, change = {}) => {
      for (let from = 0; from < numbers.length; from += WRITES_AT_ONCE) {
        await Promise.all(
          numbers.slice(from, from + WRITES_AT_ONCE).map(async (number) => {
            const manifest = { ...episode(number), ...change };
            await bucket.put(manifestKey(showId, manifest.id), JSON.stringify(manifest), JSON_TYPE);
          }),
        );
      }
    },
    change: async (number, change) => {
      await changeRecord(bucket, manifestKey(showId, episode(number).id), ManifestRecord, (manifest) => ({
        ...manifest,
        ...change,
        version: manifest.version + 1,
      }));
    },
    changeShow: async (change) => {
      await changeRecord(bucket, showKey(showId), ShowRecord, (known) => ({
        ...known,
        ...change,
        version: known.version + 1,
      }));
    },
    derive: (store = bucket, options = {}) => deriveFeed(showId, { ...dependencies, bucket: store }, options),
    read,
    feed,
    manifests: () => readManifests(bucket, showId),
    walk: async () => {
      const pages = new Map<string, string>();
      for (const { key } of (await bucket.list(`${PUBLIC_PREFIX}shows/${showId}/archive/`)).objects) {
        pages.set(publicUrlOf(show.publicUrl, key), (await read(key)) ?? '');
      }
      return walkArchive(await feed(), (url) => pages.get(url));
    },
  };
}
