/** How queues, states and options are called on BullMQ's side of the port. */
import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import type { JobProgress, JobRequest, JobState, QueueName } from '../../pipeline/ports.ts';

/** In the name and not in a key prefix, because PostgreSQL has no prefixes. */
export const bullmqName = (queue: QueueName) => `aftershow-${queue}`;

const STATES: Readonly<Record<string, JobState>> = {
  waiting: 'waiting',
  prioritized: 'waiting',
  paused: 'waiting',
  delayed: 'delayed',
  active: 'active',
  'waiting-children': 'waiting-children',
  completed: 'completed',
  failed: 'failed',
};
export const jobState = (state: string): JobState => STATES[state] ?? 'absent';

const StoredProgress = z.object({ stage: z.string(), percent: z.number() });

/** Undefined for a job that has not told any; BullMQ then says 0. */
export function jobProgress(stored: unknown): JobProgress | undefined {
  const parsed = StoredProgress.safeParse(stored);
  return parsed.success ? parsed.data : undefined;
}

const DAY_SECONDS = 24 * 3600;
const DEFAULT_ATTEMPTS = 5;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

/** Doubles from one second to a minute; half of it is chance, so that jobs failing together do not return together. */
export function backoffMs(attemptsMade: number): number {
  const full = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attemptsMade - 1));
  return Math.round(full * (0.5 + Math.random() / 2));
}

export function jobOptions(job: JobRequest): JobsOptions {
  return {
    jobId: job.jobId,
    attempts: job.attempts ?? DEFAULT_ATTEMPTS,
    backoff: { type: 'custom' },
    // Finished ids are kept for long, because they are what makes adding them again change nothing.
    removeOnComplete: { age: 7 * DAY_SECONDS, count: 5_000 },
    removeOnFail: { age: 30 * DAY_SECONDS },
    // A stack names paths and may carry secrets; the message is enough.
    stackTraceLimit: 0,
    ...(job.delayMs !== undefined && { delay: job.delayMs }),
  };
}
