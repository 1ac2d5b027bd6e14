/** start, server and worker: the long-running commands. */
import { createLog } from '../adapters/log.ts';
import { readSettings, readWorkerSettings, type Settings } from '../config.ts';
import { type Engine, openEngine, type Part } from './engine.ts';
import { say } from './output.ts';
import { type Running, runServer, runWorkers, stopAll, stopSignal, untilAborted } from './run.ts';
import { type ActiveSecrets, activeSecrets } from './secrets.ts';
import { UsageError } from './usage-error.ts';

export const start = () => stayUp('start', ['server', 'workers']);
export const server = () => stayUp('server', ['server']);
export const worker = () => stayUp('worker', ['workers']);

async function stayUp(command: string, parts: readonly Part[]): Promise<void> {
  const stopping = stopSignal();
  const isServer = parts.includes('server');
  const settings = isServer ? readSettings() : readWorkerSettings();
  if (parts.length === 1 && !settings.queueUrl) {
    throw new UsageError(
      `${command} needs a queue that several processes share: set AFTERSHOW_QUEUE_URL, or use "start" for the embedded one`,
    );
  }
  const secrets = isServer ? await activeSecrets(settings) : undefined;
  if (secrets) introduceNew(secrets);
  const log = createLog(settings.logLevel);
  const engine = await openEngine(settings, log, { command, parts });
  const running: Running[] = [];
  try {
    if (secrets && !stopping.aborted) {
      const { server: http, stop } = await runServer(settings, engine, secrets);
      running.push({ stop });
      introduce(settings, secrets, http.url, engine);
    }
    if (parts.includes('workers') && !stopping.aborted) running.push(await runWorkers(settings, engine));
    if (!stopping.aborted) {
      log.info({ command, queue: engine.queue.description, store: engine.bucket.description }, 'ready');
    }
    await untilAborted(stopping);
  } finally {
    await stopAll(running, engine);
  }
  log.info({ command }, 'stopped in good order');
}

/** Said at once: whatever fails later, they are made and will not be shown again. */
function introduceNew({ made, file }: ActiveSecrets): void {
  if (made.length === 0) return;
  say(`These were made just now, are kept in ${file}, and are shown this once:`);
  for (const { name, value } of made) say(`  ${name}=${value}`);
}

function introduce(settings: Settings, secrets: ActiveSecrets, url: string, engine: Engine): void {
  say(`Aftershow listens on ${url}; public links begin with ${settings.publicUrl}`);
  say(`  objects  ${engine.bucket.description}`);
  say(`  queue    ${engine.queue.description}`);
  if (secrets.file) say(`  secrets  ${secrets.file}`);
}
