/** The JobQueue port on BullMQ, the same on every backend. */
import { FlowProducer, type IQueueBackend, Queue } from 'bullmq';
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import type { Consumer, JobQueue, Log, QueueName } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import { type AnyFlowProducer, type AnyQueue, addJob, type Producers } from './bullmq-add.ts';
import type { BullmqBackend } from './bullmq-backend.ts';
import { startConsumer } from './bullmq-consumer.ts';
import { bullmqName, jobProgress, jobState } from './bullmq-names.ts';
import { createWatcher } from './bullmq-watch.ts';
import { settledWithin, withDeadline } from './deadline.ts';

const PARTING_MS = 2_000;

interface Opened {
  waitUntilReady(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** BullMQ keeps a failed start for ever, so one that failed is thrown away and made anew with the next call. */
function keepOpen<T extends Opened>(backend: BullmqBackend, all: Set<Opened>, create: () => T): () => Promise<T> {
  let current: Promise<T> | undefined;
  const open = async () => {
    await backend.ready();
    const opened = create();
    all.add(opened);
    // Errors reach the caller through the calls; an unheard 'error' event would end the process.
    opened.on('error', () => undefined);
    try {
      await opened.waitUntilReady();
      return opened;
    } catch (error) {
      all.delete(opened);
      await settledWithin(opened.close(), PARTING_MS);
      throw error;
    }
  };
  return () => {
    current ??= open().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };
}

function createProducers(backend: BullmqBackend, all: Set<Opened>): Producers {
  const openQueue = (name: QueueName) =>
    keepOpen<AnyQueue>(
      backend,
      all,
      () =>
        new Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, unknown>(
          bullmqName(name),
          { connection: {} },
          backend.factory,
        ),
    );
  const queues = {
    render: openQueue('render'),
    publish: openQueue('publish'),
    feed: openQueue('feed'),
    notify: openQueue('notify'),
  };
  const flows = keepOpen<AnyFlowProducer>(
    backend,
    all,
    () => new FlowProducer<IQueueBackend, unknown>({ connection: {} }, backend.factory),
  );
  return { queue: (name) => queues[name](), flows };
}

/** When the oldest waiting job could first have been taken: a parent only since its last child finished. */
async function oldestWaitingSeconds(queue: AnyQueue): Promise<number> {
  const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
  if (oldest === undefined) return 0;
  const children = Object.values((await oldest.getChildrenValues()) ?? {});
  const finished = children.map((value) => Number((value as { finishedAtMs?: unknown } | null)?.finishedAtMs) || 0);
  const since = Math.max(oldest.timestamp + (oldest.opts.delay ?? 0), ...finished);
  return Math.max(0, (Date.now() - since) / 1000);
}

export function createBullmqQueue(backend: BullmqBackend, log: Log): JobQueue {
  const all = new Set<Opened>();
  const producers = createProducers(backend, all);
  const watcher = createWatcher(backend, log);
  const consumers = new Set<Consumer>();

  /** Every failure of the backend's is a passing one that names no credentials. */
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(
        question(),
        backend.tuning.answerDeadlineMs,
        () => new PassingFailure('queue-unreachable', `${backend.description} did not answer in time`),
      );
    } catch (error) {
      if (error instanceof PassingFailure || error instanceof PermanentFailure) throw error;
      const reason = withoutCredentials(messageOf(error));
      throw new PassingFailure('queue-unreachable', `${backend.description} could not do what was asked: ${reason}`);
    }
  };

  return {
    description: backend.description,
    add: (job) => ask(() => addJob(producers, job)),
    state: (name, jobId) => ask(async () => jobState(await (await producers.queue(name)).getJobState(jobId))),
    progressOf: (name, jobId) =>
      ask(async () => jobProgress((await (await producers.queue(name)).getJob(jobId))?.progress)),
    consume: async (queue, concurrency, handler) => {
      const consumer = await startConsumer({
        backend,
        queue,
        concurrency,
        handler,
        log,
      });
      consumers.add(consumer);
      return {
        close: async (graceMs) => {
          await consumer.close(graceMs);
          consumers.delete(consumer);
        },
      };
    },
    watch: (listener) => watcher.watch(listener),
    counts: (name) =>
      ask(async () => {
        const queue = await producers.queue(name);
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
        const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
        return {
          waiting,
          active,
          delayed,
          failed,
          oldestWaitingSeconds: await oldestWaitingSeconds(queue),
        };
      }),
    check: () =>
      ask(async () => {
        await backend.ready();
        await backend.assertSafe();
      }),
    close: async () => {
      await Promise.all([...consumers].map(async (consumer) => consumer.close(0)));
      await watcher.close();
      await Promise.all([...all].map(async (opened) => settledWithin(opened.close(), PARTING_MS)));
      await settledWithin(backend.disconnect(), PARTING_MS);
    },
  };
}
