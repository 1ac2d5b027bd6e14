/** The worker of the render queue. */
import type { Consumer, JobQueue, Log } from '../src/pipeline/ports.ts';
import { type RenderStageDependencies, runRender } from '../src/pipeline/render-stage.ts';
import { episodeJob } from './episode-job.ts';

export function consumeRenders(
  queue: JobQueue,
  concurrency: number,
  dependencies: RenderStageDependencies & { readonly queue: JobQueue; readonly log: Log },
): Promise<Consumer> {
  return queue.consume(
    'render',
    concurrency,
    episodeJob('render', (job, context) => runRender(job, context, dependencies), dependencies),
  );
}
