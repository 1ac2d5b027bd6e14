/**
 * The process that takes somebody out of an episode, or erases it, ends at any of its writes: the next one brings it to
 * the same end as if nothing had happened. The audio is rendered for real, once; the runs begin with copies.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, type Dirent, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { createSoundEngine, type SoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { parseFeed } from '../../src/feed/feed-reading.ts';
import { eraseEpisode, patchEpisode } from '../../src/pipeline/episodes.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { feedKey, publicUrlOf } from '../../src/storage/object-keys.ts';
import { cleanEnvironment } from '../support/aftershow.ts';
import {
  dropLeavingTracks,
  LEAVER_SURNAME,
  LEAVING,
  LEAVING_IDS,
  ROOM_ENDED_AT,
  takeInLeavingRoom,
} from '../support/leaving-records.ts';
import { loneWorker } from '../support/lone-worker.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { bytesOf, keysIn, keysNaming } from '../support/stored-objects.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { dyingStore } from '../support/watched-store.ts';

const PUBLIC_URL = 'https://podcasts.example.org';
const { showId, episodeId } = LEAVING_IDS;

const CHILD = fileURLToPath(new URL('leaving-killed.child.ts', import.meta.url));
const folder = makeTempFolder('leaving-killed');
let audio: SoundEngine;
let runs = 0;

const rootOf = (name: string) => join(folder, name);
const workerOn = (bucket: ObjectStore, nowMs: number) =>
  loneWorker({ bucket, audio, workRoot: rootOf('work'), publicUrl: PUBLIC_URL, clock: { nowMs } });
type Worker = ReturnType<typeof workerOn>;

/** What is done later is tried at each so many writes: AFTERSHOW_KILL_STRIDE=1 tries them all. */
const STRIDE = Number(process.env['AFTERSHOW_KILL_STRIDE'] ?? '4');
/** When those who leave ask for it. */
const LATER_MS = ROOM_ENDED_AT.getTime() + 30 * 3_600_000;

const ACTS = {
  leaves: (worker: Worker) => patchEpisode(showId, episodeId, () => true, LEAVING, worker.dependencies),
  'is erased': (worker: Worker) => eraseEpisode(showId, episodeId, worker.dependencies),
} as const;

/** Announced, taken in, rendered and published, with nothing left to do. */
async function publishTemplate(bucket: ObjectStore): Promise<void> {
  const worker = workerOn(bucket, ROOM_ENDED_AT.getTime() + 3_600_000);
  await takeInLeavingRoom('On air', worker.dependencies);
  await worker.untilItRests(showId, episodeId);
  expect(await worker.read(showId, episodeId)).toMatchObject({ status: 'published', revision: 1 });
}

/** A store of its own that holds what lay in `from`. */
function copyOf(from: string): ObjectStore {
  const root = rootOf(`run-${++runs}`);
  cpSync(rootOf(from), root, { recursive: true });
  return openFolderStore(root);
}

/** Whatever the feed names is there. */
async function expectHonestFeed(bucket: ObjectStore): Promise<void> {
  const parsed = parseFeed((await bytesOf(bucket, feedKey(showId))).toString());
  if (!parsed.ok) throw new Error(parsed.message);
  const keys = await keysIn(bucket, 'public/');
  for (const { enclosure } of parsed.feed.episodes) {
    expect(keys.map((key) => publicUrlOf(PUBLIC_URL, key))).toContain(enclosure?.url);
  }
}

beforeAll(async () => {
  audio = createSoundEngine({ ...(FFMPEGS[0] ? { path: FFMPEGS[0].path } : {}), threads: 2 });
  const root = rootOf('published');
  mkdirSync(root);
  dropLeavingTracks(root);
  const bucket = openFolderStore(root);
  await publishTemplate(bucket);
  expect((await keysNaming(bucket, LEAVER_SURNAME)).length).toBeGreaterThan(5);
  await bucket.close();
}, 120_000);
afterAll(async () => {
  await audio?.close();
  removeFolder(folder);
});

/** Every key with what lies there, but for when it was done; records, which tell of the way too, by key alone. */
async function stateOf(bucket: ObjectStore): Promise<string[]> {
  const isRecord = (key: string) => /^(shows|stats)\/|\/feed\.xml$/.test(key);
  const digestOf = async (key: string) => {
    const bytes = await bytesOf(bucket, key);
    return sha256(bytes.includes('"erasedAt"') ? bytes.toString().replace(/"erasedAt": "[^"]*"/, '') : bytes);
  };
  return Promise.all(
    (await keysIn(bucket)).map(async (key) => (isRecord(key) ? key : `${key} ${await digestOf(key)}`)),
  );
}

describe.each(Object.entries(ACTS))('when somebody %s', (name, act) => {
  /** What comes of it where nothing breaks off. */
  let expected: string[];
  /** How much is written in all, and until whoever asked has an answer. */
  let writes: number;
  let prepared: { readonly writes: number; readonly atOnce: number };

  const unbroken = async (from: string) => {
    const bucket = copyOf(from);
    const counted = dyingStore(bucket, Number.POSITIVE_INFINITY);
    const worker = workerOn(counted.store, LATER_MS);
    await act(worker);
    const atOnce = counted.writes();
    await worker.untilItRests(showId, episodeId);
    expect(await keysNaming(bucket, LEAVER_SURNAME)).toEqual([]);
    return { writes: counted.writes(), atOnce, state: await stateOf(bucket) };
  };

  beforeAll(async () => {
    ({ writes, state: expected } = await unbroken('published'));
    // The audio without them is there already: it need not be made again in each of the runs in this process.
    const renders = join(rootOf(`run-${runs}`), 'renders');
    cpSync(rootOf('published'), rootOf(`prepared ${name}`), { recursive: true });
    if (existsSync(renders)) cpSync(renders, join(rootOf(`prepared ${name}`), 'renders'), { recursive: true });
    const { state, ...counts } = await unbroken(`prepared ${name}`);
    expect(state).toEqual(expected);
    prepared = counts;
  }, 60_000);

  /** Whatever became of the process before, the next one brings it to the same end. */
  const expectSameEnd = async (bucket: ObjectStore, before: Manifest | undefined, when: string) => {
    const next = workerOn(bucket, LATER_MS + 1000);
    // Not even written down: whoever asked was told so, and asks again.
    if ((await next.read(showId, episodeId))?.version === before?.version) await act(next);
    await next.untilItRests(showId, episodeId);
    expect(await keysNaming(bucket, LEAVER_SURNAME), when).toEqual([]);
    expect(await stateOf(bucket), when).toEqual(expected);
    await expectHonestFeed(bucket);
    const after = await next.read(showId, episodeId);
    expect(after).toMatchObject({ guid: before?.guid, publishedAt: before?.publishedAt });
    expect(after?.status).toBe(name === 'leaves' ? 'published' : 'erased');
  };

  it('whichever write of the removal the process ends at, the next one finds what is left to do', {
    timeout: 240_000,
  }, async () => {
    expect(prepared.atOnce).toBeGreaterThan(15);
    const before = await workerOn(copyOf('published'), LATER_MS).read(showId, episodeId);
    for (let last = 0; last < prepared.writes; last += last < prepared.atOnce ? 1 : STRIDE) {
      const bucket = copyOf(`prepared ${name}`);
      const dying = workerOn(dyingStore(bucket, last).store, LATER_MS);
      const run = async () => {
        await act(dying);
        await dying.untilItRests(showId, episodeId);
      };
      await expect(run(), `run ${last} of ${prepared.writes}`).rejects.toThrow();
      await expectHonestFeed(bucket);
      await expectSameEnd(bucket, before, `write ${last} of ${prepared.writes}`);
      await bucket.close();
    }
  });

  // Erasing makes no audio: nothing but the writes above could be cut off.
  if (name !== 'leaves') return;
  it('a process that is killed, with all that it had begun, hinders nothing', { timeout: 120_000 }, async () => {
    const before = await workerOn(copyOf('published'), LATER_MS).read(showId, episodeId);
    for (const share of [0.2, 0.5, 0.65, 0.9]) {
      const last = Math.floor(share * writes);
      const bucket = copyOf('published');
      const root = rootOf(`run-${runs}`);
      const words = [CHILD, root, rootOf('work'), FFMPEGS[0]?.path ?? '', String(LATER_MS), String(last)];
      const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...words], {
        env: cleanEnvironment({}),
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      expect(await once(child, 'exit'), `write ${last}`).toEqual([null, 'SIGKILL']);
      await expectSameEnd(bucket, before, `killed at write ${last} of ${writes}`);
      // Neither in what the store keeps for itself.
      const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      const isNaming = ({ parentPath, name: file }: Dirent) =>
        readFileSync(join(parentPath, file)).includes(LEAVER_SURNAME);
      expect(files.filter(isNaming).map((entry) => entry.name)).toEqual([]);
      await bucket.close();
    }
    expect(readdirSync(rootOf('work'))).toEqual([]);
  });
});
