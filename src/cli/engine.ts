/** Wires the ports to what the settings name. The only file that knows all adapters. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WorkerDependencies } from '../../workers/main.ts';
import { makeCover } from '../adapters/artwork.ts';
import { type DataFolderLock, lockDataFolder } from '../adapters/data-folder-lock.ts';
import { createFfmpegAudioEngine } from '../adapters/ffmpeg-audio-engine.ts';
import { tagMp3 } from '../adapters/id3-tags.ts';
import { openQueue } from '../adapters/open-queue.ts';
import { openStore } from '../adapters/open-store.ts';
import { createWorkFolders } from '../adapters/work-folders.ts';
import type { Settings } from '../config.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import type { Clock, Log, ObjectStore } from '../pipeline/ports.ts';

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

/** What deriving a feed needs: the stores alone. */
export function feedDependencies(settings: Settings, { bucket, trackStore }: Stores) {
  return {
    bucket,
    trackStore,
    makeCover,
    clock,
    publicUrl: settings.publicUrl,
  };
}

/** Everything the stages need, and how to let go of it. */
export interface Engine extends WorkerDependencies {
  /** Held while the embedded queue is in use. */
  readonly lock: DataFolderLock | undefined;
  close(): Promise<void>;
}

/**
 * Opens stores and queue. Refuses a store that ignores conditional writes and a queue that may lose jobs; a queue that
 * is only out of reach is waited for while running.
 */
export async function openEngine(settings: Settings, log: Log, command: string): Promise<Engine> {
  const lock = settings.queueUrl ? undefined : await lockDataFolder(settings.dataDir, { command });
  const stores = openStores(settings);
  try {
    await stores.bucket.probe();
    const queue = await openQueue(settings.queueUrl, settings.dataDir, log);
    const audio = createFfmpegAudioEngine(settings.ffmpegPath === undefined ? {} : { path: settings.ffmpegPath });
    try {
      await queue.check();
    } catch (error) {
      if (error instanceof PermanentFailure) {
        await queue.close();
        await audio.close();
        throw error;
      }
      log.warn({ reason: messageOf(error) }, 'the queue cannot be reached yet; webhooks are taken all the same');
    }
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
      close: async () => {
        await queue.close();
        await audio.close();
        await stores.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await stores.close();
    await lock?.release();
    throw error;
  }
}

/** An id that no other room has: for rooms that are made here. */
export function uniqueSuffix(): string {
  return randomUUID().slice(0, 8);
}
