/** Runs ffmpeg beside code of ours that feeds it or listens to it. What goes wrong there ends ffmpeg, and is what is told. */
import { Readable } from 'node:stream';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import { type FfmpegRun, runFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { samplesOfBytes } from './samples-of-bytes.ts';
import type { ThreadFfmpeg } from './thread-messages.ts';

type HeardRun = Pick<FfmpegRun, 'signal' | 'onProgress' | 'enough'>;

/** `hear` is given all that the plan writes to STANDARD_OUTPUT. Throws what it throws, and what `runFfmpeg` does. */
export async function hearFfmpeg(
  ffmpeg: ThreadFfmpeg,
  plan: FfmpegPlan,
  run: HeardRun,
  hear: (samples: Float32Array) => void,
): Promise<void> {
  const broken = new AbortController();
  const output = samplesOfBytes((samples) => {
    if (broken.signal.aborted) return;
    try {
      hear(samples);
    } catch (error) {
      broken.abort(error);
    }
  });
  const signal = AbortSignal.any([run.signal, broken.signal]);
  await runFfmpeg(ffmpeg.program, plan, { ...ffmpeg, ...run, signal, output });
  broken.signal.throwIfAborted();
}

/** The plan's STANDARD_INPUT is fed with all `pieces`. Throws what making them throws, and what `runFfmpeg` does. */
export async function feedFfmpeg(
  ffmpeg: ThreadFfmpeg,
  plan: FfmpegPlan,
  outer: AbortSignal,
  pieces: Iterable<Buffer>,
): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([outer, broken.signal]);
  const input = Readable.from(untilBroken(), { objectMode: true, highWaterMark: 2 });
  await runFfmpeg(ffmpeg.program, plan, { ...ffmpeg, signal, input });
  broken.signal.throwIfAborted();

  function* untilBroken(): Generator<Buffer> {
    try {
      yield* pieces;
    } catch (error) {
      broken.abort(error);
    }
  }
}
