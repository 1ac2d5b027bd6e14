/** The embedded engine's own secrets: made at the first start, kept in the data folder, readable by its owner alone. */
import { randomBytes } from 'node:crypto';
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Settings, SettingsError } from '../config.ts';
import { ensureDataFolder } from './data-folder.ts';

const Secrets = z.object({
  webhookSecret: z.string().startsWith('whsec_'),
  apiToken: z.string().min(24),
});

export interface ActiveSecrets {
  readonly webhookSecrets: readonly [string, ...string[]];
  readonly apiToken: string;
  /** Made just now: print them, nobody has seen them yet. Never holds what came from the environment. */
  readonly made: readonly { readonly name: string; readonly value: string }[];
  /** Undefined when both come from the environment. */
  readonly file: string | undefined;
}

export const secretsFile = (dataDir: string) => join(dataDir, 'secrets.json');

/** Throws SettingsError where they are needed and missing: on an engine shared by many machines they must be given. */
export async function activeSecrets(settings: Settings): Promise<ActiveSecrets> {
  const { webhookSecrets, apiToken, queueUrl, dataDir } = settings;
  const [first, ...others] = webhookSecrets ?? [];
  if (first && apiToken) return { webhookSecrets: [first, ...others], apiToken, made: [], file: undefined };
  if (queueUrl) {
    const how = 'is needed when AFTERSHOW_QUEUE_URL is set; make one with:';
    throw new SettingsError([
      ...(first ? [] : [`AFTERSHOW_WEBHOOK_SECRETS ${how} echo "whsec_$(openssl rand -base64 32)"`]),
      ...(apiToken ? [] : [`AFTERSHOW_API_TOKEN ${how} openssl rand -hex 32`]),
    ]);
  }
  await ensureDataFolder(dataDir);
  const file = secretsFile(dataDir);
  const existing = await readSecrets(file);
  const own = existing ?? (await makeSecrets(file));
  const used = [
    ...(first ? [] : [{ name: 'AFTERSHOW_WEBHOOK_SECRETS', value: own.webhookSecret }]),
    ...(apiToken ? [] : [{ name: 'AFTERSHOW_API_TOKEN', value: own.apiToken }]),
  ];
  return {
    webhookSecrets: first ? [first, ...others] : [own.webhookSecret],
    apiToken: apiToken ?? own.apiToken,
    made: existing ? [] : used,
    file,
  };
}

/** What messages of ours are signed with, as far as there is one: none is made here, for nobody would be shown it. */
export async function signingSecret({ webhookSecrets, queueUrl, dataDir }: Settings): Promise<string | undefined> {
  if (webhookSecrets?.[0] !== undefined || queueUrl !== undefined) return webhookSecrets?.[0];
  return (await readSecrets(secretsFile(dataDir)))?.webhookSecret;
}

async function readSecrets(file: string): Promise<z.infer<typeof Secrets> | undefined> {
  try {
    const secrets = Secrets.parse(JSON.parse(await readFile(file, 'utf8')));
    await chmod(file, 0o600);
    return secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(
      `${file} does not hold our secrets: put it back from a backup, or remove it to have new ones made`,
      {
        cause: error,
      },
    );
  }
}

async function makeSecrets(file: string): Promise<z.infer<typeof Secrets>> {
  const made = {
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    apiToken: randomBytes(32).toString('hex'),
  };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(made, undefined, 2)}\n`, {
    mode: 0o600,
  });
  try {
    // A link is exclusive: of two first starts one makes the secrets, and both use them.
    await link(draft, file);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readSecrets(file)) ?? made;
  } finally {
    await rm(draft, { force: true });
  }
}
