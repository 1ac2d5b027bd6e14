/** Where a queue under test lives, for the contract and for the child processes it kills. */
import { openEmbeddedQueue } from '../../src/adapters/queue/embedded-queue.ts';
import { openPostgresQueue } from '../../src/adapters/queue/postgres-queue.ts';
import { openRedisQueue } from '../../src/adapters/queue/redis-queue.ts';
import type { JobQueue, Log } from '../../src/pipeline/ports.ts';

export type QueueKind = 'redis' | 'postgres' | 'embedded';

/** A URL, or a folder for the embedded queue. */
export interface QueuePlace {
  readonly kind: QueueKind;
  readonly at: string;
}

/** Short enough that what a dead worker leaves behind is found within seconds. */
const TUNING = { lockDurationMs: 2_000, stalledIntervalMs: 500, drainDelaySeconds: 1 };

const OPENERS = { redis: openRedisQueue, postgres: openPostgresQueue, embedded: openEmbeddedQueue };

export const openPlace = (place: QueuePlace, log: Log): Promise<JobQueue> => OPENERS[place.kind](place.at, log, TUNING);

/** Keeps every line, so that a test can look for what must not be in it. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: Record<string, unknown>, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, info: keep, warn: keep, error: keep };
}
