/** demo: the whole way on this machine, with a real room: webhook in, episode and feed out, checked and explained. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { z } from 'zod';
import { verifyFeed } from '../adapters/feed-verifier.ts';
import { createLog } from '../adapters/log.ts';
import { readSettings, type Settings } from '../config.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import { feedKey } from '../storage/object-keys.ts';
import { parseEvent } from '../webhook/events.ts';
import { signMessage } from '../webhook/signature.ts';
import { shiftEvent } from './demo-room.ts';
import { type Engine, openEngine, uniqueSuffix } from './engine.ts';
import { describeSummary, type EpisodeSummary, summarise } from './episode-summary.ts';
import { followInBucket } from './follow.ts';
import { printResult, progressLine, say } from './output.ts';
import { uploadRoomFiles } from './room-files.ts';
import { type Running, runServer, runWorkers, untilToldToStop } from './run.ts';
import { type ActiveSecrets, activeSecrets } from './secrets.ts';

interface DemoOptions {
  readonly keep?: boolean;
  readonly json?: boolean;
}

interface DemoResult extends EpisodeSummary {
  readonly mp3File: string;
  readonly feedFile: string;
  readonly verified: boolean;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('a room of three real voices becomes an episode on this machine, nothing to install')
    .option('--keep', 'stay up afterwards, so that a podcast app can subscribe')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npm run demo\n  npm run demo -- --keep')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const settings = await demoSettings(readSettings());
  // Each demo begins anew; only this folder is cleared, and it is the demo's own.
  await rm(settings.dataDir, { recursive: true, force: true });
  const secrets = await activeSecrets(settings);
  const stopping = new AbortController();
  const stop = untilToldToStop().then(() => stopping.abort());
  const engine = await openEngine(settings, createLog('warn'), 'demo');
  const running: { stop(): Promise<void> }[] = [];
  try {
    const served = await runServer(settings, engine, secrets);
    running.push(served, await runWorkers(settings, engine));
    const result = await makeEpisode(settings, engine, secrets, served, stopping.signal);
    if (!result.verified || result.status !== 'published') process.exitCode = 1;
    printResult(options.json === true, result, () => describe(result, options.keep === true));
    if (options.keep) await stop;
  } finally {
    await Promise.all(running.map((part) => part.stop()));
    await engine.close();
  }
}

/** Everything embedded, in a folder of its own, on a port that is free. */
async function demoSettings(settings: Settings): Promise<Settings> {
  const port = (await isFree(settings.port, settings.host)) ? settings.port : await freePort(settings.host);
  return {
    ...settings,
    dataDir: join(settings.dataDir, 'demo'),
    queueUrl: undefined,
    storageUrl: undefined,
    tracksUrl: undefined,
    webhookSecrets: undefined,
    apiToken: undefined,
    port,
    publicUrl: `http://localhost:${port}`,
  };
}

const Accepted = z.object({
  showId: ShowId,
  episodeId: EpisodeId,
  status: z.literal('accepted'),
});

async function makeEpisode(
  settings: Settings,
  engine: Engine,
  secrets: ActiveSecrets,
  { server }: Running,
  signal: AbortSignal,
): Promise<DemoResult> {
  const room = fixtureFolder();
  const recorded: unknown = JSON.parse(await readFile(join(room, 'event.json'), 'utf8'));
  const body = JSON.stringify(shiftEvent(recorded, new Date(), `rm-demo-${uniqueSuffix()}`));
  const event = parseEvent(JSON.parse(body));
  if (event.type !== 'room.ended') throw new Error(`${room}/event.json is no room.ended event`);
  const count = await uploadRoomFiles(event.data, room, engine.trackStore);
  say(`The platform has put ${count} files into ${engine.trackStore.description}.`);
  const response = await fetch(`${server.url}/webhooks/room-ended`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...signMessage(secrets.webhookSecrets[0], `msg_${randomUUID()}`, new Date(), body),
    },
    body,
    signal,
  });
  say(`The room ended; its signed webhook was answered ${response.status}.`);
  const accepted = Accepted.parse(await response.json());
  const manifest = await followInBucket(accepted, engine, progressLine(), signal);
  await deriveFeed(accepted.showId, engine);
  const summary = await summarise(manifest, engine.bucket, settings.publicUrl);
  const report = await verifyFeed(summary.feedUrl.replace(settings.publicUrl, server.url));
  for (const { severity, code, message } of report.findings) say(`  ${severity}: ${code}: ${message}`);
  const objects = join(settings.dataDir, 'objects');
  return {
    ...summary,
    mp3File: join(objects, summary.audioKey ?? ''),
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
    `Listen:     ${result.mp3File}`,
    `The feed:   ${result.feedFile}`,
    isKept
      ? `Subscribe:  add ${result.feedUrl} in your podcast app (gpo subscribe ${result.feedUrl}); Ctrl-C ends this.`
      : `Subscribe:  run "npm run demo -- --keep", then add ${result.feedUrl} in your podcast app.`,
  ].join('\n');
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, host, () => probe.close(() => resolve(true)));
  });
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, host, () => {
        const address = probe.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        probe.close(() => resolve(port));
      });
  });
}
