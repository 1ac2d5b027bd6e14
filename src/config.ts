/** The only reader of process.env: one schema, every problem reported at once, secrets never printed. */
import { resolve } from 'node:path';
import { loadEnvFile } from 'node:process';
import { z } from 'zod';

const MIN_SECRET_BYTES = 24;

const WebhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'each must be whsec_ and base64')
  .refine(
    (secret) => Buffer.from(secret.slice('whsec_'.length), 'base64').length >= MIN_SECRET_BYTES,
    `each must hold at least ${MIN_SECRET_BYTES} bytes; make one with: echo "whsec_$(openssl rand -base64 32)"`,
  );

const url = (protocols: readonly string[], example: string) =>
  z.string().refine(
    (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
    // The value may hold a password: it is not repeated.
    `must start with ${protocols.map((protocol) => `${protocol}//`).join(', ')}, like ${example}`,
  );

const wholeNumber = (minimum: number, maximum: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(minimum).max(maximum));

const schema = z.object({
  AFTERSHOW_DATA_DIR: z.string().min(1).default('./data'),
  AFTERSHOW_QUEUE_URL: url(['redis:', 'rediss:', 'postgres:', 'postgresql:'], 'redis://127.0.0.1:6379').optional(),
  AFTERSHOW_STORAGE_URL: url(['s3:', 'file:'], 's3://bucket/prefix?endpoint=https://s3.example.org').optional(),
  AFTERSHOW_TRACKS_URL: url(['s3:', 'file:'], 's3://bucket/prefix').optional(),
  AFTERSHOW_PUBLIC_URL: url(['http:', 'https:'], 'https://podcasts.example.org').optional(),
  AFTERSHOW_PORT: wholeNumber(0, 65535).default(4400),
  AFTERSHOW_HOST: z.string().min(1).default('127.0.0.1'),
  AFTERSHOW_WEBHOOK_SECRETS: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .pipe(z.array(WebhookSecret).min(1).max(2, 'at most two are active at once'))
    .optional(),
  AFTERSHOW_API_TOKEN: z
    .string()
    .regex(/^[\x21-\x7E]+$/, 'must be printable ASCII without spaces')
    .refine((token) => Buffer.byteLength(token) >= MIN_SECRET_BYTES, `must be at least ${MIN_SECRET_BYTES} bytes`)
    .optional(),
  AFTERSHOW_TRACK_DEADLINE_SECONDS: wholeNumber(0, 30 * 86_400).default(600),
  AFTERSHOW_FFMPEG: z.string().min(1).optional(),
  AFTERSHOW_RENDER_CONCURRENCY: wholeNumber(1, 64).default(1),
  AFTERSHOW_SWEEP_SECONDS: wholeNumber(1, 3600).default(15),
  AFTERSHOW_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export interface Settings {
  readonly dataDir: string;
  /** Undefined: embedded, in the data folder. */
  readonly queueUrl: string | undefined;
  readonly storageUrl: string | undefined;
  readonly tracksUrl: string | undefined;
  readonly publicUrl: string;
  readonly port: number;
  readonly host: string;
  readonly webhookSecrets: readonly string[] | undefined;
  readonly apiToken: string | undefined;
  readonly trackDeadlineSeconds: number;
  readonly ffmpegPath: string | undefined;
  readonly renderConcurrency: number;
  readonly sweepSeconds: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Everything that is wrong with the settings, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The settings need mending:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads `.env` beside the working directory where there is one; what the environment holds already wins. */
export function loadDotEnv(): void {
  try {
    loadEnvFile('.env');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Throws SettingsError. An empty variable counts as not set, except a secret: that one is refused. */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const emptySecrets = ['AFTERSHOW_WEBHOOK_SECRETS', 'AFTERSHOW_API_TOKEN'].filter((name) => env[name]?.trim() === '');
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
    publicUrl: (read.AFTERSHOW_PUBLIC_URL ?? `http://localhost:${read.AFTERSHOW_PORT}`).replace(/\/+$/, ''),
    port: read.AFTERSHOW_PORT,
    host: read.AFTERSHOW_HOST,
    webhookSecrets: read.AFTERSHOW_WEBHOOK_SECRETS,
    apiToken: read.AFTERSHOW_API_TOKEN,
    trackDeadlineSeconds: read.AFTERSHOW_TRACK_DEADLINE_SECONDS,
    ffmpegPath: read.AFTERSHOW_FFMPEG,
    renderConcurrency: read.AFTERSHOW_RENDER_CONCURRENCY,
    sweepSeconds: read.AFTERSHOW_SWEEP_SECONDS,
    logLevel: read.AFTERSHOW_LOG_LEVEL,
  };
}

/** Names that look like settings and are none: misspelt ones, most often. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  return Object.keys(env).filter((name) => name.startsWith('AFTERSHOW_') && !(name in schema.shape));
}
