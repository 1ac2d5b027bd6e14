import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runAftershow, spawnAftershow } from '../support/aftershow.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const Result = z.looseObject({
  status: z.literal('published'),
  verified: z.literal(true),
  feedUrl: z.string(),
  mp3File: z.string(),
  feedFile: z.string(),
  lengthBytes: z.number(),
});

const folder = makeTempFolder('demo');
/** Takes the port that the demo is told to use, so that it must find another. */
const other = createServer();
let settings: Record<string, string>;

const started = new Set<ReturnType<typeof spawnAftershow>>();
function start(args: readonly string[]) {
  const child = spawnAftershow(args, settings);
  started.add(child);
  return child;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  settings = { AFTERSHOW_DATA_DIR: folder, AFTERSHOW_PORT: String((other.address() as AddressInfo).port) };
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});
afterAll(() => {
  other.close();
  removeFolder(folder);
});

describe('demo', () => {
  it('ends by itself with status 0, one JSON object on stdout, and files that are there', async () => {
    const { status, stdout, stderr } = await runAftershow(['demo', '--json'], settings);
    expect(status).toBe(0);
    const result = Result.parse(JSON.parse(stdout));
    expect(statSync(result.mp3File).size).toBe(result.lengthBytes);
    expect(readFileSync(result.feedFile, 'utf8')).toContain('<title>Late Table</title>');
    expect(stderr).toMatch(/Port \d+ is taken, so this demo uses \d+/);
    expect(stderr).toMatch(/webhook was answered 202/);
    expect(stderr).not.toMatch(/warning|error|whsec_/);
    expect(readdirSync(join(folder, 'demo'))).not.toContain('aftershow.lock');
    expect(readdirSync(join(folder, 'demo/work'))).toEqual([]);
  }, 90_000);

  it('--keep begins anew, serves what it made, keeps a second demo off, and ends on Ctrl-C with status 0', async () => {
    const demo = start(['demo', '--keep', '--json']);
    const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
    demo.stderr.resume();
    const result = await new Promise<string>((resolve, reject) => {
      let stdout = '';
      demo.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.endsWith('}\n')) resolve(stdout);
      });
      demo.once('exit', (status) => reject(new Error(`the demo ended with status ${status}: ${stdout}`)));
    });
    const { feedUrl } = Result.parse(JSON.parse(result));
    const verified = await runAftershow(['verify', feedUrl, '--json'], {});
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, findings: [], episodes: [{}] });
    const second = await runAftershow(['demo'], settings);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`pid ${demo.pid}`);
    expect((await runAftershow(['verify', feedUrl], {})).status).toBe(0);
    demo.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 120_000);

  it('stopped while it gets ready lets go of everything, with status 1', async () => {
    const demo = start(['demo']);
    let stderr = '';
    const ended = new Promise<number | null>((resolve) => demo.once('close', resolve));
    demo.stdout.resume();
    demo.stderr.on('data', (chunk: Buffer) => {
      if (stderr === '') demo.kill('SIGINT');
      stderr += chunk.toString();
    });
    expect(await ended).toBe(1);
    expect(stderr).toContain('stopped before the demo had its episode');
    expect(readdirSync(join(folder, 'demo'))).not.toContain('aftershow.lock');
  }, 60_000);

  it("empties no folder that is not a demo's", async () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'demo', 'objects'), { recursive: true });
    writeFileSync(join(home, 'demo', 'objects', 'thesis.txt'), 'years of work');
    const { status, stderr } = await runAftershow(['demo'], { ...settings, AFTERSHOW_DATA_DIR: home });
    expect(status).toBe(1);
    expect(stderr).toContain('AFTERSHOW_DATA_DIR');
    expect(readFileSync(join(home, 'demo', 'objects', 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});
