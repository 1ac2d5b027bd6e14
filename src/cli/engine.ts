/** Wires the ports to what the settings name. The only file that knows all adapters. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkerDependencies } from '../../workers/main.ts';
import { makeCover } from '../adapters/artwork/artwork.ts';
import { makeChapterImage } from '../adapters/artwork/chapter-image.ts';
import { type DataFolderLock, lockDataFolder } from '../adapters/data-folder-lock.ts';
import { tagMp3 } from '../adapters/id3-tags.ts';
import { openStore } from '../adapters/open-store.ts';
import { createPost } from '../adapters/outgoing/post.ts';
import { openQueue } from '../adapters/queue/open-queue.ts';
import { createSoundEngine } from '../adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../adapters/work-folders.ts';
import type { Settings } from '../config.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import type { Clock, Log, ObjectStore } from '../pipeline/ports.ts';
import { emptyDataFolder, ensureDataFolder } from './data-folder.ts';
import { signingSecret } from './secrets.ts';

const clock: Clock = { now: () => new Date() };
const monotonicMs = () => performance.now();

export interface Stores {
  readonly bucket: ObjectStore;
  /** The same as the bucket unless AFTERSHOW_TRACKS_URL names another. */
  readonly trackStore: ObjectStore;
  close(): Promise<void>;
}

function storageUrlOf(settings: Settings): string {
  return settings.storageUrl ?? pathToFileURL(join(settings.dataDir, 'objects')).href;
}

export function openStores(settings: Settings): Stores {
  const bucket = openStore(storageUrlOf(settings));
  const trackStore = settings.tracksUrl ? openStore(settings.tracksUrl) : bucket;
  return {
    bucket,
    trackStore,
    close: async () => {
      await bucket.close();
      if (trackStore !== bucket) await trackStore.close();
    },
  };
}

/** For commands that need no queue. Throws when the store cannot be used safely. */
export async function openProvenStores(settings: Settings): Promise<Stores> {
  if (!settings.storageUrl) await ensureDataFolder(settings.dataDir);
  const stores = openStores(settings);
  try {
    await proveStore(stores.bucket);
    return stores;
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** Throws with what to do next. */
export async function proveStore(bucket: ObjectStore): Promise<void> {
  await bucket.probe().catch((error: unknown) => {
    if (error instanceof PermanentFailure) throw error;
    throw new Error(
      `the store of the objects cannot be used: ${messageOf(error)}. Is it there, and is AFTERSHOW_STORAGE_URL right?`,
      { cause: error },
    );
  });
}

/** What deriving a feed needs: the stores alone. */
export function feedDependencies(settings: Settings, { bucket, trackStore }: Stores) {
  return {
    bucket,
    trackStore,
    makeCover,
    makeChapterImage,
    clock,
    publicUrl: settings.publicUrl,
    hubUrl: settings.hubUrl,
  };
}

/** Everything the stages need, and how to let go of it. */
export interface Engine extends WorkerDependencies {
  /** Held while the embedded queue is in use. */
  readonly lock: DataFolderLock | undefined;
  close(): Promise<void>;
}

export type Part = 'server' | 'workers';

interface Purpose {
  /** The command line's name, for whoever finds the data folder locked. */
  readonly command: string;
  readonly parts: readonly Part[];
  /** What an earlier run left in the data folder is removed first. */
  readonly isAfresh?: boolean;
}

/**
 * Opens stores and queue for these parts. Refuses a store that ignores conditional writes, a queue that may lose jobs,
 * and, for workers, a machine without ffmpeg; a queue that is only out of reach is waited for while running.
 * Whatever was opened before something failed is closed again.
 */
export async function openEngine(
  settings: Settings,
  log: Log,
  { command, parts, isAfresh = false }: Purpose,
): Promise<Engine> {
  await ensureDataFolder(settings.dataDir);
  const open = new Opened();
  try {
    const lock = settings.queueUrl ? undefined : await lockDataFolder(settings.dataDir, { command });
    if (lock) open.add(() => lock.release());
    if (lock && isAfresh) await emptyDataFolder(settings.dataDir);
    const stores = openStores(settings);
    open.add(stores.close);
    await proveStore(stores.bucket);
    const audio = createSoundEngine(settings.ffmpegPath === undefined ? {} : { path: settings.ffmpegPath });
    open.add(() => audio.close());
    if (parts.includes('workers')) await audio.version();
    const queue = await openQueue(settings.queueUrl, settings.dataDir, log);
    open.add(() => queue.close());
    await queue.check().catch((error: unknown) => {
      if (error instanceof PermanentFailure) throw error;
      log.warn({ reason: messageOf(error) }, 'the queue cannot be reached yet; webhooks are taken all the same');
    });
    return {
      ...feedDependencies(settings, stores),
      queue,
      audio,
      log,
      lock,
      monotonicMs,
      workFolders: createWorkFolders(join(settings.dataDir, 'work')),
      writeTags: tagMp3,
      trackDeadlineSeconds: settings.trackDeadlineSeconds,
      ownsTracks: settings.ownsTracks,
      callbackUrl: settings.callbackUrl,
      purgeUrl: settings.purgeUrl,
      signingSecret: () => signingSecret(settings),
      post: createPost([settings.callbackUrl, settings.hubUrl, settings.purgeUrl]),
      close: () => open.close(),
    };
  } catch (error) {
    await open
      .close()
      .catch((reason: unknown) => log.warn({ reason: messageOf(reason) }, 'could not close everything'));
    throw error;
  }
}

/** What was opened, closed in the opposite order; one that does not close keeps none of the others open. */
class Opened {
  readonly #closes: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closes.push(close);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closes.splice(0).reverse()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** An id that no other room has: for rooms that are made here. */
export function uniqueSuffix(): string {
  return randomUUID().slice(0, 8);
}
