/** demo: the whole way on this machine, with a real room: webhook in, episode and feed out, checked and explained. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verifyFeed } from '../adapters/feed-verifier/feed-verifier.ts';
import { createLog } from '../adapters/log.ts';
import { readSettingsWithoutSecrets, type Settings } from '../config.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { feedKey } from '../storage/object-keys.ts';
import { parseEvent } from '../webhook/events.ts';
import { refuseForeignFolder } from './data-folder.ts';
import { DemoPlatform } from './demo-platform.ts';
import { shiftEvent } from './demo-room.ts';
import { type Engine, openEngine, uniqueSuffix } from './engine.ts';
import { describeSummary, type EpisodeSummary, summarise } from './episode-summary.ts';
import { followInBucket } from './follow.ts';
import { freePort, isFree } from './free-port.ts';
import { printResult, progressLine, say } from './output.ts';
import { findRoomFiles, uploadRoomFiles } from './room-files.ts';
import { type Running, runServer, runWorkers, stopAll, stopSignal, untilAborted } from './run.ts';
import { activeSecrets } from './secrets.ts';

interface DemoOptions {
  readonly keep?: boolean;
  readonly json?: boolean;
}

interface DemoResult extends EpisodeSummary {
  /** Absent when no audio came out. */
  readonly mp3File?: string;
  readonly feedFile: string;
  readonly verified: boolean;
}

export async function demo(options: DemoOptions): Promise<void> {
  const stopping = stopSignal('stopped before the demo had its episode');
  const settings = await demoSettings(readSettingsWithoutSecrets());
  await refuseForeignFolder(settings.dataDir);
  say('Getting ready: an embedded queue, a folder for the objects, nothing to install …');
  const engine = await openEngine(settings, createLog('warn'), {
    command: 'demo',
    parts: ['server', 'workers'],
    isAfresh: true,
  });
  const running: Running[] = [];
  try {
    stopping.throwIfAborted();
    const secrets = await activeSecrets(settings);
    const { server, stop } = await runServer(settings, engine, secrets);
    running.push({ stop });
    running.push(await runWorkers(settings, engine));
    const platform = new DemoPlatform(server.url, secrets, stopping);
    const result = await makeEpisode(settings, engine, platform, stopping);
    if (!result.verified || result.status !== 'published') process.exitCode = 1;
    printResult(options.json === true, result, () => describe(result, options.keep === true));
    if (options.keep) await untilAborted(stopping);
  } finally {
    await stopAll(running, engine);
  }
}

/** Everything embedded, in a folder of its own, on a port that is free. */
async function demoSettings(settings: Settings): Promise<Settings> {
  const isAsked = await isFree(settings.port, settings.host);
  const port = isAsked ? settings.port : await freePort(settings.host);
  if (!isAsked) say(`Port ${settings.port} is taken, so this demo uses ${port}.`);
  const isHere = ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'].includes(settings.host);
  return {
    ...settings,
    dataDir: join(settings.dataDir, 'demo'),
    queueUrl: undefined,
    storageUrl: undefined,
    tracksUrl: undefined,
    port,
    publicUrl: `http://${isHere ? 'localhost' : settings.host}:${port}`,
  };
}

async function makeEpisode(
  settings: Settings,
  engine: Engine,
  platform: DemoPlatform,
  signal: AbortSignal,
): Promise<DemoResult> {
  const room = fixtureFolder();
  const recorded: unknown = JSON.parse(await readFile(join(room, 'event.json'), 'utf8'));
  const body = JSON.stringify(shiftEvent(recorded, new Date(), `rm-demo-${uniqueSuffix()}`));
  const event = parseEvent(JSON.parse(body));
  if (event.type !== 'room.ended') throw new Error(`${room}/event.json is no room.ended event`);
  await platform.createShow(event.data.room.showId);
  const files = await findRoomFiles(event.data, room);
  await uploadRoomFiles(files, engine.trackStore, signal);
  say(`The platform has put ${files.length} files into ${engine.trackStore.description}.`);
  const accepted = await platform.tellRoomEnded(body);
  const manifest = await followInBucket(accepted, engine, progressLine(), signal);
  await deriveFeed(accepted.showId, engine);
  const summary = await summarise(manifest, engine.bucket, settings.publicUrl);
  const report = await verifyFeed(summary.feedUrl);
  for (const { severity, code, message } of report.findings) say(`  ${severity}: ${code}: ${message}`);
  const objects = join(settings.dataDir, 'objects');
  return {
    ...summary,
    ...(summary.audioKey === undefined ? {} : { mp3File: join(objects, summary.audioKey) }),
    feedFile: join(objects, feedKey(accepted.showId)),
    verified: report.ok,
  };
}

/** Beside package.json, wherever this file was compiled to. */
function fixtureFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'fixtures', 'room');
}

function describe(result: DemoResult, isKept: boolean): string {
  const verdict = result.verified ? 'the feed passes "aftershow verify"' : 'the feed does NOT pass "aftershow verify"';
  return [
    '',
    describeSummary(result),
    `  checked    ${verdict}`,
    '',
    ...(result.mp3File === undefined ? [] : [`Listen:     ${result.mp3File}`]),
    `The feed:   ${result.feedFile}`,
    isKept
      ? `Subscribe:  add ${result.feedUrl} in your podcast app (gpo subscribe ${result.feedUrl}); Ctrl-C ends this.`
      : `Subscribe:  run "npm run demo -- --keep", then add ${result.feedUrl} in your podcast app.`,
  ].join('\n');
}
