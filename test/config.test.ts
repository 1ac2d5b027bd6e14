/** Settings from an environment: defaults, every problem at once, and no secret in any message. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chdir, cwd } from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDotEnv, readSettings, readSettingsWithoutSecrets, SettingsError, unknownSettings } from '../src/config.ts';
import { makeTempFolder, removeFolder } from './support/temp-folder.ts';

const folder = makeTempFolder('config');
afterAll(() => removeFolder(folder));

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const NEXT_SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const TOKEN = randomBytes(32).toString('hex');

/** The message of what must be refused. */
function refusal(env: Record<string, string>): string {
  try {
    readSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('the settings were taken');
}
const problemsOf = (env: Record<string, string>) => refusal(env).split('\n').slice(1);

describe('an empty environment', () => {
  it('means one machine with everything embedded, as interfaces.md says', () => {
    expect(readSettings({})).toEqual({
      dataDir: resolve('data'),
      queueUrl: undefined,
      storageUrl: undefined,
      tracksUrl: undefined,
      ownsTracks: true,
      publicUrl: 'http://localhost:4400',
      port: 4400,
      host: '127.0.0.1',
      trustedProxies: 0,
      webhookSecrets: undefined,
      apiToken: undefined,
      trackDeadlineSeconds: 600,
      ffmpegPath: undefined,
      renderConcurrency: 1,
      sweepSeconds: 15,
      drainSeconds: 25,
      logLevel: 'info',
    });
  });

  it('is what variables without a value mean, secrets apart', () => {
    const empty = { AFTERSHOW_PORT: '', AFTERSHOW_QUEUE_URL: ' ', AFTERSHOW_STORAGE_URL: '', AFTERSHOW_FFMPEG: '' };
    expect(readSettings(empty)).toEqual(readSettings({}));
  });
});

describe('what is set', () => {
  it('is taken', () => {
    const settings = readSettings({
      AFTERSHOW_QUEUE_URL: 'redis://127.0.0.1:6379/2',
      AFTERSHOW_STORAGE_URL: 's3://bucket/prefix?endpoint=http://127.0.0.1:9000&region=eu&forcePathStyle=true',
      AFTERSHOW_TRACKS_URL: 'file:///srv/tracks',
      AFTERSHOW_PUBLIC_URL: 'https://podcasts.example.org/base//',
      AFTERSHOW_PORT: '8080',
      AFTERSHOW_WEBHOOK_SECRETS: ` ${SECRET} , ${NEXT_SECRET} `,
      AFTERSHOW_API_TOKEN: TOKEN,
      AFTERSHOW_TRACK_DEADLINE_SECONDS: '0',
    });
    expect(settings).toMatchObject({
      publicUrl: 'https://podcasts.example.org/base',
      port: 8080,
      webhookSecrets: [SECRET, NEXT_SECRET],
      apiToken: TOKEN,
      trackDeadlineSeconds: 0,
    });
  });

  it('decides the public address where only the port is set', () => {
    expect(readSettings({ AFTERSHOW_PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
  });

  it('is told when its name looks like a setting and is none', () => {
    const env = { AFTERSHOW_PROT: '1', AFTERSHOW_PORT: '1', PATH: 'x', OTHER_AFTERSHOW_X: 'x' };
    expect(unknownSettings(env)).toEqual(['AFTERSHOW_PROT']);
  });
});

describe('what is wrong', () => {
  it('is told all at once, a line each, with the name of the variable', () => {
    const problems = problemsOf({
      AFTERSHOW_PORT: '70000',
      AFTERSHOW_PUBLIC_URL: 'podcasts.example.org',
      AFTERSHOW_QUEUE_URL: 'amqp://127.0.0.1',
      AFTERSHOW_API_TOKEN: 'short',
      AFTERSHOW_WEBHOOK_SECRETS: '',
      AFTERSHOW_LOG_LEVEL: 'loud',
    });
    const names = problems.map((problem) => /AFTERSHOW_[A-Z_]+/.exec(problem)?.[0]).sort();
    expect(names).toEqual([
      'AFTERSHOW_API_TOKEN',
      'AFTERSHOW_LOG_LEVEL',
      'AFTERSHOW_PORT',
      'AFTERSHOW_PUBLIC_URL',
      'AFTERSHOW_QUEUE_URL',
      'AFTERSHOW_WEBHOOK_SECRETS',
    ]);
    expect(problems.every((problem) => problem.length > 50)).toBe(true);
  });

  it.each(['-1', '65536', '4400.5', '0x10', '1e3', 'http', '９'])('is a port of %s', (port) => {
    expect(problemsOf({ AFTERSHOW_PORT: port })).toEqual([expect.stringContaining('AFTERSHOW_PORT')]);
  });

  it.each([
    ['AFTERSHOW_PUBLIC_URL', 'ftp://example.org'],
    ['AFTERSHOW_PUBLIC_URL', 'https://user:pass@example.org'],
    ['AFTERSHOW_PUBLIC_URL', 'https://example.org/?x=1'],
    ['AFTERSHOW_STORAGE_URL', '/srv/objects'],
    ['AFTERSHOW_STORAGE_URL', 's3://bucket?endpoint=127.0.0.1:9000'],
    ['AFTERSHOW_TRACKS_URL', 'https://bucket.example.org'],
    ['AFTERSHOW_QUEUE_URL', 'localhost:6379'],
    ['AFTERSHOW_TRACK_DEADLINE_SECONDS', '-5'],
    ['AFTERSHOW_RENDER_CONCURRENCY', '0'],
    ['AFTERSHOW_SWEEP_SECONDS', '0'],
  ])('is %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringContaining(name)]);
  });
});

describe('a secret', () => {
  it.each(['AFTERSHOW_WEBHOOK_SECRETS', 'AFTERSHOW_API_TOKEN'])('that is empty refuses to start: %s', (name) => {
    for (const empty of ['', '   ']) expect(problemsOf({ [name]: empty })).toEqual([expect.stringContaining(name)]);
  });

  it.each([
    ['without whsec_', randomBytes(32).toString('base64')],
    ['of 23 bytes', `whsec_${randomBytes(23).toString('base64')}`],
    ['that is no base64', 'whsec_not base64 but long enough to pass for it'],
    ['beside an empty one', `${SECRET},`],
    ['of three', `${SECRET},${SECRET},${NEXT_SECRET}`],
  ])('for webhooks is refused %s', (_, secrets) => {
    const message = refusal({ AFTERSHOW_WEBHOOK_SECRETS: secrets });
    expect(message).toContain('AFTERSHOW_WEBHOOK_SECRETS');
    expect(message).toContain('openssl');
  });

  it.each(['short-token-of-23-bytes', `${TOKEN} ${TOKEN}`, `${TOKEN}\u00e9`, `${TOKEN}\n`])(
    'for the API is refused when it is %j',
    (token) => {
      expect(problemsOf({ AFTERSHOW_API_TOKEN: token })).toEqual([expect.stringContaining('AFTERSHOW_API_TOKEN')]);
    },
  );

  it('is never repeated in a message, whichever variable holds it by mistake', () => {
    const canary = 'Canary7394';
    for (const name of [
      'AFTERSHOW_WEBHOOK_SECRETS',
      'AFTERSHOW_API_TOKEN',
      'AFTERSHOW_QUEUE_URL',
      'AFTERSHOW_STORAGE_URL',
      'AFTERSHOW_TRACKS_URL',
      'AFTERSHOW_PUBLIC_URL',
      'AFTERSHOW_PORT',
      'AFTERSHOW_LOG_LEVEL',
    ]) {
      for (const value of [
        canary,
        `whsec_${canary}`,
        `amqp://user:${canary}@host`,
        `s3://bucket?endpoint=http://u:${canary}@h`,
      ]) {
        // A token may be any long word, so only a space makes it wrong.
        expect(refusal({ [name]: `${value} x` })).not.toContain(canary);
      }
    }
  });

  it('is not looked at by commands that need none', () => {
    const env = { AFTERSHOW_API_TOKEN: '', AFTERSHOW_WEBHOOK_SECRETS: 'junk' };
    expect(readSettingsWithoutSecrets(env)).toEqual(readSettings({}));
  });
});

describe('.env', () => {
  it('is read where it is, and what the environment holds already wins', () => {
    const place = join(folder, 'dotenv');
    mkdirSync(place);
    writeFileSync(join(place, '.env'), 'AFTERSHOW_TEST_FIRST=file\nAFTERSHOW_TEST_SECOND=file\n');
    const before = cwd();
    process.env['AFTERSHOW_TEST_FIRST'] = 'environment';
    try {
      chdir(place);
      loadDotEnv();
      expect([process.env['AFTERSHOW_TEST_FIRST'], process.env['AFTERSHOW_TEST_SECOND']]).toEqual([
        'environment',
        'file',
      ]);
      chdir(folder);
      expect(() => loadDotEnv()).not.toThrow();
    } finally {
      chdir(before);
      delete process.env['AFTERSHOW_TEST_FIRST'];
      delete process.env['AFTERSHOW_TEST_SECOND'];
    }
  });
});
