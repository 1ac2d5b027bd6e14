/** Starts every worker of this process, and lets them end in good order. */
import type { FeedDependencies } from '../src/pipeline/feed-stage.ts';
import type { IntakeDependencies } from '../src/pipeline/intake.ts';
import type { NotifyDependencies } from '../src/pipeline/notify.ts';
import type { PublishDependencies } from '../src/pipeline/publish.ts';
import type { RenderStageDependencies } from '../src/pipeline/render-stage.ts';
import type { SweepDependencies } from '../src/pipeline/sweep.ts';
import { consumeFeeds } from './feed.ts';
import { consumeNotifications } from './notify.ts';
import { consumePublications } from './publish.ts';
import { consumeRenders } from './render.ts';
import { startSweep } from './sweeper.ts';

export type WorkerDependencies = RenderStageDependencies &
  PublishDependencies &
  FeedDependencies &
  IntakeDependencies &
  NotifyDependencies &
  SweepDependencies;

export interface RunningWorkers {
  /** Takes no new job; running ones have `graceMs` to end, then they are handed back. */
  drain(graceMs: number): Promise<void>;
}

export async function startWorkers(
  settings: {
    readonly renderConcurrency: number;
    readonly sweepSeconds: number;
  },
  dependencies: WorkerDependencies,
): Promise<RunningWorkers> {
  const { queue } = dependencies;
  const consumers = await Promise.all([
    consumeRenders(queue, settings.renderConcurrency, dependencies),
    consumePublications(queue, dependencies),
    consumeFeeds(queue, dependencies),
    consumeNotifications(queue, dependencies),
  ]);
  const sweep = startSweep(settings.sweepSeconds, dependencies);
  return {
    drain: async (graceMs) => {
      await Promise.all([sweep.stop(), ...consumers.map((consumer) => consumer.close(graceMs))]);
    },
  };
}
