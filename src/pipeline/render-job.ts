/** What the steps of one render share: where they work, when they must stop, and how far they are. */
import type { EngineRun } from './audio-engine.ts';
import type { JobProgress, WorkFolder } from './ports.ts';

export interface RenderJob {
  readonly signal: AbortSignal;
  progress(progress: JobProgress): Promise<void>;
}

type RenderStageName = 'fetch' | 'analyse' | 'mix' | 'encode' | 'verify';

/** Where each stage's share of the whole begins and ends, in percent. */
const SHARES: Readonly<Record<RenderStageName, readonly [number, number]>> = {
  fetch: [0, 1],
  analyse: [1, 50],
  mix: [50, 55],
  encode: [55, 92],
  verify: [92, 100],
};

export interface RenderSteps {
  readonly folder: WorkFolder;
  readonly signal: AbortSignal;
  /** `share`: how much of the stage is done, 0 to 1. Reports whole percents, and never goes back. */
  report(stage: RenderStageName, share: number): void;
  /** A run of the engine over `soundSeconds` of sound, whose progress is the stage's. */
  engineRun(stage: RenderStageName, soundSeconds: number): EngineRun;
  /** The same of one of several things done at once, whose progress is counted otherwise. */
  quietRun(soundSeconds: number): EngineRun;
  /** The same steps, which end with another signal: all that is run by them is told. */
  under(signal: AbortSignal): RenderSteps;
}

/** ffmpeg may take as long as the sound lasts, and a minute: it is many times faster unless something is wrong. */
const EXTRA_SECONDS = 60;

export function renderSteps(folder: WorkFolder, job: RenderJob): RenderSteps {
  let reported = -1;
  const report = (stage: RenderStageName, share: number) => {
    const [begin, end] = SHARES[stage];
    const percent = Math.floor(begin + Math.min(1, Math.max(0, share)) * (end - begin));
    if (percent <= reported) return;
    reported = percent;
    // Progress is for watchers only: a render does not fail because nobody could be told of it.
    job.progress({ stage, percent }).catch(() => {});
  };
  const stepsUnder = (signal: AbortSignal): RenderSteps => {
    const quietRun = (soundSeconds: number): EngineRun => ({
      folder,
      signal,
      timeoutSeconds: EXTRA_SECONDS + soundSeconds,
    });
    return {
      folder,
      signal,
      report,
      quietRun,
      engineRun: (stage, soundSeconds) => ({
        ...quietRun(soundSeconds),
        onProgress: (seconds) => report(stage, seconds / soundSeconds),
      }),
      under: stepsUnder,
    };
  };
  return stepsUnder(job.signal);
}
