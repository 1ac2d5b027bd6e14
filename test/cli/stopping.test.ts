import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AftershowProcess, spawnAftershow, startAftershow } from '../support/aftershow.ts';
import { ffmpegsIn } from '../support/child-processes.ts';
import { eventually } from '../support/eventually.ts';
import {
  Answer,
  api,
  dropTracks,
  type Episode,
  endedRoom,
  episodeWhen,
  feedWhen,
  sendWebhook,
} from '../support/room.ts';
import { writeSlowFfmpeg } from '../support/slow-ffmpeg.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const root = makeTempFolder('stopping');
const slowFfmpeg = writeSlowFfmpeg(root);
const running = new Set<AftershowProcess>();

afterEach(async () => {
  for (const one of running) await one.kill();
  running.clear();
});
afterAll(() => removeFolder(root));

async function start(settings: Record<string, string>): Promise<AftershowProcess> {
  const process = await startAftershow('start', settings);
  running.add(process);
  return process;
}

const workOf = (folder: string) => join(folder, 'work');
const mp3sOf = (folder: string) =>
  readdirSync(join(folder, 'objects/public'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.mp3'),
  );

describe.skipIf(!slowFfmpeg)('In the middle of a render', () => {
  let folder: string;
  let settings: Record<string, string>;
  let ids: Answer;
  let aftershow: AftershowProcess;

  beforeEach(async ({ task }) => {
    folder = join(root, task.id);
    settings = {
      AFTERSHOW_DATA_DIR: folder,
      AFTERSHOW_PORT: '0',
      AFTERSHOW_PUBLIC_URL: 'http://localhost:4400',
      AFTERSHOW_SWEEP_SECONDS: '1',
      AFTERSHOW_DRAIN_SECONDS: '1',
    };
    aftershow = await start({ ...settings, AFTERSHOW_FFMPEG: slowFfmpeg ?? '' });
    await dropTracks(join(folder, 'objects'));
    ids = Answer.parse(await (await sendWebhook(aftershow.url, endedRoom(`rm-${task.id}`))).json());
    await eventually('ffmpeg works', () => ffmpegsIn(workOf(folder)).length > 0);
  });

  /** One episode, one file, one place in the feed. */
  async function comesOutOnce(url: string): Promise<Episode> {
    const episode = await episodeWhen(url, ids, ({ status }) => status === 'published' || status === 'failed');
    expect(episode).toMatchObject({ status: 'published', revision: 1, warnings: [] });
    const feed = await feedWhen(url, ids.showId, (xml) => xml.includes(episode.guid));
    expect(feed.match(/<item>/g)).toHaveLength(1);
    expect(mp3sOf(folder)).toHaveLength(1);
    const list = z.object({ episodes: z.array(z.unknown()) });
    expect(list.parse(await (await api(url, `/shows/${ids.showId}/episodes`)).json()).episodes).toHaveLength(1);
    return episode;
  }

  it('Ctrl-C hands the job back, leaves no ffmpeg and no work file, and ends with status 0; the next start finishes it', async () => {
    const ended = new Promise<number | null>((resolve) => aftershow.child.once('exit', resolve));
    aftershow.child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(aftershow.log()).toContain('stopped in good order');
    expect(ffmpegsIn(workOf(folder))).toEqual([]);
    expect(readdirSync(workOf(folder))).toEqual([]);
    expect(readdirSync(folder)).not.toContain('aftershow.lock');
    const next = await start(settings);
    await comesOutOnce(next.url);
    expect(await next.stop()).toBe(0);
    expect(readdirSync(workOf(folder))).toEqual([]);
  }, 120_000);

  it('kill -9 takes its ffmpeg along, and the next start makes exactly one episode', async () => {
    await aftershow.kill();
    await eventually('no ffmpeg is left', () => ffmpegsIn(workOf(folder)).length === 0);
    const next = await start(settings);
    await comesOutOnce(next.url);
    expect(await next.stop()).toBe(0);
    expect(readdirSync(workOf(folder))).toEqual([]);
  }, 120_000);
});

describe('While it starts', () => {
  it('SIGTERM ends it with status 0 and lets go of the folder', async () => {
    const folder = join(root, 'starting');
    const child = spawnAftershow(['start'], { AFTERSHOW_DATA_DIR: folder, AFTERSHOW_PORT: '0' });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let stderr = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk: Buffer) => {
      // Its first words are the new secrets: the queue is not made yet.
      if (stderr === '') child.kill('SIGTERM');
      stderr += chunk.toString();
    });
    expect(await ended).toBe(0);
    expect(stderr).not.toContain('"msg":"ready"');
    expect(statSync(join(folder, 'secrets.json')).size).toBeGreaterThan(0);
    expect(readdirSync(folder)).not.toContain('aftershow.lock');
    const { apiToken } = z
      .object({ apiToken: z.string() })
      .parse(JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')));
    expect(stderr).toContain(apiToken);
  }, 60_000);
});
