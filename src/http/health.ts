/** /healthz (alive), /readyz (what it needs can be reached), /metrics (Prometheus). */
import { Hono } from 'hono';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { messageOf } from '../domain/failure.ts';
import { type JobQueue, type Log, type ObjectStore, QUEUE_NAMES, type QueueName } from '../pipeline/ports.ts';
import { PROBE_PREFIX } from '../storage/object-keys.ts';

const CHECK_TIMEOUT_MS = 3_000;

export interface HealthOptions {
  readonly bucket: ObjectStore;
  readonly queue: JobQueue;
  readonly log: Log;
}

export function health({ bucket, queue, log }: HealthOptions): Hono {
  const app = new Hono();
  const { registry, measure } = queueMetrics(queue);
  const check = async (name: string, task: Promise<unknown>) => {
    try {
      await within(task, CHECK_TIMEOUT_MS);
      return 'ok';
    } catch (error) {
      log.warn({ check: name, reason: messageOf(error) }, 'not ready');
      return 'unreachable';
    }
  };

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const [store, jobs] = await Promise.all([
      check('store', bucket.list(PROBE_PREFIX, { limit: 1 })),
      check('queue', queue.check()),
    ]);
    // Without its queue this server still takes webhooks; without its store it can promise nothing.
    return c.json({ store, queue: jobs }, store === 'ok' && jobs === 'ok' ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    await measure();
    return c.text(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  return app;
}

/** Gauges of the queues beside those of the process; `measure` asks the queues, so it comes before each reading. */
function queueMetrics(queue: JobQueue): { registry: Registry; measure: () => Promise<void> } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'aftershow_' });
  const jobs = new Gauge({
    name: 'aftershow_queue_jobs',
    help: 'Jobs by queue and state; none while the queue cannot be reached.',
    labelNames: ['queue', 'state'],
    registers: [registry],
  });
  const age = new Gauge({
    name: 'aftershow_queue_oldest_waiting_seconds',
    help: 'How long the oldest waiting job has waited; none while the queue cannot be reached.',
    labelNames: ['queue'],
    registers: [registry],
  });
  const measureOne = async (name: QueueName) => {
    // Bounded: a queue that is away must not hold up the scrape.
    const counts = await within(queue.counts(name), CHECK_TIMEOUT_MS).catch(() => undefined);
    if (!counts) return;
    const { oldestWaitingSeconds, ...states } = counts;
    for (const [state, count] of Object.entries(states)) jobs.set({ queue: name, state }, count);
    age.set({ queue: name }, oldestWaitingSeconds);
  };
  const measure = async () => {
    // What was true a while ago must not pass for what is.
    jobs.reset();
    age.reset();
    await Promise.all(QUEUE_NAMES.map(measureOne));
  };
  return { registry, measure };
}

async function within<T>(task: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}
