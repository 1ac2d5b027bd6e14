/** Runs server and workers of this process until it is told to stop, then drains. */
import { once } from 'node:events';
import { startWorkers } from '../../workers/main.ts';
import type { Settings } from '../config.ts';
import { createApp } from '../http/app.ts';
import { EpisodeEvents } from '../http/events.ts';
import { listen, type RunningServer } from '../http/server.ts';
import { DownloadCounter } from '../pipeline/download-counter.ts';
import type { Engine } from './engine.ts';
import { say } from './output.ts';
import type { ActiveSecrets } from './secrets.ts';

const REQUEST_GRACE_MS = 5_000;

export interface Running {
  stop(): Promise<void>;
}

export interface RunningHttp extends Running {
  readonly server: RunningServer;
}

export async function runServer(settings: Settings, engine: Engine, secrets: ActiveSecrets): Promise<RunningHttp> {
  const events = new EpisodeEvents(engine.bucket, engine.queue, engine.log);
  const { webhookSecrets, apiToken } = secrets;
  const { trustedProxies } = settings;
  const downloads = new DownloadCounter(engine);
  const onServed = downloads.served.bind(downloads);
  const app = createApp({ ...engine, webhookSecrets, apiToken, events, trustedProxies, onServed });
  const server = await listen(app, settings.host, settings.port);
  downloads.start();
  const stop = async () => {
    await server.close(REQUEST_GRACE_MS);
    await events.close();
    await downloads.close();
  };
  try {
    await engine.lock?.update({ url: addressOnThisMachine(server.url) });
  } catch (error) {
    await stop();
    throw error;
  }
  return { server, stop };
}

/** Where another process of this machine reaches a server: one that listens everywhere names no address. */
function addressOnThisMachine(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** What is not done within the drain time is handed back, and goes on elsewhere or at the next start. */
export async function runWorkers(settings: Settings, engine: Engine): Promise<Running> {
  const workers = await startWorkers(settings, engine);
  return { stop: () => workers.drain(settings.drainSeconds * 1000) };
}

/** Stops all at the same time, then closes the engine, also when one of them cannot stop. Throws the first failure. */
export async function stopAll(running: readonly Running[], engine: Engine): Promise<void> {
  const ends = await Promise.allSettled(running.map((part) => part.stop()));
  await engine.close();
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Aborted at the first SIGINT or SIGTERM, with an Error that says `meaning`; a second one ends the process at once. */
export function stopSignal(meaning = 'stopped'): AbortSignal {
  const stopping = new AbortController();
  const onSignal = () => {
    if (stopping.signal.aborted) process.exit(1);
    say('Finishing what is running (once more Ctrl-C to stop at once) …');
    stopping.abort(new Error(meaning));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stopping.signal;
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
