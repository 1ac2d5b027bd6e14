/** doctor: what is configured, what can be reached, which ffmpeg, is the store safe. A table; status 1 on a problem. */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { readDataFolderLock } from '../adapters/data-folder-lock.ts';
import { createFfmpegAudioEngine } from '../adapters/ffmpeg-audio-engine.ts';
import { createLog } from '../adapters/log.ts';
import { openQueue } from '../adapters/open-queue.ts';
import { readSettings, type Settings, unknownSettings } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import { openStores } from './engine.ts';
import { printResult, table } from './output.ts';

type State = 'ok' | 'note' | 'problem';

interface Finding {
  readonly what: string;
  readonly state: State;
  readonly detail: string;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('shows what is configured and reachable; status 1 when something is wrong')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  aftershow doctor')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(readSettings());
      const ok = findings.every(({ state }) => state !== 'problem');
      if (!ok) process.exitCode = 1;
      printResult(options.json === true, { ok, findings }, () =>
        table(findings.map(({ what, state, detail }) => [what, state, detail])),
      );
    });
}

async function examine(settings: Settings): Promise<Finding[]> {
  return [
    { what: 'node', state: 'ok', detail: process.version },
    ...unknownSettings().map(
      (name): Finding => ({
        what: name,
        state: 'note',
        detail: 'is not a setting: is it misspelt?',
      }),
    ),
    ...(await folderFindings(settings)),
    ...(await storeFindings(settings)),
    await queueFinding(settings),
    secretsFinding(settings),
    { what: 'public links', state: 'ok', detail: settings.publicUrl },
    ...(await ffmpegFindings(settings)),
  ];
}

async function finding(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', detail: await look() };
  } catch (error) {
    return { what, state: 'problem', detail: messageOf(error) };
  }
}

async function folderFindings({ dataDir }: Settings): Promise<Finding[]> {
  return [
    await finding('data folder', async () => {
      await mkdir(dataDir, { recursive: true });
      await access(dataDir, constants.W_OK | constants.X_OK);
      return dataDir;
    }),
  ];
}

async function storeFindings(settings: Settings): Promise<Finding[]> {
  let stores: ReturnType<typeof openStores>;
  try {
    stores = openStores(settings);
  } catch (error) {
    return [{ what: 'objects', state: 'problem', detail: messageOf(error) }];
  }
  const { bucket, trackStore } = stores;
  try {
    return [
      await finding('objects', async () => {
        await bucket.probe();
        return `${bucket.description}, honours conditional writes`;
      }),
      ...(trackStore === bucket
        ? []
        : [
            await finding('tracks', async () => {
              await trackStore.list('', { limit: 1 });
              return trackStore.description;
            }),
          ]),
    ];
  } finally {
    await stores.close();
  }
}

async function queueFinding(settings: Settings): Promise<Finding> {
  if (!settings.queueUrl) {
    const running = await readDataFolderLock(settings.dataDir);
    const detail = running
      ? `embedded, in use by pid ${running.pid}${running.url ? ` at ${running.url}` : ''}`
      : 'embedded, in the data folder; not running';
    return { what: 'queue', state: 'ok', detail };
  }
  return finding('queue', async () => {
    const queue = await openQueue(settings.queueUrl, settings.dataDir, createLog('silent'));
    try {
      await queue.check();
      return queue.description;
    } finally {
      await queue.close();
    }
  });
}

function secretsFinding({ queueUrl, webhookSecrets, apiToken }: Settings): Finding {
  if (webhookSecrets && apiToken) return { what: 'secrets', state: 'ok', detail: 'from the environment' };
  if (!queueUrl)
    return {
      what: 'secrets',
      state: 'ok',
      detail: 'made at the first start, kept in the data folder',
    };
  const missing = [webhookSecrets ? '' : 'AFTERSHOW_WEBHOOK_SECRETS', apiToken ? '' : 'AFTERSHOW_API_TOKEN'].filter(
    Boolean,
  );
  return {
    what: 'secrets',
    state: 'note',
    detail: `${missing.join(' and ')} not set: a server needs them, a worker does not`,
  };
}

const OLD_FFMPEG_BELOW = 5;

async function ffmpegFindings(settings: Settings): Promise<Finding[]> {
  const audio = createFfmpegAudioEngine(settings.ffmpegPath === undefined ? {} : { path: settings.ffmpegPath });
  try {
    const { path, version, isolation } = await audio.describe();
    const isOld = Number.parseInt(version, 10) < OLD_FFMPEG_BELOW || !/^\d/.test(version);
    const advice = isOld ? '; a newer one encodes about three times as fast: apt-get install ffmpeg' : '';
    return [
      {
        what: 'ffmpeg',
        state: isOld ? 'note' : 'ok',
        detail: `${version} at ${path}${advice}`,
      },
      ...isolation.map(
        ({ name, isOn, detail }): Finding => ({
          what: `ffmpeg ${name}`,
          state: isOn ? 'ok' : 'note',
          detail,
        }),
      ),
    ];
  } catch (error) {
    return [{ what: 'ffmpeg', state: 'problem', detail: messageOf(error) }];
  } finally {
    await audio.close();
  }
}
