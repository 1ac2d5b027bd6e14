/** Runs server and workers of this process until it is told to stop, then drains. */

import { startWorkers } from '../../workers/main.ts';
import type { Settings } from '../config.ts';
import { createApp } from '../http/app.ts';
import { EpisodeEvents } from '../http/events.ts';
import { listen, type RunningServer } from '../http/server.ts';
import type { Engine } from './engine.ts';
import { say } from './output.ts';
import type { ActiveSecrets } from './secrets.ts';

/** Long enough for most jobs to end; what does not is handed back and found again. */
const DRAIN_GRACE_MS = 25_000;
const REQUEST_GRACE_MS = 5_000;

export interface Running {
  readonly server: RunningServer;
  stop(graceMs?: number): Promise<void>;
}

export async function runServer(settings: Settings, engine: Engine, secrets: ActiveSecrets): Promise<Running> {
  const events = new EpisodeEvents(engine.bucket, engine.queue, engine.log);
  const { webhookSecrets, apiToken } = secrets;
  const app = createApp({ ...engine, webhookSecrets, apiToken, events });
  const server = await listen(app, settings.host, settings.port);
  await engine.lock?.update({ url: server.url });
  return {
    server,
    stop: async () => {
      await server.close(REQUEST_GRACE_MS);
      await events.close();
    },
  };
}

export async function runWorkers(
  settings: Settings,
  engine: Engine,
): Promise<{ stop(graceMs?: number): Promise<void> }> {
  const workers = await startWorkers(settings, engine);
  return { stop: (graceMs = DRAIN_GRACE_MS) => workers.drain(graceMs) };
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilToldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(130);
      isStopping = true;
      say('Finishing what is running (once more Ctrl-C to stop at once) …');
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
