/** The only reader of process.env: one schema, every problem reported at once, secrets never printed. */
import { resolve } from 'node:path';
import { loadEnvFile } from 'node:process';
import { z } from 'zod';
import { parseStorageUrl } from './storage/storage-url.ts';

const MIN_SECRET_BYTES = 24;
const MAX_PORT = 65_535;
const MAX_TRACK_DEADLINE_SECONDS = 30 * 86_400;

const WEBHOOK_SECRET_ADVICE =
  `must be whsec_ and base64 of at least ${MIN_SECRET_BYTES} bytes, two at most, with a comma between them; ` +
  'make one with: echo "whsec_$(openssl rand -base64 32)"';

function isWebhookSecret(secret: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  return base64 !== undefined && Buffer.from(base64, 'base64').length >= MIN_SECRET_BYTES;
}

const url = (protocols: readonly string[], example: string) =>
  z.string().refine(
    (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
    // The value may hold a password: it is not repeated.
    `must start with ${protocols.map((protocol) => `${protocol}//`).join(', ')}, like ${example}`,
  );

/** What is wrong with the base of public links; undefined when nothing is. */
export function publicUrlProblem(text: string): string | undefined {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    address !== undefined &&
    ['http:', 'https:'].includes(address.protocol) &&
    !/[?#]/.test(text) &&
    address.username + address.password === '';
  return isPlain ? undefined : 'must be a plain http or https address, like https://podcasts.example.org';
}

const publicUrl = z.string().superRefine((text, context) => {
  const message = publicUrlProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** What is wrong with the address of a WebSub hub, which stands in every feed; undefined when nothing is. */
export function hubUrlProblem(text: string): string | undefined {
  const hub = URL.canParse(text) ? new URL(text) : undefined;
  const isGood = hub !== undefined && ['http:', 'https:'].includes(hub.protocol) && hub.username + hub.password === '';
  return isGood ? undefined : 'must be an http or https address without a password, like https://hub.example.org/';
}

const hubUrl = z.string().superRefine((text, context) => {
  const message = hubUrlProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** The reason never repeats more of the URL than the part that is wrong. */
const storageUrl = z.string().superRefine((text, context) => {
  try {
    parseStorageUrl(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: reason.replace(/^the storage URL /, '') });
  }
});

const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum, {
      error: `must be a whole number from ${minimum} to ${maximum}`,
    })
    .transform(Number);

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const schema = z.object({
  AFTERSHOW_DATA_DIR: z.string().default('./data'),
  AFTERSHOW_QUEUE_URL: url(['redis:', 'rediss:', 'postgres:', 'postgresql:'], 'redis://127.0.0.1:6379').optional(),
  AFTERSHOW_STORAGE_URL: storageUrl.optional(),
  AFTERSHOW_TRACKS_URL: storageUrl.optional(),
  AFTERSHOW_TRACKS_OWNED: z
    .enum(['yes', 'no'], 'must be yes or no')
    .default('yes')
    .transform((answer) => answer === 'yes'),
  AFTERSHOW_PUBLIC_URL: publicUrl.optional(),
  AFTERSHOW_PORT: wholeNumber(0, MAX_PORT).default(4400),
  AFTERSHOW_HOST: z.string().default('127.0.0.1'),
  AFTERSHOW_TRUSTED_PROXIES: wholeNumber(0, 16).default(0),
  AFTERSHOW_WEBHOOK_SECRETS: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((secrets) => secrets.length <= 2 && secrets.every(isWebhookSecret), WEBHOOK_SECRET_ADVICE)
    .optional(),
  AFTERSHOW_API_TOKEN: z
    .string()
    .refine(
      (token) => /^[\x21-\x7E]+$/.test(token) && token.length >= MIN_SECRET_BYTES,
      `must be at least ${MIN_SECRET_BYTES} printable ASCII characters without spaces; make one with: openssl rand -hex 32`,
    )
    .optional(),
  AFTERSHOW_CALLBACK_URL: url(['https:', 'http:'], 'https://platform.example.org/hooks/aftershow').optional(),
  AFTERSHOW_HUB_URL: hubUrl.optional(),
  AFTERSHOW_PURGE_URL: url(['https:', 'http:'], 'https://platform.example.org/hooks/purge').optional(),
  AFTERSHOW_TRACK_DEADLINE_SECONDS: wholeNumber(0, MAX_TRACK_DEADLINE_SECONDS).default(600),
  AFTERSHOW_FFMPEG: z.string().optional(),
  AFTERSHOW_RENDER_CONCURRENCY: wholeNumber(1, 64).default(1),
  AFTERSHOW_SWEEP_SECONDS: wholeNumber(1, 3600).default(15),
  AFTERSHOW_DRAIN_SECONDS: wholeNumber(0, 3600).default(25),
  AFTERSHOW_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

const API_TOKEN = 'AFTERSHOW_API_TOKEN';
const SECRETS: readonly string[] = ['AFTERSHOW_WEBHOOK_SECRETS', API_TOKEN];

export interface Settings {
  readonly dataDir: string;
  /** Undefined: embedded, in the data folder. */
  readonly queueUrl: string | undefined;
  readonly storageUrl: string | undefined;
  readonly tracksUrl: string | undefined;
  /** False: recordings are somebody else's, and are never removed. */
  readonly ownsTracks: boolean;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly port: number;
  readonly host: string;
  /** How many proxies of the operator's own stand before the server, each adding to X-Forwarded-For. */
  readonly trustedProxies: number;
  readonly webhookSecrets: readonly string[] | undefined;
  readonly apiToken: string | undefined;
  /** Where webhooks about episodes go, for shows that name no address of their own. May hold a password. */
  readonly callbackUrl: string | undefined;
  /** For shows that have no hub yet. */
  readonly hubUrl: string | undefined;
  /** Where it is told which public files are gone, for a CDN that keeps copies. May hold a password. */
  readonly purgeUrl: string | undefined;
  readonly trackDeadlineSeconds: number;
  readonly ffmpegPath: string | undefined;
  readonly renderConcurrency: number;
  readonly sweepSeconds: number;
  /** How long a running job may go on after SIGTERM, before it is handed back. */
  readonly drainSeconds: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Everything that is wrong with the settings, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(problems: readonly string[]) {
    super(`the settings need mending:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Reads `.env` beside the working directory where there is one; what the environment holds already wins. */
export function loadDotEnv(): void {
  try {
    loadEnvFile('.env');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new SettingsError([`.env cannot be read: ${message}`]);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws SettingsError. An empty variable counts as not set, except a secret: that one is refused. */
export function readSettings(env: Environment = process.env): Settings {
  const emptySecrets = SECRETS.filter((name) => env[name]?.trim() === '');
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const result = schema.safeParse(given);
  const problems = [
    ...emptySecrets.map((name) => `${name} is empty: remove it or give it a value`),
    ...(result.error?.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`) ?? []),
  ];
  if (!result.success || problems.length > 0) throw new SettingsError(problems);
  const read = result.data;
  return {
    dataDir: resolve(read.AFTERSHOW_DATA_DIR),
    queueUrl: read.AFTERSHOW_QUEUE_URL,
    storageUrl: read.AFTERSHOW_STORAGE_URL,
    tracksUrl: read.AFTERSHOW_TRACKS_URL,
    ownsTracks: read.AFTERSHOW_TRACKS_OWNED,
    publicUrl: (read.AFTERSHOW_PUBLIC_URL ?? `http://localhost:${read.AFTERSHOW_PORT}`).replace(/\/+$/, ''),
    port: read.AFTERSHOW_PORT,
    host: read.AFTERSHOW_HOST,
    trustedProxies: read.AFTERSHOW_TRUSTED_PROXIES,
    webhookSecrets: read.AFTERSHOW_WEBHOOK_SECRETS,
    apiToken: read.AFTERSHOW_API_TOKEN,
    callbackUrl: read.AFTERSHOW_CALLBACK_URL,
    hubUrl: read.AFTERSHOW_HUB_URL,
    purgeUrl: read.AFTERSHOW_PURGE_URL,
    trackDeadlineSeconds: read.AFTERSHOW_TRACK_DEADLINE_SECONDS,
    ffmpegPath: read.AFTERSHOW_FFMPEG,
    renderConcurrency: read.AFTERSHOW_RENDER_CONCURRENCY,
    sweepSeconds: read.AFTERSHOW_SWEEP_SECONDS,
    drainSeconds: read.AFTERSHOW_DRAIN_SECONDS,
    logLevel: read.AFTERSHOW_LOG_LEVEL,
  };
}

/** The same for a command that needs no secret: it neither asks for one nor looks at what is set. */
export function readSettingsWithoutSecrets(env: Environment = process.env): Settings {
  return readSettings(Object.fromEntries(Object.entries(env).filter(([name]) => !SECRETS.includes(name))));
}

/** The same for workers: they sign what is sent, but answer no requests. */
export function readWorkerSettings(env: Environment = process.env): Settings {
  const settings = readSettings(Object.fromEntries(Object.entries(env).filter(([name]) => name !== API_TOKEN)));
  if (settings.callbackUrl === undefined || settings.queueUrl === undefined || settings.webhookSecrets) return settings;
  throw new SettingsError([
    'AFTERSHOW_WEBHOOK_SECRETS is needed where AFTERSHOW_CALLBACK_URL is set: the first of them signs what is sent',
  ]);
}

/** Names that look like settings and are none: misspelt ones, most often. */
export function unknownSettings(env: Environment = process.env): readonly string[] {
  return Object.keys(env).filter((name) => name.startsWith('AFTERSHOW_') && !(name in schema.shape));
}
