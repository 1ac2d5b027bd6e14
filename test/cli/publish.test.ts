import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fixtureEvent, fixtureFolder } from '../../fixtures/room.ts';
import { runAftershow, spawnAftershow } from '../support/aftershow.ts';
import { freePort } from '../support/free-port.ts';
import { endedRoom } from '../support/room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const HAS_STACK = /^\s+at .*:\d+:\d+/m;
const RENDER_TIMEOUT_MS = 90_000;

const Summary = z.looseObject({
  showId: z.string(),
  episodeId: z.string(),
  status: z.string(),
  guid: z.string(),
  feedUrl: z.string(),
  audioKey: z.string().optional(),
  lengthBytes: z.number().optional(),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const folder = makeTempFolder('publish');
afterAll(() => removeFolder(folder));

function eventFile(name: string, event: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof event === 'string' ? event : JSON.stringify(event));
  return path;
}

describe('publish, of an event that cannot be', () => {
  const settings = { AFTERSHOW_DATA_DIR: join(folder, 'untouched') };
  const room = endedRoom('rm-cli-bad');
  const unfit = structuredClone(room);
  unfit.data.room['showId'] = 'Late Table';
  delete unfit.data.room['title'];
  const [track] = unfit.data.tracks;
  if (track) track.key = '../secrets.json';

  it.each([
    [
      'a file that is not there',
      '/nowhere/event.json',
      [/\/nowhere\/event\.json cannot be read: there is no such file/],
    ],
    ['half a JSON', eventFile('half.json', '{"type":'), [/half\.json is not JSON/]],
    ['a key that stands twice', eventFile('twice.json', '{"type":"x","type":"y"}'), [/"type" stands twice/]],
    ['another event', eventFile('other.json', { type: 'room.started', data: {} }), [/no room\.ended event/]],
    [
      'an event with several faults',
      eventFile('unfit.json', unfit),
      [/- data\.room\.showId: must be 1 to 64/, /- data\.room\.title: is missing/, /- data\.tracks\[0\]\.key: /],
    ],
  ])('says what is wrong with %s, on stderr alone, with status 1', async (_what, path, messages) => {
    const { status, stdout, stderr } = await runAftershow(['publish', path, '--json'], settings);
    expect(status).toBe(1);
    for (const message of messages) expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(HAS_STACK);
    expect(stdout).toBe('');
  });

  it('lists every file that --tracks lacks, but none of a voice without consent, and begins nothing', async () => {
    const good = eventFile('good.json', room);
    const { status, stderr } = await runAftershow(['publish', good, '--tracks', folder], settings);
    expect(status).toBe(1);
    for (const { participantId, key } of room.data.tracks) {
      expect(stderr.includes(`- ${key}`)).toBe(participantId !== 'p4');
    }
    const nowhere = await runAftershow(['publish', good, '--tracks', join(folder, 'nowhere')], settings);
    expect(nowhere.stderr).toContain('there is no folder');
    expect(() => statSync(settings.AFTERSHOW_DATA_DIR)).toThrow('ENOENT');
  });
});

describe('publish, in its own process', () => {
  const data = join(folder, 'own');
  const settings = { AFTERSHOW_DATA_DIR: data };
  const event = eventFile('own.json', fixtureEvent());

  it('fails with a reason when no track ever came, and succeeds when it is called again with the tracks', async () => {
    const failed = await runAftershow(['publish', event, '--json'], settings);
    expect(failed.status).toBe(1);
    expect(Summary.parse(JSON.parse(failed.stdout)).failure?.message).toMatch(/recording/);

    // Relative, as typed by someone who stands in the folder.
    const args = ['publish', 'event.json', '--tracks', '.', '--json'];
    const { status, stdout, stderr } = await runAftershow(args, settings, fixtureFolder);
    expect(status).toBe(0);
    const summary = Summary.parse(JSON.parse(stdout));
    expect(summary).toMatchObject({ status: 'published', showId: 'late-table' });
    expect(statSync(join(data, 'objects', summary.audioKey ?? '')).size).toBe(summary.lengthBytes);
    expect(stderr).toMatch(/ {2}encode \d+ %\n/);
    const feed = readFileSync(join(data, 'objects/public/shows/late-table/feed.xml'), 'utf8');
    expect(feed).toContain(summary.guid);
    expect(readdirSync(join(data, 'work'))).toEqual([]);
    expect(readdirSync(data)).not.toContain('aftershow.lock');
  }, 120_000);

  it('makes nothing twice, and refuses other data under the same room id', async () => {
    const again = await runAftershow(['publish', event], settings);
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('known already');
    expect(again.stdout).toMatch(/status +published/);
    expect(filesBelow(join(data, 'objects/public')).filter((path) => path.endsWith('.mp3'))).toHaveLength(1);
    const text = JSON.stringify(fixtureEvent()).replace('three voices', 'four voices');
    const other = await runAftershow(['publish', eventFile('conflict.json', text)], settings);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('known with other data');
  }, 60_000);

  it('leaves what rebuild, set-public-url and verify work on', async () => {
    const rebuilt = await runAftershow(['rebuild', '--json'], settings);
    expect(rebuilt.status).toBe(0);
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ feeds: [{ showId: 'late-table', result: 'unchanged' }] });
    const overruled = await runAftershow(['rebuild', '--show', 'late-table', '--force', '--json'], settings);
    expect(overruled.status).toBe(0);
    expect(JSON.parse(overruled.stdout)).toMatchObject({ feeds: [{ showId: 'late-table', result: 'written' }] });
    const unknown = await runAftershow(['rebuild', '--show', 'nope'], settings);
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toContain('there is no show nope');

    const moved = await runAftershow(['set-public-url', 'late-table', 'https://x.example/p/', '--json'], settings);
    expect(moved.status).toBe(0);
    const feed = 'https://x.example/p/shows/late-table/feed.xml';
    expect(JSON.parse(moved.stdout)).toMatchObject({ feed, result: 'written' });
    const file = join(data, 'objects/public/shows/late-table/feed.xml');
    expect(readFileSync(file, 'utf8')).toContain(`${feed.replace('feed.xml', 'episodes/')}`);
    const refused = await runAftershow(['rebuild'], settings);
    expect(refused.status).toBe(1);
    expect(refused.stdout).toMatch(/late-table +failed .*https:\/\/x\.example\/p/);
    const nowhere = await runAftershow(['set-public-url', 'nope', 'https://x.example'], settings);
    expect(nowhere.status).toBe(1);

    const verified = await runAftershow(['verify', file, '--json'], {});
    expect(JSON.parse(verified.stdout)).toHaveProperty('ok', verified.status === 0);
    const broken = eventFile('broken.xml', readFileSync(file, 'utf8').replace('</channel>', ''));
    const failing = await runAftershow(['verify', broken], {});
    expect(failing.status).toBe(1);
    expect(failing.stdout).toMatch(/does not pass/);
    expect((await runAftershow(['verify', join(folder, 'nowhere.xml')], {})).status).toBe(1);
  }, 60_000);
});

describe('publish, while an aftershow runs on the same folder', () => {
  const data = join(folder, 'served');
  let settings: Record<string, string>;
  let server: ReturnType<typeof spawnAftershow>;
  let written = '';
  let secrets: string[];

  async function start(): Promise<void> {
    written = '';
    server = spawnAftershow(['start'], settings);
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        written += chunk.toString();
      });
    }
    await new Promise<void>((resolve, reject) => {
      server.stderr.on('data', () => {
        if (written.includes('"msg":"ready"')) resolve();
      });
      server.once('exit', (status) => reject(new Error(`start ended with status ${status}: ${written}`)));
    });
  }
  async function stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    return ended;
  }

  beforeAll(async () => {
    const port = String(await freePort());
    settings = { AFTERSHOW_DATA_DIR: data, AFTERSHOW_PORT: port, AFTERSHOW_PUBLIC_URL: `http://localhost:${port}` };
    await start();
  }, 90_000);
  afterAll(() => server?.kill('SIGKILL'));

  it('shows the secrets it has made, this once, and keeps them readable by their owner alone', async () => {
    const file = join(data, 'secrets.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    secrets = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8'))));
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) expect(written.split(secret)).toHaveLength(2);
    expect(await stop()).toBe(0);
    await start();
    for (const secret of secrets) expect(written).not.toContain(secret);
  }, 60_000);

  it(
    'has that one do the work, and says so',
    async () => {
      const args = ['publish', 'event.json', '--tracks', '.', '--json'];
      // This one does not know the server's public URL, nor need it.
      const { status, stdout, stderr } = await runAftershow(args, { AFTERSHOW_DATA_DIR: data }, fixtureFolder);
      expect(status).toBe(0);
      expect(stderr).toContain(`An aftershow is running at http://127.0.0.1:${settings['AFTERSHOW_PORT']}`);
      const summary = Summary.parse(JSON.parse(stdout));
      expect(summary).toMatchObject({ status: 'published' });
      const verified = await runAftershow(['verify', summary.feedUrl], {});
      expect(verified.stdout).toMatch(/1 episode; passes/);
      expect(verified.status).toBe(0);
      const gone = await runAftershow(['verify', summary.feedUrl.replace('late-table', 'nope')], {});
      expect(gone.status).toBe(1);
      for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
    },
    RENDER_TIMEOUT_MS,
  );

  it('refuses other data under the same room id, and other secrets', async () => {
    const text = JSON.stringify(fixtureEvent()).replace('three voices', 'four voices');
    const other = await runAftershow(['publish', eventFile('conflict-2.json', text)], settings);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('known with other data');
    const wrong = { ...settings, AFTERSHOW_WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
    const stranger = await runAftershow(['publish', eventFile('again.json', fixtureEvent())], wrong);
    expect(stranger.status).toBe(1);
    expect(stranger.stderr).toContain('has other secrets');
  });

  it('keeps a second start off the folder, and off the port', async () => {
    const second = await runAftershow(['start'], settings);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`pid ${server.pid}`);
    const elsewhere = await runAftershow(['start'], { ...settings, AFTERSHOW_DATA_DIR: join(folder, 'elsewhere') });
    expect(elsewhere.status).toBe(1);
    expect(elsewhere.stderr).toContain(`Port ${settings['AFTERSHOW_PORT']} on 127.0.0.1 is taken`);
    expect(readdirSync(join(folder, 'elsewhere'))).not.toContain('aftershow.lock');
  }, 60_000);

  it('lets doctor see who holds the folder, and rebuild run beside it', async () => {
    const doctor = await runAftershow(['doctor'], settings);
    expect(doctor.stdout).toMatch(new RegExp(`^queue +ok +embedded, in use by \`start\` \\(pid ${server.pid}\\)`, 'm'));
    expect(doctor.stdout).toMatch(/^port +ok .*ours/m);
    const rebuilt = await runAftershow(['rebuild'], settings);
    expect(rebuilt.stdout).toMatch(/^late-table +unchanged/);
  });

  it('ends with status 0, with no secret in anything that was written but its own file', async () => {
    expect(await stop()).toBe(0);
    const leaks = filesBelow(data).filter((path) => {
      const bytes = readFileSync(path);
      return !path.endsWith('/secrets.json') && secrets.some((secret) => bytes.includes(secret));
    });
    expect(leaks).toEqual([]);
    for (const secret of secrets) expect(written).not.toContain(secret);
  });
});
