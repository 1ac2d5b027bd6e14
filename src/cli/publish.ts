/** publish: one room from the shell, from its event to the feed. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { readDataFolderLock } from '../adapters/data-folder-lock.ts';
import { createLog } from '../adapters/log.ts';
import { readSettings, type Settings } from '../config.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { issuesOf } from '../http/problem.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { takeIn } from '../pipeline/intake.ts';
import { readManifest } from '../pipeline/manifests.ts';
import { type PlatformEvent, parseEvent } from '../webhook/events.ts';
import { signMessage } from '../webhook/signature.ts';
import { parseStrictJson } from '../webhook/strict-json.ts';
import { feedDependencies, openEngine, openStores } from './engine.ts';
import { describeSummary, type EpisodeSummary, summarise } from './episode-summary.ts';
import { followInBucket, followOverHttp } from './follow.ts';
import { printResult, progressLine, say } from './output.ts';
import { uploadRoomFiles } from './room-files.ts';
import { runWorkers, untilToldToStop } from './run.ts';
import { activeSecrets } from './secrets.ts';

type RoomEnded = Extract<PlatformEvent, { type: 'room.ended' }>;

interface PublishOptions {
  readonly tracks?: string;
  readonly json?: boolean;
}

export function addPublishCommand(program: Command): void {
  program
    .command('publish <event.json>')
    .description('makes one room an episode: uploads its tracks, renders, publishes, and waits for it')
    .option('--tracks <dir>', "a folder with the files that the event's keys name, under the same relative paths")
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  aftershow publish fixtures/room/event.json --tracks fixtures/room')
    .action(publish);
}

async function publish(file: string, options: PublishOptions): Promise<void> {
  const settings = readSettings();
  const text = await readFile(file, 'utf8');
  const event = readEvent(file, text);
  const stopping = new AbortController();
  void untilToldToStop().then(() => stopping.abort());
  const running = settings.queueUrl ? undefined : await readDataFolderLock(settings.dataDir);
  const summary = running?.url
    ? await throughServer(running.url, settings, text, event, options, stopping.signal)
    : await inThisProcess(settings, event, options, stopping.signal);
  if (summary.status === 'failed' || summary.failure) process.exitCode = 1;
  printResult(options.json === true, summary, describeSummary);
}

function readEvent(file: string, text: string): RoomEnded {
  let event: PlatformEvent;
  try {
    event = parseEvent(parseStrictJson(text));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw new Error(`${file} is not JSON as we accept it`, { cause: error });
    const lines = issuesOf(error).map(({ path, message }) => `  - ${path} ${message}`);
    throw new Error(`${file} does not fit:\n${lines.join('\n')}`, {
      cause: error,
    });
  }
  if (event.type !== 'room.ended') throw new Error(`${file} is not a room.ended event`);
  return event;
}

async function inThisProcess(
  settings: Settings,
  event: RoomEnded,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<EpisodeSummary> {
  const engine = await openEngine(settings, createLog('warn'), 'publish');
  try {
    if (options.tracks) await uploadRoomFiles(event.data, options.tracks, engine.trackStore);
    const taken = await takeIn(event, engine);
    refuseConflict(taken.status, taken.roomId);
    if (taken.status === 'duplicate') say('This room is known already.');
    const workers = await runWorkers(settings, engine);
    try {
      const manifest = await followInBucket(taken, engine, progressLine(), signal);
      // Done is when the feed has it; deriving it once more than the feed job does changes nothing.
      await deriveFeed(taken.showId, engine);
      return await summarise(manifest, engine.bucket, settings.publicUrl);
    } finally {
      await workers.stop();
    }
  } finally {
    await engine.close();
  }
}

function refuseConflict(status: string, roomId: string): void {
  if (status !== 'conflict') return;
  throw new Error(
    `the room ${roomId} is known with other data: a room id names one session for ever, so give this one another`,
  );
}

const Taken = z.object({
  status: z.string(),
  showId: ShowId,
  episodeId: EpisodeId,
});

/** The embedded engine belongs to one process: the one that runs is asked to do it. */
async function throughServer(
  url: string,
  settings: Settings,
  text: string,
  event: RoomEnded,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<EpisodeSummary> {
  say(`An aftershow is running at ${url}: it does the work.`);
  const secrets = await activeSecrets(settings);
  const stores = openStores(settings);
  try {
    if (options.tracks) await uploadRoomFiles(event.data, options.tracks, stores.trackStore);
    const response = await fetch(`${url}/webhooks/room-ended`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signMessage(secrets.webhookSecrets[0], `msg_${randomUUID()}`, new Date(), text),
      },
      body: text,
      signal,
    });
    if (response.status === 409) refuseConflict('conflict', event.data.room.id);
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    const taken = Taken.parse(await response.json());
    await followOverHttp(url, secrets.apiToken, taken, progressLine(), signal);
    const manifest = (await readManifest(stores.bucket, taken.showId, taken.episodeId))?.value;
    await deriveFeed(taken.showId, feedDependencies(settings, stores));
    if (!manifest)
      throw new Error(`the running aftershow keeps its objects elsewhere than ${stores.bucket.description}`);
    return await summarise(manifest, stores.bucket, settings.publicUrl);
  } finally {
    await stores.close();
  }
}
