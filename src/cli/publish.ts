/** publish: one room from the shell, from its event to the feed. */
import { readDataFolderLock } from '../adapters/data-folder-lock.ts';
import { createLog } from '../adapters/log.ts';
import { readSettings, readWorkerSettings, type Settings } from '../config.ts';
import { retryEpisode } from '../pipeline/episodes.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { takeIn } from '../pipeline/intake.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { openEngine } from './engine.ts';
import { describeSummary, type EpisodeSummary, summarise } from './episode-summary.ts';
import { type EventFile, readEventFile } from './event-file.ts';
import { followInBucket } from './follow.ts';
import { knownAlready, RoomIdTaken } from './known-room.ts';
import { printResult, progressLine, say } from './output.ts';
import { publishThroughServer } from './publish-through-server.ts';
import { findRoomFiles, type RoomFile, uploadRoomFiles } from './room-files.ts';
import { type Running, runWorkers, stopAll, stopSignal } from './run.ts';

interface PublishOptions {
  readonly tracks?: string;
  readonly json?: boolean;
}

export async function publish(file: string, options: PublishOptions): Promise<void> {
  const stopping = stopSignal(
    'stopped before the episode was finished; what is done stays done, and the rest goes on at the next start',
  );
  const settings = readWorkerSettings();
  const room = await readEventFile(file);
  const files = options.tracks === undefined ? [] : await findRoomFiles(room.event.data, options.tracks);
  const running = settings.queueUrl ? undefined : await readDataFolderLock(settings.dataDir);
  const summary = running?.url
    ? await publishThroughServer(running.url, readSettings(), room, files, stopping)
    : await inThisProcess(settings, room, files, stopping);
  if (summary.failure) process.exitCode = 1;
  printResult(options.json === true, summary, describeSummary);
}

async function inThisProcess(
  settings: Settings,
  { event }: EventFile,
  files: readonly RoomFile[],
  signal: AbortSignal,
): Promise<EpisodeSummary> {
  const engine = await openEngine(settings, createLog('warn'), { command: 'publish', parts: ['workers'] });
  const running: Running[] = [];
  try {
    signal.throwIfAborted();
    await uploadRoomFiles(files, engine.trackStore, signal);
    const taken = await takeIn(event, engine);
    if (taken.status === 'conflict') throw new RoomIdTaken(taken.roomId);
    if (taken.status === 'duplicate') {
      const known = (await readManifest(engine.bucket, taken.showId, taken.episodeId))?.value;
      say(knownAlready(known?.failure !== undefined));
      if (known?.failure) await retryEpisode(taken.showId, taken.episodeId, engine);
    }
    running.push(await runWorkers(settings, engine));
    const manifest = await followInBucket(taken, engine, progressLine(), signal);
    // Done is when the feed has it; deriving it once more than the feed job does changes nothing.
    await deriveFeed(taken.showId, engine);
    return await summarise(manifest, engine.bucket, settings.publicUrl);
  } finally {
    await stopAll(running, engine);
  }
}
