/** ffmpeg beside code that feeds it or listens to it: everything arrives, and what goes wrong is told as it is. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFfmpeg } from '../../src/adapters/ffmpeg/ffmpeg.ts';
import { createLauncher, type Launcher } from '../../src/adapters/ffmpeg/ffmpeg-launcher.ts';
import { feedFfmpeg, hearFfmpeg } from '../../src/adapters/sound/fed-and-heard.ts';
import { mp3SlicePlan } from '../../src/audio/encoding-plan.ts';
import { ffmpegPlan, rawInput, rawOutput, STANDARD_OUTPUT } from '../../src/audio/ffmpeg-plan.ts';
import { processesIn } from '../support/render-room.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const SAMPLES = 10 * 48_000;

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let folder: string;
  let launcher: Launcher;
  beforeAll(async () => {
    launcher = await createLauncher(path);
    folder = makeTempFolder('fed');
    writeFileSync(join(folder, 'sound.f32'), new Uint8Array(Float32Array.from({ length: SAMPLES }, Math.sin).buffer));
  });
  afterAll(() => {
    launcher.remove();
    removeFolder(folder);
  });

  const signal = new AbortController().signal;
  const plan = ffmpegPlan({
    inputs: [rawInput('sound.f32')],
    filterGraph: '[0:a]anull[out]',
    outputs: [rawOutput('out', STANDARD_OUTPUT)],
  });
  const ffmpeg = () => ({ program: path, folder, timeoutSeconds: 30 });
  /** Behind what ends it with this process, so that it may be sent to a named pipe. */
  const confined = () => ({ ...ffmpeg(), program: launcher.program, diesWithParent: launcher.diesWithParent });

  const sound = () => readFileSync(join(folder, 'sound.f32'));

  test('whoever is slow to take the sound still gets all of it before the run is over, and no pipe is left', async () => {
    const taken: Buffer[] = [];
    const output = (bytes: Buffer) => {
      taken.push(Buffer.from(bytes));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    };
    const { program, ...run } = confined();
    const ways = new Set<boolean>();
    const looked = (bytes: Buffer) => {
      ways.add(readdirSync(folder).some((name) => name.endsWith('.pipe')));
      output(bytes);
    };
    await runFfmpeg(program, plan, { ...run, signal, output: looked });
    expect(Buffer.concat(taken).equals(sound())).toBe(true);
    expect([...ways]).toEqual([launcher.diesWithParent]);
    expect(readdirSync(folder)).toEqual(['sound.f32']);
  });

  test('an ffmpeg that could outlive its parent is given no pipe to wait at', async () => {
    let pipes = 0;
    const output = () => {
      pipes += readdirSync(folder).length - 1;
    };
    await runFfmpeg(path, plan, { ...ffmpeg(), signal, output });
    expect(pipes).toBe(0);
  });

  test('whoever runs the launcher for a process that is gone begins nothing', () => {
    if (!launcher.diesWithParent) return;
    const between = spawnSync('sh', ['-c', '"$0" -version; echo "status $?"', launcher.program], { encoding: 'utf8' });
    expect(between.stdout).toBe('status 1\n');
  });

  test('where no named pipe can be made, standard output brings the same', async () => {
    const tools = process.env['PATH'];
    const taken: Buffer[] = [];
    process.env['PATH'] = folder;
    try {
      const { program, ...run } = confined();
      await runFfmpeg(program, plan, { ...run, signal, output: (bytes) => taken.push(Buffer.from(bytes)) });
    } finally {
      process.env['PATH'] = tools;
    }
    expect(Buffer.concat(taken).equals(sound())).toBe(true);
  });

  test('an ffmpeg that refuses to begin leaves nobody waiting at the pipe, and no pipe', async () => {
    const absent = ffmpegPlan({ ...plan, inputs: [rawInput('absent.f32')] });
    const { program, ...run } = confined();
    await expect(runFfmpeg(program, absent, { ...run, signal, output: () => {} })).rejects.toThrow('absent.f32');
    expect(readdirSync(folder)).toEqual(['sound.f32']);
  });

  test('what fails in the listener ends ffmpeg, and is what the run fails with', async () => {
    const failure = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    let heard = 0;
    const hearing = hearFfmpeg(ffmpeg(), plan, { signal }, (samples) => {
      heard += samples.length;
      if (heard > SAMPLES / 10) throw failure;
    });
    await expect(hearing).rejects.toBe(failure);
    expect(processesIn(folder)).toEqual([]);
    expect(heard).toBeLessThan(SAMPLES);
  });

  test('so does what fails with the very last samples', async () => {
    const failure = new Error('at the end');
    let heard = 0;
    const hearing = hearFfmpeg(ffmpeg(), plan, { signal }, (samples) => {
      heard += samples.length;
      if (heard === SAMPLES) throw failure;
    });
    await expect(hearing).rejects.toBe(failure);
  });

  test('what fails while the next piece is made ends ffmpeg, and is what the run fails with', async () => {
    const failure = new Error('the lane ends too early');
    function* pieces(): Generator<Buffer> {
      yield Buffer.alloc(48_000 * 4);
      throw failure;
    }
    await expect(feedFfmpeg(ffmpeg(), mp3SlicePlan(1, 64, 'cut.mp3'), signal, pieces())).rejects.toBe(failure);
    expect(processesIn(folder)).toEqual([]);
  });

  test('all pieces are encoded', async () => {
    function* pieces(): Generator<Buffer> {
      for (let second = 0; second < 10; second += 1) yield Buffer.alloc(48_000 * 4);
    }
    await feedFfmpeg(ffmpeg(), mp3SlicePlan(1, 64, 'whole.mp3'), signal, pieces());
    // 64 kbit/s for 10 s, and a frame or two of the encoder's own delay.
    expect(Math.abs(statSync(join(folder, 'whole.mp3')).size - 80_000)).toBeLessThan(1000);
  });
});
