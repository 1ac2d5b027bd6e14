/** The worker of the publish queue. */
import type { Consumer, JobQueue } from '../src/pipeline/ports.ts';
import { type PublishDependencies, runPublish } from '../src/pipeline/publish.ts';
import { episodeJob } from './episode-job.ts';

/** Mostly waiting for the store: a few at once do no harm. */
const CONCURRENCY = 2;

export function consumePublications(queue: JobQueue, dependencies: PublishDependencies): Promise<Consumer> {
  return queue.consume(
    'publish',
    CONCURRENCY,
    episodeJob('publish', (job, context) => runPublish(job, context, dependencies), dependencies),
  );
}
