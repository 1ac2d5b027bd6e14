/** What a large show's feed takes beside a small one's: operations on the store, time, and bytes. Manifests are written straight into it. */
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import sharp from 'sharp';
import { Manifest } from '../../src/domain/episode.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { runPublish } from '../../src/pipeline/publish.ts';
import { changeRecord, readBytes } from '../../src/pipeline/records.ts';
import { feedKey, manifestKey } from '../../src/storage/object-keys.ts';
import { jobContext, modelDependencies } from '../support/feed-model.ts';
import { type FinishedRoom, makeFinishedRoom } from '../support/finished-room.ts';
import { startS3 } from '../support/s3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { watchStore } from '../support/watched-store.ts';
import { fillStore, largeEpisode, largeShow } from './feed-show.ts';
import { decimal, seconds, table, times } from './tables.ts';

/** What feed-render.child.ts prints. */
export interface RenderReport {
  readonly episodes: number;
  readonly firstCpuSeconds: number;
  readonly againCpuSeconds: number;
  readonly feedBytes: number;
}

interface Step {
  readonly name: string;
  readonly operations: string;
  readonly wallSeconds: number;
}

interface ShowReport {
  readonly episodes: number;
  readonly manifestBytes: number;
  readonly feedBytes: number;
  readonly brotliBytes: number;
  readonly steps: readonly Step[];
}

/** As the server compresses feeds. */
const BROTLI_QUALITY = 4;
const CORRECTIONS = 3;
const OPERATIONS = ['get', 'put', 'head', 'delete', 'list'] as const;
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Markdown. `few` and `many` episodes. */
export async function feedBench([few, many]: readonly [number, number]): Promise<string> {
  const sections = [
    `Node ${process.versions.node}, load average ${decimal(loadavg()[0] ?? 0)} when it began: with more than there are cores, times are too long. Each step once, the correction ${CORRECTIONS} times.`,
    rendering(few, many),
  ];
  const folder = makeTempFolder('bench-feed');
  const room = await makeFinishedRoom();
  try {
    sections.push(await onStore('a folder', pathToFileURL(join(folder, 'objects')).href, room, [few, many], folder));
    const s3 = await startS3();
    if (s3) {
      Object.assign(process.env, s3.env);
      const storageUrl = s3.storageUrl(await s3.createBucket());
      sections.push(await onStore('radosgw', storageUrl, room, [few, many], folder));
    }
  } finally {
    await room.close();
    removeFolder(folder);
  }
  return sections.join('\n\n');
}

function rendering(few: number, many: number): string {
  const child = join(import.meta.dirname, 'feed-render.child.ts');
  const rows = [few, many].map((episodes) => {
    const said = execFileSync(process.execPath, ['--import', 'tsx', child, String(episodes)], { encoding: 'utf8' });
    const report: RenderReport = JSON.parse(said);
    const { firstCpuSeconds, againCpuSeconds, feedBytes } = report;
    return [String(episodes), seconds(firstCpuSeconds), seconds(againCpuSeconds), mebibytes(feedBytes)];
  });
  const head = ['episodes', 'CPU, first in a new process', 'CPU, median of 5 more', 'bytes'];
  return `## Rendering\n\nFrom what the catalogue holds to the bytes of feed.xml, without a store; CPU of all threads.\n\n${table(head, rows)}`;
}

async function onStore(
  name: string,
  storageUrl: string,
  room: FinishedRoom,
  [few, many]: readonly [number, number],
  folder: string,
): Promise<string> {
  // Its code is compiled and its connections are open when what counts begins.
  await measureShow(storageUrl, room, 10, 'bench-warm', folder);
  const small = await measureShow(storageUrl, room, few, 'bench-few', folder);
  const large = await measureShow(storageUrl, room, many, 'bench-many', folder);
  const rows = small.steps.map(({ name: step, operations, wallSeconds }, index) => {
    const { operations: others = '', wallSeconds: wall = Number.NaN } = large.steps[index] ?? {};
    return [step, operations, others, seconds(wallSeconds), seconds(wall), times(wall / wallSeconds)];
  });
  const sizes = [small, large].map(({ episodes, manifestBytes, feedBytes, brotliBytes }) => [
    String(episodes),
    `${Math.round(manifestBytes)} bytes`,
    mebibytes(feedBytes),
    mebibytes(brotliBytes),
  ]);
  return [
    `## On ${name}`,
    table(['step', `operations, ${few}`, `operations, ${many}`, `wall, ${few}`, `wall, ${many}`, 'ratio'], rows),
    table(['episodes', 'a manifest', 'feed', `feed, brotli ${BROTLI_QUALITY}`], sizes),
  ].join('\n\n');
}

async function measureShow(
  storageUrl: string,
  room: FinishedRoom,
  episodes: number,
  id: string,
  folder: string,
): Promise<ShowReport> {
  console.error(`${id}: writing ${episodes} manifests`);
  const showId = ShowId.parse(id);
  const show = largeShow(showId);
  const dependencies = modelDependencies(storageUrl, show.publicUrl, folder);
  const { bucket } = dependencies;
  try {
    const cover = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    if (show.cover) await bucket.put(show.cover.key, cover, { contentType: 'image/jpeg' });
    const manifestBytes = await fillStore(bucket, showId, episodes);
    const watched = watchStore(bucket);
    const told = { ...dependencies, bucket: watched.store, trackStore: watched.store };
    const step = async (name: string, work: () => Promise<unknown>): Promise<Step> => {
      console.error(`${id}: ${name}`);
      watched.operations.length = 0;
      const begin = performance.now();
      await work();
      const wallSeconds = (performance.now() - begin) / 1000;
      const counts = watched.counts();
      const operations = OPERATIONS.filter((one) => counts[one] > 0).map(
        (one) => `${counts[one]} ${one.toUpperCase()}`,
      );
      return { name, operations: operations.join(', '), wallSeconds };
    };
    const correct = (number: number) =>
      changeRecord(bucket, manifestKey(showId, largeEpisode(showId, number).id), Manifest, (manifest) => ({
        ...manifest,
        title: `${manifest.title}, corrected`,
        version: manifest.version + 1,
      }));
    const derive = () => deriveFeed(showId, told);
    const cold = await step('the feed, without a catalogue', derive);
    const unchanged = await step('the feed again, nothing changed', derive);
    const corrections: Step[] = [];
    for (let number = 1; number <= CORRECTIONS; number += 1) {
      await correct(number);
      corrections.push(await step('the feed, one manifest changed', derive));
    }
    const [corrected = cold] = corrections;
    const { id: episodeId } = await room.putInto(bucket, showId);
    const publication = await step('a publication: its job and the feed', async () => {
      await runPublish({ showId, episodeId, request: 1 }, jobContext(`publish-${id}`), told);
      await derive();
    });
    const feed = (await readBytes(bucket, feedKey(showId), 2 ** 30))?.bytes ?? Buffer.alloc(0);
    const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
    return {
      episodes,
      manifestBytes,
      feedBytes: feed.byteLength,
      brotliBytes: brotliCompressSync(feed, { params }).byteLength,
      steps: [
        cold,
        unchanged,
        { ...corrected, wallSeconds: median(corrections.map(({ wallSeconds }) => wallSeconds)) },
        publication,
      ],
    };
  } finally {
    await bucket.close();
  }
}
