/** Which job queue a setting means. */
import { join } from 'node:path';
import { PermanentFailure } from '../../domain/failure.ts';
import type { JobQueue, Log } from '../../pipeline/ports.ts';
import { openEmbeddedQueue } from './embedded-queue.ts';
import { openPostgresQueue } from './postgres-queue.ts';
import { openRedisQueue } from './redis-queue.ts';

/**
 * Without a URL the queue in the data folder, whose lock the caller holds.
 * Throws PermanentFailure('bad-request') for any other kind of URL.
 */
export async function openQueue(url: string | undefined, dataDir: string, log: Log): Promise<JobQueue> {
  if (url === undefined) return openEmbeddedQueue(join(dataDir, 'queue'), log);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'redis' || scheme === 'rediss') return openRedisQueue(url, log);
  if (scheme === 'postgres' || scheme === 'postgresql') return openPostgresQueue(url, log);
  throw new PermanentFailure(
    'bad-request',
    `a queue URL must begin with redis://, rediss:// or postgres://, not with ${scheme === undefined ? 'something else' : `${scheme}://`}; ` +
      'leave it out for the embedded queue',
  );
}
