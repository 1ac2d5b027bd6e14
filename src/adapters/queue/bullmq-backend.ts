/** What differs between Redis, PostgreSQL and the embedded database; everything else about the queue is common. */
import type { BackendFactory, IQueueBackend } from 'bullmq';

export interface QueueTuning {
  /** A job whose worker says nothing for this long belongs to whoever looks next. */
  readonly lockDurationMs: number;
  /** How often workers look for such jobs; one value for all workers of a queue. */
  readonly stalledIntervalMs: number;
  /** An idle worker looks for itself at least this often, should no notification reach it. */
  readonly drainDelaySeconds: number;
  /** Longest wait for one answer of the queue. */
  readonly answerDeadlineMs: number;
}

export const DEFAULT_TUNING: QueueTuning = {
  lockDurationMs: 30_000,
  stalledIntervalMs: 10_000,
  drainDelaySeconds: 2,
  answerDeadlineMs: 2_000,
};

export interface BullmqBackend {
  /** For people, without credentials. */
  readonly description: string;
  readonly tuning: QueueTuning;
  /** Gives BullMQ its connections; the `connection` in the options it is called with is a placeholder. */
  readonly factory: BackendFactory<IQueueBackend, unknown>;
  /** Resolves once connected and prepared; otherwise PassingFailure('queue-unreachable') within about two seconds. */
  ready(): Promise<void>;
  /** Throws PermanentFailure('store-unsafe') when jobs could be lost; to be called when ready. */
  assertSafe(): Promise<void>;
  /** Id of the newest event, so that a watcher misses none from now on. */
  lastEventId(bullmqName: string): Promise<string>;
  /** Ends all connections, answered or not. */
  disconnect(): Promise<void>;
}
