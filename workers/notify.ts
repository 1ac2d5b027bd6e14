/** The worker of the notify queue. */
import { type NotifyDependencies, tellPlatform } from '../src/pipeline/notify.ts';
import { pingHub } from '../src/pipeline/ping-hub.ts';
import type { Consumer, JobQueue } from '../src/pipeline/ports.ts';
import { NotifyJob } from '../src/pipeline/room-flow.ts';

/** Nearly all of it is waiting for others; one that is slow must not hold up the rest. */
const CONCURRENCY = 16;

export function consumeNotifications(queue: JobQueue, dependencies: NotifyDependencies): Promise<Consumer> {
  return queue.consume('notify', CONCURRENCY, async (payload, { signal }) => {
    const { showId, episodeId } = NotifyJob.parse(payload);
    if (episodeId === undefined) await pingHub(showId, signal, dependencies);
    else await tellPlatform({ showId, episodeId }, signal, dependencies);
    return { kind: 'done' };
  });
}
