/** ffmpeg behind its launcher: confined, killable, and gone when its parent is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runFfmpeg, secondsOfTimemark } from '../../src/adapters/ffmpeg/ffmpeg.ts';
import { createLauncher, type Launcher } from '../../src/adapters/ffmpeg/ffmpeg-launcher.ts';
import { ffmpegPlan, nullOutput, rawInput, timestampsOutput } from '../../src/audio/ffmpeg-plan.ts';
import { eventually, handlesSignals, processesIn } from '../support/render-room.ts';
import { slowPlan, writeSilence } from '../support/slow-plan.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('Left out: tests of the launcher, which exists on Linux only');

describe.skipIf(!isLinux).each(FFMPEGS)('with $name', ({ path }) => {
  let launcher: Launcher;
  let folder: string;
  beforeAll(async () => {
    launcher = await createLauncher(path);
  });
  afterAll(() => launcher.remove());
  beforeEach(() => {
    folder = makeTempFolder('ffmpeg');
    writeSilence(folder);
  });
  afterEach(() => removeFolder(folder));

  const run = (signal: AbortSignal, timeoutSeconds = 60) =>
    runFfmpeg(launcher.program, slowPlan(), { folder, signal, timeoutSeconds });
  const running = () =>
    eventually('ffmpeg at work', () =>
      processesIn(folder).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('ffmpeg')),
    );

  test('what the launcher says is on, is on: own session, no environment, no network, limits', async () => {
    const abort = new AbortController();
    const ended = expect(run(abort.signal)).rejects.toThrow('enough');
    const pid = await running();
    await eventually('the real ffmpeg', () => readlinkSync(`/proc/${pid}/exe`).includes('ffmpeg'));
    const facts = new Map(launcher.describeIsolation().map((fact) => [fact.name, fact.isOn]));
    expect(facts.get('empty-environment')).toBe(true);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('');
    expect(readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')).toBe(facts.get('no-network'));
    const [, session = ''] = /\) \S \d+ \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    expect(Number(session) === pid).toBe(facts.get('own-session'));
    expect(/Max core file size +0 +0/.test(readFileSync(`/proc/${pid}/limits`, 'utf8'))).toBe(facts.get('limits'));
    abort.abort(new Error('enough'));
    await ended;
    expect(processesIn(folder)).toEqual([]);
  });

  test('kill -9 of the process that started it kills it too', async () => {
    const script = fileURLToPath(new URL('../support/ffmpeg-parent.ts', import.meta.url));
    const parent: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, folder, path], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => parent.once('exit', resolve));
    const pid = await running();
    await eventually('the real ffmpeg', () => readlinkSync(`/proc/${pid}/exe`).includes('ffmpeg'));
    parent.kill('SIGKILL');
    await ended;
    await eventually('ffmpeg gone', () => processesIn(folder).length === 0);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to the whole process group, as Ctrl-C is, leaves ffmpeg at work until its parent ends it',
    async (signal) => {
      writeSilence(folder, 3);
      const script = fileURLToPath(new URL('../support/ffmpeg-parent.ts', import.meta.url));
      const parent = spawn(process.execPath, ['--import', 'tsx', script, folder, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      const { pid: group } = parent;
      if (group === undefined) throw new Error('the parent did not start');
      try {
        const said = text(parent.stdout);
        const pid = await running();
        await eventually('the real ffmpeg', () => readlinkSync(`/proc/${pid}/exe`).includes('ffmpeg'));
        process.kill(-group, signal);
        expect(await said).toBe(`got ${signal}\nended well\n`);
      } finally {
        if (parent.exitCode === null) parent.kill('SIGKILL');
      }
    },
  );

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'an ffmpeg that %s ended from outside says nothing against what it read: it may be tried again',
    async (signal) => {
      const ended = expect(run(new AbortController().signal)).rejects.toMatchObject({
        name: 'PassingFailure',
        code: 'ffmpeg-killed',
      });
      const pid = await running();
      await eventually('the real ffmpeg at work', () => handlesSignals(pid));
      process.kill(pid, signal);
      await ended;
    },
  );

  test('told that it is enough, ffmpeg finishes its files and the run ends well', async () => {
    const abort = new AbortController();
    const plan = slowPlan();
    const stamps = { ...plan, outputs: [timestampsOutput('out', 'stamps.txt')] };
    const options = { folder, signal: new AbortController().signal, timeoutSeconds: 60, enough: abort.signal };
    const ended = runFfmpeg(launcher.program, stamps, options);
    await eventually('ffmpeg at work', () => processesIn(folder).some(handlesSignals));
    await eventually('something read', () => existsSync(join(folder, 'stamps.txt')));
    abort.abort();
    await ended;
    expect(readFileSync(join(folder, 'stamps.txt'), 'utf8')).toMatch(/^0, .*\n$/m);
    expect(processesIn(folder)).toEqual([]);
  });

  test('a run that takes too long is killed, and may be tried again', async () => {
    await expect(run(new AbortController().signal, 0.5)).rejects.toMatchObject({
      name: 'PassingFailure',
      code: 'ffmpeg-timeout',
    });
    expect(processesIn(folder)).toEqual([]);
  });

  test('what was aborted before is not started', async () => {
    await expect(run(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  test('a failure is told in the words of ffmpeg', async () => {
    const plan = ffmpegPlan({
      inputs: [rawInput('absent.f32')],
      filterGraph: '[0:a]anull[out]',
      outputs: [nullOutput('out')],
    });
    const options = { folder, signal: new AbortController().signal, timeoutSeconds: 20 };
    await expect(runFfmpeg(launcher.program, plan, options)).rejects.toMatchObject({
      name: 'FfmpegRefused',
      message: expect.stringMatching(/absent\.f32: No such file/),
    });
  });

  test('a launcher is gone when it is no longer wanted', async () => {
    const other = await createLauncher(path);
    expect(existsSync(other.program)).toBe(true);
    other.remove();
    expect(existsSync(other.program)).toBe(false);
  });
});

test.each([
  ['01:02:03.45', 3723.45],
  ['00:00:00.00', 0],
  ['N/A', undefined],
  ['-577014:32:22.77', undefined],
])('the time mark %s is %s seconds', (timemark, seconds) => {
  expect(secondsOfTimemark(timemark)).toBe(seconds);
});
