/** start, server and worker: the long-running commands. */
import type { Command } from 'commander';
import { createLog } from '../adapters/log.ts';
import { readSettings, type Settings } from '../config.ts';
import { type Engine, openEngine } from './engine.ts';
import { say } from './output.ts';
import { runServer, runWorkers, untilToldToStop } from './run.ts';
import { type ActiveSecrets, activeSecrets } from './secrets.ts';
import { UsageError } from './usage-error.ts';

type Part = 'server' | 'workers';

export function addStartCommands(program: Command): void {
  program
    .command('start')
    .description('server and workers in one process; embedded unless AFTERSHOW_QUEUE_URL says otherwise')
    .addHelpText('after', '\nExample:\n  aftershow start\n  AFTERSHOW_PORT=8080 aftershow start')
    .action(() => stayUp('start', ['server', 'workers']));
  program
    .command('server')
    .description('the HTTP server alone; workers run elsewhere on the same queue')
    .addHelpText('after', '\nExample:\n  AFTERSHOW_QUEUE_URL=redis://127.0.0.1:6379 aftershow server')
    .action(() => stayUp('server', ['server']));
  program
    .command('worker')
    .description('the workers alone; run as many as you like on one queue')
    .addHelpText('after', '\nExample:\n  AFTERSHOW_QUEUE_URL=redis://127.0.0.1:6379 aftershow worker')
    .action(() => stayUp('worker', ['workers']));
}

async function stayUp(command: string, parts: readonly Part[]): Promise<void> {
  const settings = readSettings();
  if (parts.length === 1 && !settings.queueUrl) {
    throw new UsageError(
      `${command} needs a queue that several processes share: set AFTERSHOW_QUEUE_URL, or use "start" for the embedded one`,
    );
  }
  const secrets = parts.includes('server') ? await activeSecrets(settings) : undefined;
  const log = createLog(settings.logLevel);
  const stop = untilToldToStop();
  const engine = await openEngine(settings, log, command);
  const stops: (() => Promise<void>)[] = [];
  try {
    if (secrets) {
      const running = await runServer(settings, engine, secrets);
      stops.push(running.stop);
      introduce(settings, secrets, running.server.url, engine);
    }
    if (parts.includes('workers')) stops.push((await runWorkers(settings, engine)).stop);
    log.info(
      {
        command,
        queue: engine.queue.description,
        store: engine.bucket.description,
      },
      'ready',
    );
    await stop;
  } finally {
    await Promise.all(stops.map((end) => end()));
    await engine.close();
  }
  log.info({ command }, 'stopped in good order');
}

function introduce(settings: Settings, secrets: ActiveSecrets, url: string, engine: Engine): void {
  say(`Aftershow listens on ${url}; public links begin with ${settings.publicUrl}`);
  say(`  objects  ${engine.bucket.description}`);
  say(`  queue    ${engine.queue.description}`);
  if (secrets.file) say(`  secrets  ${secrets.file}`);
  if (secrets.isNew) {
    say('These were made just now, and are shown this once:');
    say(`  AFTERSHOW_WEBHOOK_SECRETS=${secrets.webhookSecrets[0]}`);
    say(`  AFTERSHOW_API_TOKEN=${secrets.apiToken}`);
  }
}
