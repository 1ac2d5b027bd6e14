/** Tells listeners of this process what happens to jobs in any process. One connection a queue, however many listen. */
import { type IQueueBackend, isNotConnectionError, QueueEvents } from 'bullmq';
import { messageOf } from '../../domain/failure.ts';
import { type JobEvent, type Log, QUEUE_NAMES, type QueueName } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import type { BullmqBackend } from './bullmq-backend.ts';
import { bullmqName, jobProgress } from './bullmq-names.ts';
import { pause, settledWithin } from './deadline.ts';

type AnyQueueEvents = QueueEvents<unknown, IQueueBackend, unknown>;
type Listener = (event: JobEvent) => void;

const START_AGAIN_MS = 1_000;
const PARTING_MS = 2_000;

export interface Watcher {
  /** Resolves when events flow, or after the backend's answer deadline while it is away: they flow when it is back. */
  watch(listener: Listener): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

function relay(events: AnyQueueEvents, queue: QueueName, tell: Listener): void {
  events.on('active', ({ jobId }) => tell({ queue, jobId, kind: 'active' }));
  events.on('completed', ({ jobId }) => tell({ queue, jobId, kind: 'completed' }));
  events.on('failed', ({ jobId }) => tell({ queue, jobId, kind: 'failed' }));
  events.on('progress', ({ jobId, data }) => {
    const progress = jobProgress(data);
    if (progress) tell({ queue, jobId, kind: 'progress', progress });
  });
}

export function createWatcher(backend: BullmqBackend, log: Log): Watcher {
  const listeners = new Set<Listener>();
  const stopping = new AbortController();
  const open = new Set<AnyQueueEvents>();
  let flowing: Promise<unknown> | undefined;

  const tell = (event: JobEvent) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error({ jobId: event.jobId, reason: messageOf(error) }, 'a listener to job events failed');
      }
    }
  };

  /** Runs until `stopping`; `started` is called when events flow for the first time. */
  const follow = async (queue: QueueName, started: () => void) => {
    let lastEventId: string | undefined;
    while (!stopping.signal.aborted) {
      let events: AnyQueueEvents | undefined;
      try {
        await backend.ready();
        lastEventId ??= await backend.lastEventId(bullmqName(queue));
        if (stopping.signal.aborted) return;
        events = new QueueEvents<unknown, IQueueBackend, unknown>(
          bullmqName(queue),
          { connection: {}, autorun: false, lastEventId },
          backend.factory,
        );
        open.add(events);
        events.on('error', (error) => {
          if (!isNotConnectionError(error) || stopping.signal.aborted) return;
          log.warn({ queue, reason: withoutCredentials(error.message) }, 'following job events met an error');
        });
        relay(events, queue, tell);
        await events.waitUntilReady();
        started();
        await events.run();
      } catch {
        // The queue is away: whoever uses it says so in the log. Once it is back, events go on from where they were.
      }
      if (events !== undefined) {
        open.delete(events);
        await settledWithin(events.close(), PARTING_MS);
      }
      await pause(START_AGAIN_MS, stopping.signal);
    }
  };

  return {
    watch: async (listener) => {
      listeners.add(listener);
      flowing ??= Promise.all(QUEUE_NAMES.map((queue) => new Promise<void>((started) => void follow(queue, started))));
      await settledWithin(flowing, backend.tuning.answerDeadlineMs);
      return async () => {
        listeners.delete(listener);
      };
    },
    close: async () => {
      stopping.abort();
      await Promise.all([...open].map(async (events) => settledWithin(events.close(), PARTING_MS)));
    },
  };
}
