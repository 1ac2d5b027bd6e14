/** Runs ffmpeg plans. The only file that knows fluent-ffmpeg. */
import type { Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { isDiskFull, lastMeaningfulLine, wasToldToEnd } from '../../audio/ffmpeg-messages.ts';
import { type FfmpegPlan, STANDARD_INPUT, STANDARD_OUTPUT } from '../../audio/ffmpeg-plan.ts';
import { PassingFailure } from '../../domain/failure.ts';
import { type Outlet, openOutlet, type Taker } from './ffmpeg-outlet.ts';

export interface FfmpegRun {
  /** The folder that the plan's files lie in. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  /** How far into the sound it is, whenever ffmpeg says so (about twice a second). */
  onProgress?(seconds: number): void;
  /** Tells that no more is wanted: ffmpeg finishes its files with what it has, and the run ends well. */
  readonly enough?: AbortSignal;
  /** What a plan that reads STANDARD_INPUT is fed with, and who takes what a plan writes to STANDARD_OUTPUT. */
  readonly input?: Readable;
  readonly output?: Taker;
  /** The program ends with the thread that starts it, whatever happens. */
  readonly diesWithParent?: boolean;
}

/** ffmpeg itself said no: a bad file, a bad plan. The message is its own last word. */
export class FfmpegRefused extends Error {
  override readonly name = 'FfmpegRefused';
}

const KEPT_STDERR_LINES = 200;

/** Seconds of ffmpeg's `01:02:03.45`; undefined for `N/A` and the like. */
export function secondsOfTimemark(timemark: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(timemark) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/**
 * Runs `plan` with the ffmpeg (or launcher) at `program` and resolves when it has ended well and `output` has taken
 * all. One process should use one program: fluent-ffmpeg keeps it for all its commands.
 * On abort ffmpeg is killed, and the signal's reason thrown once it is gone; so too at the timeout, with
 * PassingFailure('ffmpeg-timeout'). Throws PassingFailure when the machine is at fault, else FfmpegRefused.
 */
export async function runFfmpeg(program: string, plan: FfmpegPlan, run: FfmpegRun): Promise<void> {
  run.signal.throwIfAborted();
  const outlet = run.output && (await openOutlet(run.folder, run.output, run.diesWithParent === true));
  const command = commandFor(plan, run, outlet?.target).setFfmpegPath(program);
  let timedOut = false;
  let started = false;
  const kill = () => {
    if (started) command.kill('SIGKILL');
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, run.timeoutSeconds * 1000);
  run.signal.addEventListener('abort', kill, { once: true });
  const finish = () => command.kill('SIGTERM');
  run.enough?.addEventListener('abort', finish, { once: true });
  const { onProgress } = run;
  if (onProgress) {
    command.on('progress', ({ timemark }: { timemark: string }) => {
      const seconds = secondsOfTimemark(timemark);
      if (seconds !== undefined) onProgress(seconds);
    });
  }
  try {
    await new Promise<void>((resolve, reject) => {
      command
        .on('start', () => {
          started = true;
          if (run.signal.aborted || timedOut) kill();
        })
        .on('end', () => resolve())
        .on('error', (error: Error, _stdout: unknown, stderr: unknown) => {
          reject(explain(error, typeof stderr === 'string' ? stderr : ''));
        })
        .run();
    });
    await outlet?.drained();
  } catch (error) {
    run.signal.throwIfAborted();
    if (timedOut) {
      throw new PassingFailure(
        'ffmpeg-timeout',
        `ffmpeg was stopped: it had not finished after ${run.timeoutSeconds} s`,
      );
    }
    const isFinished =
      run.enough?.aborted === true && error instanceof PassingFailure && error.code === 'ffmpeg-killed';
    if (!isFinished) throw error;
  } finally {
    outlet?.close();
    clearTimeout(timer);
    run.enough?.removeEventListener('abort', finish);
    run.signal.removeEventListener('abort', kill);
  }
}

function commandFor(plan: FfmpegPlan, run: FfmpegRun, outlet: Outlet['target'] | undefined): ffmpeg.FfmpegCommand {
  const command = ffmpeg({ cwd: run.folder, stdoutLines: KEPT_STDERR_LINES });
  for (const { file, options } of plan.inputs) {
    command.input(file === STANDARD_INPUT ? present(run.input, file) : `file:${file}`).inputOptions(...options);
  }
  if (plan.filterGraph !== '') command.complexFilter(plan.filterGraph);
  for (const { target, options } of plan.outputs) {
    const place = target === STANDARD_OUTPUT ? present(outlet, target) : target;
    if (typeof place !== 'string') command.output(place, { end: true });
    else command.output(place === '-' ? '-' : `file:${place}`);
    command.outputOptions(...options);
  }
  return command;
}

function present<T>(stream: T | undefined, what: string): T {
  if (stream === undefined) throw new Error(`the plan uses ${what}, and no stream was given for it`);
  return stream;
}

function explain(error: Error, stderr: string): Error {
  const said = lastMeaningfulLine(stderr);
  if (isDiskFull(stderr)) {
    return new PassingFailure('disk-full', `the disk with the work files is full: ${said}`, { cause: error });
  }
  if (wasToldToEnd(error.message, stderr)) {
    return new PassingFailure('ffmpeg-killed', `ffmpeg was killed from outside: ${error.message}`, { cause: error });
  }
  if (/ENOENT|EACCES|EAGAIN|ENOMEM|EMFILE/.test(error.message)) {
    return new PassingFailure('ffmpeg-not-started', `ffmpeg could not be started: ${error.message}`, { cause: error });
  }
  return new FfmpegRefused(said ?? error.message, { cause: error });
}
