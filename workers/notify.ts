/** The worker of the notify queue. */
import { tellPlatform } from '../src/pipeline/notify.ts';
import { pingHub } from '../src/pipeline/ping-hub.ts';
import type { Consumer, JobQueue } from '../src/pipeline/ports.ts';
import { type PurgeDependencies, purgeCopies } from '../src/pipeline/purge.ts';
import { NotifyJob } from '../src/pipeline/room-flow.ts';

/** Nearly all of it is waiting for others; one that is slow must not hold up the rest. */
const CONCURRENCY = 16;

export function consumeNotifications(queue: JobQueue, dependencies: PurgeDependencies): Promise<Consumer> {
  return queue.consume('notify', CONCURRENCY, async (payload, { signal }) => {
    const { showId, episodeId } = NotifyJob.parse(payload);
    if (episodeId === undefined) {
      await pingHub(showId, signal, dependencies);
    } else {
      const ids = { showId, episodeId };
      await Promise.all([tellPlatform(ids, signal, dependencies), purgeCopies(ids, signal, dependencies)]);
    }
    return { kind: 'done' };
  });
}
