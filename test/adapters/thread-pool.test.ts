/** Sound threads when things go wrong: stopped in the middle, dead, idle, on a full disk, or orphaned. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SoundTask, ThreadFfmpeg } from '../../src/adapters/sound/thread-messages.ts';
import { ThreadPool } from '../../src/adapters/sound/thread-pool.ts';
import { eventually, processesIn } from '../support/render-room.ts';
import { listenTask, longTasks, NOTHING_TO_DO, slowFfmpeg, writeTaskFiles } from '../support/sound-tasks.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('Left out: tests of sound threads that look into /proc, which exists on Linux only');

describe.skipIf(!isLinux).each(FFMPEGS)('with $name', ({ path }) => {
  let folder: string;
  let ffmpeg: ThreadFfmpeg;
  let pool: ThreadPool;
  beforeAll(() => {
    folder = makeTempFolder('threads');
    writeTaskFiles(folder);
    ffmpeg = slowFfmpeg(path, folder);
  });
  afterAll(() => removeFolder(folder));
  beforeEach(() => {
    pool = new ThreadPool(1);
  });
  afterEach(() => pool.close());

  const ffmpegIsThere = () => processesIn(folder).some((pid) => nameOf(pid).startsWith('ffmpeg'));
  const run = (task: SoundTask, signal = new AbortController().signal) => pool.run(task, { signal });

  test.each(['listen', 'measure', 'encode', 'stem', 'rehearse', 'compare'] as const)(
    'stopped in the middle of %s, ffmpeg is gone and the thread goes on with what comes next',
    async (kind) => {
      const task = longTasks(ffmpeg).find((one) => one.kind === kind);
      if (!task) throw new Error(`there is no task to ${kind}`);
      const abort = new AbortController();
      const stopped = expect(run(task, abort.signal)).rejects.toThrow('enough');
      if ('ffmpeg' in task || 'encode' in task) await eventually('ffmpeg at work', ffmpegIsThere);
      else await pause(500);
      abort.abort(new Error('enough'));
      await stopped;
      expect(processesIn(folder)).toEqual([]);
      expect(await run(NOTHING_TO_DO)).toEqual({ likenesses: [] });
    },
  );

  test('a thread that does not stop in time is ended, its ffmpeg with it, and another takes its place', async () => {
    await pool.close();
    pool = new ThreadPool(1, { stopGraceMs: 0 });
    const abort = new AbortController();
    const stopped = expect(run(listenTask(ffmpeg, 'track.flac', 'l'), abort.signal)).rejects.toThrow('enough');
    await eventually('ffmpeg at work', ffmpegIsThere);
    abort.abort(new Error('enough'));
    await stopped;
    await eventually('ffmpeg gone', () => processesIn(folder).length === 0);
    expect(await run(NOTHING_TO_DO)).toEqual({ likenesses: [] });
  });

  test('a process that cannot be started breaks its thread off, which may be tried again; the next task gets another', async () => {
    const task = listenTask(ffmpeg, 'track.flac', 'l');
    if (!('plan' in task)) throw new Error('a task without a plan');
    // Longer than any argument may be: node throws at once instead of telling later, as it does without memory.
    const tooLong = { ...task, plan: { ...task.plan, filterGraph: 'x'.repeat(200_000) } };
    const [broken, next] = await Promise.allSettled([run(tooLong), run(NOTHING_TO_DO)]);
    expect(broken).toMatchObject({ reason: { name: 'PassingFailure', code: 'ffmpeg-thread-ended' } });
    expect(next).toMatchObject({ value: { likenesses: [] } });
  });

  test('close ends what runs, and leaves no process, no thread, and nobody waiting', async () => {
    const before = threadCount();
    const ended = Promise.allSettled([run(listenTask(ffmpeg, 'track.flac', 'l')), run(NOTHING_TO_DO)]);
    await eventually('ffmpeg at work', ffmpegIsThere);
    expect(threadCount()).toBeGreaterThan(before);
    await pool.close();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await eventually('ffmpeg gone', () => processesIn(folder).length === 0);
    await eventually('threads gone', () => threadCount() <= before);
    await expect(run(NOTHING_TO_DO)).rejects.toThrow('closed');
  });

  test('kill -9 of the process leaves no ffmpeg behind', async () => {
    const script = fileURLToPath(new URL('../support/sound-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script, folder, path], { stdio: 'ignore' });
    const ended = new Promise((resolve) => parent.once('exit', resolve));
    await eventually('ffmpeg at work', ffmpegIsThere);
    parent.kill('SIGKILL');
    await ended;
    await eventually('ffmpeg gone', () => processesIn(folder).length === 0);
  });

  test.skipIf(!mayMount())(
    'a disk that is full says nothing against the recording, and nothing is left on it',
    async () => {
      const script = fileURLToPath(new URL('../support/full-disk.child.ts', import.meta.url));
      const inside = `mount -t tmpfs -o size=2m none '${folder}' && TMPDIR='${folder}' exec "$0" --import tsx '${script}' '${path}'`;
      const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', inside, process.execPath]);
      expect(JSON.parse(stdout)).toEqual({ name: 'PassingFailure', code: 'disk-full', leftovers: [], processes: [] });
    },
    90_000,
  );
});

test.skipIf(!isLinux)('a thread with nothing to do ends', async () => {
  const pool = new ThreadPool(1, { idleMs: 50 });
  const before = threadCount();
  await pool.run(NOTHING_TO_DO, { signal: new AbortController().signal });
  await eventually('thread gone', () => threadCount() <= before);
  await pool.close();
});

test('what has time waits for all that has none, whichever came first, and is done in the end', async () => {
  const pool = new ThreadPool(1);
  try {
    const { signal } = new AbortController();
    const done: string[] = [];
    const ask = async (name: string, hasTime: boolean) => {
      await pool.run(NOTHING_TO_DO, { signal, hasTime });
      done.push(name);
    };
    await Promise.all([
      ask('at work', false),
      ask('stem 1', true),
      ask('slice 1', false),
      ask('stem 2', true),
      ask('slice 2', false),
    ]);
    expect(done).toEqual(['at work', 'slice 1', 'slice 2', 'stem 1', 'stem 2']);
  } finally {
    await pool.close();
  }
});

test('what comes just when a thread ends is done all the same', async () => {
  const pool = new ThreadPool(1, { idleMs: 1 });
  const signal = new AbortController().signal;
  for (let round = 0; round < 12; round += 1) {
    await pool.run(NOTHING_TO_DO, { signal });
    const until = performance.now() + round / 4;
    while (performance.now() < until) await new Promise(setImmediate);
    expect(await Promise.all([1, 2].map(() => pool.run(NOTHING_TO_DO, { signal })))).toHaveLength(2);
  }
  await pool.close();
});

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return '';
  }
}

function threadCount(): number {
  return readdirSync('/proc/self/task').length;
}

function mayMount(): boolean {
  const may = isLinux && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
  if (!may) console.warn('Left out: tests on a full disk, as this user may not mount one (unshare -rm)');
  return may;
}
