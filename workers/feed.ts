/** The worker of the feed queue. */
import { deriveFeed, type FeedDependencies } from '../src/pipeline/feed-stage.ts';
import type { Consumer, JobQueue, Log } from '../src/pipeline/ports.ts';
import { FeedJob, hint, notifyJob } from '../src/pipeline/room-flow.ts';

/** Shows do not wait for one another; one show's feed is never derived twice at once. */
const CONCURRENCY = 4;

export function consumeFeeds(
  queue: JobQueue,
  dependencies: FeedDependencies & { readonly log: Log },
): Promise<Consumer> {
  return queue.consume('feed', CONCURRENCY, async (payload) => {
    const { showId } = FeedJob.parse(payload);
    const result = await deriveFeed(showId, dependencies);
    dependencies.log.info({ showId, result }, 'feed derived');
    if (result === 'written') await hint(queue, dependencies.log, notifyJob({ showId }));
    return { kind: 'done' };
  });
}
