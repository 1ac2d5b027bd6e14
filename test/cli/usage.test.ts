import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runAftershow } from '../support/aftershow.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('usage');
const settings = { AFTERSHOW_DATA_DIR: join(folder, 'data') };
afterAll(() => removeFolder(folder));

const COMMANDS = [
  'demo',
  'start',
  'server',
  'worker',
  'publish',
  'rebuild',
  'import',
  'move-out',
  'set-public-url',
  'listeners',
  'set-hub-url',
  'deliveries',
  'person-report',
  'retention',
  'stats',
  'stats import',
  'stems',
  'doctor',
  'verify',
];
const WITH_RESULT = [
  'demo',
  'publish',
  'rebuild',
  'import',
  'move-out',
  'set-public-url',
  'listeners',
  'set-hub-url',
  'deliveries',
  'person-report',
  'retention',
  'stats',
  'stats import',
  'stems',
  'doctor',
  'verify',
];
const HAS_STACK = /^\s+at .*:\d+:\d+/m;

describe('The command line', () => {
  it.each(COMMANDS)('%s --help says what it does, with an example, and ends with status 0', async (command) => {
    const { status, stdout, stderr } = await runAftershow([...command.split(' '), '--help'], settings);
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: aftershow ${command}`);
    expect(stdout).toMatch(/Example:\n.*(aftershow|npm run demo)/);
    expect(stdout.includes('--json')).toBe(WITH_RESULT.includes(command));
    expect(stderr).toBe('');
  });

  it('lists every command in its own --help, with an example', async () => {
    const { status, stdout } = await runAftershow(['--help'], settings);
    expect(status).toBe(0);
    for (const command of COMMANDS.filter((name) => !name.includes(' ')))
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Example:');
  });

  it.each([
    [[], /Usage: aftershow/],
    [['make-me-famous'], /unknown command 'make-me-famous'/],
    [['doctor', '--loud'], /unknown option '--loud'/],
    [['publish'], /missing required argument 'event.json'/],
    [['worker', 'twice'], /too many arguments/],
    [['server'], /AFTERSHOW_QUEUE_URL/],
    [['worker'], /AFTERSHOW_QUEUE_URL/],
    [['rebuild', '--show', 'Not A Show'], /"Not A Show" is no show id/],
    [
      ['set-public-url', 'late-table', 'ftp://example.org'],
      /ftp:\/\/example\.org must be a plain http or https address/,
    ],
    [['stats', 'Not A Show'], /"Not A Show" is no show id/],
    [['stats', 'late-table', '--from', 'yesterday'], /--from yesterday is no day: write it like 2026-11-22/],
    [
      ['stats', 'late-table', '--from', '2026-11-02', '--to', '2026-11-01'],
      /from=2026-11-02 comes after to=2026-11-01/,
    ],
    [['stats', 'late-table', '--episode', 'one'], /"one" is no episode id/],
    [['stats', 'import'], /missing required argument 'files'/],
    [['verify', 'ftp://example.org/feed.xml'], /neither an http or https address nor a file/],
  ])('answers wrong usage %j with status 2 and what is wrong', async (args, message) => {
    const { status, stdout, stderr } = await runAftershow(args, settings);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(HAS_STACK);
    expect(stdout).toBe('');
  });

  it('names every wrong setting at once, repeats no secret, and ends with status 2', async () => {
    const { status, stdout, stderr } = await runAftershow(['start'], {
      ...settings,
      AFTERSHOW_PORT: '70000',
      AFTERSHOW_QUEUE_URL: 'amqp://user:hush-hush@localhost',
      AFTERSHOW_STORAGE_URL: 's3://key:hush-hush@bucket',
      AFTERSHOW_API_TOKEN: 'hush-hush',
      AFTERSHOW_WEBHOOK_SECRETS: 'whsec_hush',
      AFTERSHOW_RENDER_CONCURRENCY: 'many',
    });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    for (const name of ['PORT', 'QUEUE_URL', 'STORAGE_URL', 'API_TOKEN', 'WEBHOOK_SECRETS', 'RENDER_CONCURRENCY']) {
      expect(stderr).toContain(`- AFTERSHOW_${name} `);
    }
    expect(stderr).not.toContain('hush');
  });

  it('asks a server on a shared queue for both secrets, and a command that needs none for nothing', async () => {
    const unreachable = { ...settings, AFTERSHOW_QUEUE_URL: 'redis://127.0.0.1:1' };
    const server = await runAftershow(['server'], unreachable);
    expect(server.status).toBe(2);
    expect(server.stderr).toContain('AFTERSHOW_WEBHOOK_SECRETS is needed');
    expect(server.stderr).toContain('AFTERSHOW_API_TOKEN is needed');
    const rebuild = await runAftershow(['rebuild'], {
      ...settings,
      AFTERSHOW_API_TOKEN: '',
      AFTERSHOW_WEBHOOK_SECRETS: 'x',
    });
    expect(rebuild).toMatchObject({ status: 0, stdout: 'There are no shows yet.\n' });
  });

  it('reads .env beside the working directory, which the environment overrules', async () => {
    writeFileSync(join(folder, '.env'), `AFTERSHOW_PORT=1x\nAFTERSHOW_DATA_DIR=${join(folder, 'from-env-file')}\n`);
    const wrong = await runAftershow(['doctor'], {}, folder);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('AFTERSHOW_PORT');
    const right = await runAftershow(['doctor'], { AFTERSHOW_PORT: '4499' }, folder);
    expect(right.status).toBe(0);
    expect(right.stdout).toContain(join(folder, 'from-env-file'));
  });

  it.each(['start', 'rebuild', 'demo'])('%s says what is wrong with a data folder that cannot be', async (command) => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { status, stderr } = await runAftershow([command], { AFTERSHOW_DATA_DIR: join(file, 'data') });
    expect(status).toBe(1);
    expect(stderr).toContain(`the data folder ${file}`);
    expect(stderr).toContain('AFTERSHOW_DATA_DIR');
    expect(stderr).not.toMatch(HAS_STACK);
  });

  it('does not start without an ffmpeg to render with, shows the new secrets all the same, and lets go of its folder', async () => {
    const data = join(folder, 'no-ffmpeg');
    const wrong = { AFTERSHOW_DATA_DIR: data, AFTERSHOW_FFMPEG: '/nowhere/ffmpeg', AFTERSHOW_PORT: '0' };
    for (const isFirst of [true, false]) {
      const { status, stderr } = await runAftershow(['start'], wrong);
      expect(status).toBe(1);
      expect(stderr).toContain('/nowhere/ffmpeg');
      expect(/whsec_/.test(stderr)).toBe(isFirst);
    }
  });
});
