/** One run of one job: calls the handler, and tells BullMQ what came of it. */
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import type { JobContext, JobHandler, JobProgress, Log } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import { settledWithin } from './deadline.ts';

/** How long an aborted handler may take to clean up before its job goes to another worker. */
const SETTLE_MS = 3_000;
/** How long to wait for the queue to take a job or a progress; it may be away. */
const ANSWER_MS = 2_000;
const LONGEST_MESSAGE = 1_000;

/** A job at work in this process. */
export interface RunningJob {
  readonly jobId: string;
  readonly abort: AbortController;
  /** By the monotonic clock: when the queue last said that the job is ours. */
  lockConfirmedAtMs: number;
}

export interface RunOptions {
  readonly running: Set<RunningJob>;
  /** True once the consumer takes no more jobs. */
  readonly isClosing: () => boolean;
  readonly log: Log;
}

/** Progress is a hint: the newest counts, and a queue that is away must not hold up the work. */
function progressWriter(job: Job): JobContext['progress'] {
  let next: JobProgress | undefined;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (next !== undefined) {
      const current = next;
      next = undefined;
      await job.updateProgress({ ...current }).catch(() => undefined);
    }
    writing = undefined;
  };
  return async (progress) => {
    next = progress;
    writing ??= writeAll();
    await settledWithin(writing, ANSWER_MS);
  };
}

/** Back to waiting at once, without counting an attempt. When the lock is lost BullMQ leaves the job as it is. */
async function handBack(job: Job, token: string): Promise<never> {
  await settledWithin(job.moveToWait(token), ANSWER_MS);
  throw new WaitingError();
}

/** Only the message is kept in the queue; never a stack, a cause or a credential. */
function storedError(error: unknown): Error {
  const message = withoutCredentials(messageOf(error)).slice(0, LONGEST_MESSAGE);
  return error instanceof PermanentFailure ? new UnrecoverableError(message) : new Error(message);
}

/** Throws what BullMQ understands: an error to retry or fail, or that the job was moved elsewhere. */
export async function runJob(
  handler: JobHandler,
  job: Job,
  token: string,
  cancelled: AbortSignal,
  { running, isClosing, log }: RunOptions,
): Promise<{ finishedAtMs: number }> {
  if (isClosing()) return handBack(job, token);
  const run: RunningJob = {
    jobId: job.id ?? '',
    abort: new AbortController(),
    lockConfirmedAtMs: performance.now(),
  };
  const { signal } = run.abort;
  cancelled.addEventListener('abort', () => {
    run.abort.abort(new PassingFailure('job-cancelled', `job ${run.jobId} was cancelled`));
  });
  const attempt = job.attemptsMade + 1;
  const context: JobContext = {
    jobId: run.jobId,
    attempt,
    isLastAttempt: attempt >= (job.opts.attempts ?? 1),
    signal,
    progress: progressWriter(job),
  };
  running.add(run);
  try {
    const handling = (async () => handler(job.data, context))();
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await Promise.race([handling, aborted]).catch(() => undefined);
    if (signal.aborted && !(await settledWithin(handling, SETTLE_MS))) {
      log.warn({ jobId: run.jobId }, 'a job did not stop when it was told to; it goes to another worker');
      return await handBack(job, token);
    }
    const outcome = await handling.catch((error: unknown) => {
      if (signal.aborted) return handBack(job, token);
      throw storedError(error);
    });
    if (outcome.kind === 'done') return { finishedAtMs: Date.now() };
    await job.moveToDelayed(Date.now() + outcome.delayMs, token);
    throw new DelayedError();
  } finally {
    running.delete(run);
  }
}
