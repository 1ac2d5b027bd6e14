/** Takes jobs from one queue: starts when the queue can be reached, watches its locks, and stops within its grace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type IQueueBackend, isNotConnectionError, Worker } from 'bullmq';
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import type { Consumer, JobHandler, Log, QueueName } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import type { BullmqBackend } from './bullmq-backend.ts';
import { backoffMs, bullmqName } from './bullmq-names.ts';
import { type RunningJob, runJob } from './bullmq-processor.ts';
import { pause, settledWithin, withDeadline } from './deadline.ts';

type AnyWorker = Worker<unknown, unknown, string, IQueueBackend, object, unknown>;

const START_AGAIN_MS = 1_000;
/** After the last handler was told to stop: time to hand its job back and to part from the queue. */
const PARTING_MS = 6_000;
/** With 5 a job survives that many deaths of workers; BullMQ's default of 1 would override its attempts. */
const MOST_STALLS = 5;

/** Time for the queue to take what the last handler gave back. */
const IDLE_PARTING_MS = 1_500;

interface ConsumerOptions {
  readonly backend: BullmqBackend;
  readonly queue: QueueName;
  readonly concurrency: number;
  readonly handler: JobHandler;
  readonly log: Log;
}

/** Aborts what is no longer known to be ours. Renewal failing is told by BullMQ; a queue that is away tells nothing. */
function watchLocks(worker: AnyWorker, running: ReadonlySet<RunningJob>, lockDurationMs: number): () => void {
  const lose = (run: RunningJob) =>
    run.abort.abort(new PassingFailure('lock-lost', `job ${run.jobId} may belong to another worker by now`));
  worker.on('locksRenewed', ({ jobIds }) => {
    for (const run of running) if (jobIds.includes(run.jobId)) run.lockConfirmedAtMs = performance.now();
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const run of running) if (jobIds.includes(run.jobId)) lose(run);
  });
  const timer = setInterval(() => {
    const oldest = performance.now() - lockDurationMs;
    for (const run of running) if (run.lockConfirmedAtMs < oldest) lose(run);
  }, lockDurationMs / 10);
  timer.unref();
  return () => clearInterval(timer);
}

async function startWorker(
  { backend, queue, concurrency, handler, log }: ConsumerOptions,
  running: Set<RunningJob>,
  stopping: AbortSignal,
): Promise<AnyWorker> {
  await backend.ready();
  await backend.assertSafe();
  const { lockDurationMs, stalledIntervalMs, drainDelaySeconds, answerDeadlineMs } = backend.tuning;
  const worker: AnyWorker = new Worker<unknown, unknown, string, IQueueBackend, object, unknown>(
    bullmqName(queue),
    // BullMQ passes a signal only to a processor that declares three parameters.
    async (job, token, signal) =>
      runJob(handler, job, token ?? '', signal ?? stopping, {
        running,
        isClosing: () => stopping.aborted,
        log,
      }),
    {
      connection: {},
      autorun: false,
      concurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      drainDelay: drainDelaySeconds,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: START_AGAIN_MS,
      settings: { backoffStrategy: backoffMs },
    },
    backend.factory,
  );
  worker.on('error', (error) => {
    if (!isNotConnectionError(error)) return;
    log.warn({ queue, reason: withoutCredentials(error.message) }, 'a worker met an error of the queue');
  });
  try {
    await withDeadline(
      worker.waitUntilReady(),
      answerDeadlineMs,
      () => new PassingFailure('queue-unreachable', `${backend.description} went away while a worker started`),
    );
  } catch (error) {
    await settledWithin(worker.close(true), answerDeadlineMs);
    throw error;
  }
  return worker;
}

/**
 * True once the worker is closed and no handler runs: while Redis is away BullMQ calls a worker closed before that.
 * False when `ms` have passed, or sooner when nothing runs and the queue does not answer.
 */
async function endsWithin(closing: Promise<void>, running: ReadonlySet<RunningJob>, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (let remainingMs = ms; remainingMs >= 0; remainingMs = deadline - performance.now()) {
    const closed = await settledWithin(closing, Math.min(remainingMs, running.size > 0 ? 20 : IDLE_PARTING_MS));
    if (running.size > 0) await sleep(20);
    else if (closed || ms > IDLE_PARTING_MS) return closed;
  }
  return false;
}

/**
 * Throws PermanentFailure('store-unsafe') when the queue would lose jobs. A queue that is away is waited for: jobs are
 * taken once it is back and proved safe.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { backend, queue, log } = options;
  const running = new Set<RunningJob>();
  const stopping = new AbortController();
  let worker: AnyWorker | undefined;
  let stopWatching = () => {};

  const run = (started: AnyWorker) => {
    worker = started;
    stopWatching = watchLocks(started, running, backend.tuning.lockDurationMs);
    started.run().catch((error: unknown) => {
      log.error({ queue, reason: withoutCredentials(messageOf(error)) }, 'a worker ended');
    });
  };
  const startWhenPossible = async (firstReason: string) => {
    let reason = firstReason;
    log.warn({ queue, reason }, 'jobs will be taken once the queue can be used');
    while (!stopping.signal.aborted) {
      await pause(START_AGAIN_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        run(await startWorker(options, running, stopping.signal));
        log.info({ queue }, 'jobs are taken again');
        return;
      } catch (error) {
        if (messageOf(error) !== reason) {
          reason = messageOf(error);
          log.error({ queue, reason }, 'jobs cannot be taken');
        }
      }
    }
  };

  let starting = Promise.resolve();
  try {
    run(await startWorker(options, running, stopping.signal));
  } catch (error) {
    if (error instanceof PermanentFailure) throw error;
    starting = startWhenPossible(messageOf(error));
  }

  return {
    close: async (graceMs) => {
      stopping.abort();
      await settledWithin(starting, PARTING_MS);
      if (worker === undefined) return;
      const closing = worker.close();
      if (!(await endsWithin(closing, running, graceMs))) {
        for (const job of running) {
          job.abort.abort(new PassingFailure('stopping', `this process must stop; job ${job.jobId} goes to another`));
        }
        if (!(await endsWithin(closing, running, PARTING_MS))) {
          log.warn({ queue }, 'a worker could not part from the queue in time; its jobs go on elsewhere');
        }
      }
      stopWatching();
    },
  };
}
