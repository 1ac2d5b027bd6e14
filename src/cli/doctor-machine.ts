/** What doctor finds out about this machine: program, data folder, port, embedded queue, secrets, ffmpeg. */
import { existsSync } from 'node:fs';
import { type DataFolderHolder, readDataFolderLock } from '../adapters/data-folder-lock.ts';
import { createSoundEngine } from '../adapters/sound/sound-engine.ts';
import type { Settings } from '../config.ts';
import { messageOf } from '../domain/failure.ts';
import { ensureDataFolder } from './data-folder.ts';
import { type Finding, finding } from './finding.ts';
import { isFree } from './free-port.ts';
import { secretsFile } from './secrets.ts';

const OLDEST_NODE: readonly [number, number] = [20, 19];

export async function machineFindings(settings: Settings): Promise<Finding[]> {
  const holder = await readDataFolderLock(settings.dataDir);
  return [
    nodeFinding(process.versions.node),
    await finding('data folder', async () => {
      await ensureDataFolder(settings.dataDir);
      return settings.dataDir;
    }),
    ...(settings.queueUrl === undefined ? [embeddedQueueFinding(holder)] : []),
    secretsFinding(settings),
    await portFinding(settings, holder),
    publicUrlFinding(settings),
    ...outgoingFindings(settings),
  ];
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const detail = isOld ? `${version}; at least ${OLDEST_NODE.join('.')} is needed` : version;
  return { what: 'node', state: isOld ? 'problem' : 'ok', detail };
}

function embeddedQueueFinding(holder: DataFolderHolder | undefined): Finding {
  const url = holder?.url ? ` at ${holder.url}` : '';
  const detail = holder
    ? `embedded, in use by \`${holder.command}\` (pid ${holder.pid})${url}`
    : 'embedded, in the data folder; not running';
  return { what: 'queue', state: 'ok', detail };
}

function secretsFinding({ dataDir, queueUrl, webhookSecrets, apiToken }: Settings): Finding {
  const what = 'secrets';
  if (webhookSecrets && apiToken) return { what, state: 'ok', detail: 'from the environment' };
  const missing = [webhookSecrets ? '' : 'AFTERSHOW_WEBHOOK_SECRETS', apiToken ? '' : 'AFTERSHOW_API_TOKEN'].filter(
    Boolean,
  );
  if (queueUrl) {
    const detail = `${missing.join(' and ')} not set: a server needs them, a worker does not`;
    return { what, state: 'note', detail };
  }
  const file = secretsFile(dataDir);
  return { what, state: 'ok', detail: existsSync(file) ? `in ${file}` : 'will be made at the first start' };
}

async function portFinding({ host, port }: Settings, holder: DataFolderHolder | undefined): Promise<Finding> {
  const what = 'port';
  const where = `${port} on ${host}`;
  if (holder?.url && Number(new URL(holder.url).port) === port) return { what, state: 'ok', detail: `${where}, ours` };
  if (await isFree(port, host)) return { what, state: 'ok', detail: `${where}, free` };
  const detail = `${where} cannot be listened on now: another program, or another aftershow, has it`;
  return { what, state: 'note', detail };
}

function publicUrlFinding({ publicUrl }: Settings): Finding {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(publicUrl).hostname);
  const detail = isLocal
    ? `${publicUrl}: this machine alone can follow them; set AFTERSHOW_PUBLIC_URL before others subscribe`
    : publicUrl;
  return { what: 'public links', state: isLocal ? 'note' : 'ok', detail };
}

/** Scheme, host and port alone: the rest of an address may be a secret. */
function outgoingFindings({ callbackUrl, hubUrl, queueUrl, webhookSecrets }: Settings): Finding[] {
  const isSigned = webhookSecrets !== undefined || queueUrl === undefined;
  const advice = 'AFTERSHOW_WEBHOOK_SECRETS is not set: what is sent cannot be signed';
  const found: Finding[] = [];
  if (callbackUrl !== undefined) {
    const { origin } = new URL(callbackUrl);
    found.push({
      what: 'callback',
      state: isSigned ? 'ok' : 'problem',
      detail: isSigned ? origin : `${origin}; ${advice}`,
    });
  }
  if (hubUrl !== undefined) found.push({ what: 'hub', state: 'ok', detail: new URL(hubUrl).origin });
  return found;
}

export async function ffmpegFindings({ ffmpegPath }: Settings): Promise<Finding[]> {
  const audio = createSoundEngine(ffmpegPath === undefined ? {} : { path: ffmpegPath });
  try {
    const { path, version, isOld, isolation } = await audio.describe();
    const advice = isOld ? '; a newer one encodes about three times as fast: apt-get install ffmpeg' : '';
    return [
      { what: 'ffmpeg', state: isOld ? 'note' : 'ok', detail: `${version} at ${path}${advice}` },
      ...isolation.map(
        ({ name, isOn, detail }): Finding => ({ what: `ffmpeg ${name}`, state: isOn ? 'ok' : 'note', detail }),
      ),
    ];
  } catch (error) {
    return [{ what: 'ffmpeg', state: 'problem', detail: messageOf(error) }];
  } finally {
    await audio.close();
  }
}
