/** The job queue on a real Redis. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisQueue } from '../../src/adapters/queue/redis-queue.ts';
import type { JobQueue } from '../../src/pipeline/ports.ts';
import { eventually } from '../support/eventually.ts';
import { available } from '../support/programs.ts';
import { startRedis, type TestServer } from '../support/servers.ts';
import { jobQueueContract } from './job-queue.contract.ts';
import { recordingLog } from './queue-place.ts';

const done = { kind: 'done' } as const;

async function redis(...args: string[]): Promise<TestServer> {
  const server = await startRedis({ args });
  if (server === undefined) throw new Error('redis-server went missing');
  return server;
}

/** Runs `action` with a queue, and closes both whatever happens. */
async function withQueue(server: TestServer, url: string, action: (queue: JobQueue, log: string[]) => Promise<void>) {
  const log = recordingLog();
  const queue = await openRedisQueue(url, log, { lockDurationMs: 3_000, stalledIntervalMs: 500, drainDelaySeconds: 1 });
  try {
    await action(queue, log.lines);
  } finally {
    await queue.close();
    await server.stop();
  }
}

describe.skipIf(!available.redis)('on Redis', () => {
  let server: TestServer;
  let database = 0;
  beforeAll(async () => {
    server = await redis('--databases', '100');
  });
  afterAll(() => server.stop());

  jobQueueContract('the Redis queue', async () => ({ kind: 'redis', at: `${server.url}/${database++}` }));

  test('refuses a Redis that evicts, naming the command that repairs it', async () => {
    const evicting = await redis('--maxmemory-policy', 'allkeys-lru');
    await withQueue(evicting, evicting.url, async (queue) => {
      const command = `redis-cli -u ${evicting.url} CONFIG SET maxmemory-policy noeviction`;
      await expect(queue.check()).rejects.toMatchObject({
        name: 'PermanentFailure',
        code: 'store-unsafe',
        message: expect.stringContaining(command),
      });
      await expect(queue.consume('render', 1, async () => done)).rejects.toMatchObject({ code: 'store-unsafe' });
      const client = new Redis(evicting.url);
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      client.disconnect();
      await queue.check();
    });
  });

  test('finds the policy where CONFIG is forbidden, and names no password anywhere', async () => {
    const user = ['worker', 'on', '>geheim-9431', '~*', '&*', '+@all', '-config'];
    const guarded = await redis('--maxmemory-policy', 'volatile-ttl', '--user', ...user);
    await withQueue(guarded, guarded.url.replace('//', '//worker:geheim-9431@'), async (queue, log) => {
      const failure = await queue.check().catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({ code: 'store-unsafe' });
      expect(String(failure)).toContain('volatile-ttl');
      guarded.kill('SIGKILL');
      const away = await eventually('adding fails', () =>
        queue.add({ queue: 'render', jobId: 'render-x', payload: {} }).then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      );
      await eventually('the outage is logged', () => log.length > 0);
      for (const text of [queue.description, String(failure), String(away), ...log]) {
        expect(text).not.toContain('geheim-9431');
      }
    });
  });

  test('refuses a wrong password without repeating it', async () => {
    const guarded = await redis('--requirepass', 'right-one');
    await withQueue(guarded, guarded.url.replace('//', '//:wrong-one@'), async (queue) => {
      const failure = await queue.check().catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({ code: 'queue-unreachable', message: expect.stringContaining('WRONGPASS') });
      expect(String(failure)).not.toContain('wrong-one');
    });
  });

  test('opens while Redis is away, refuses jobs meanwhile, and works once it is there', async () => {
    const away = await redis();
    away.kill('SIGKILL');
    await withQueue(away, away.url, async (queue) => {
      const ran: unknown[] = [];
      await queue.consume('render', 1, async (payload) => {
        ran.push(payload);
        return done;
      });
      const events: string[] = [];
      await queue.watch(({ kind }) => events.push(kind));
      const job = { queue: 'render', jobId: 'render-late', payload: 'late' } as const;
      await expect(queue.check()).rejects.toMatchObject({ code: 'queue-unreachable' });
      await expect(queue.add(job)).rejects.toMatchObject({ name: 'PassingFailure', code: 'queue-unreachable' });
      await away.restart();
      await eventually('the job is taken', () =>
        queue.add(job).then(
          () => true,
          () => false,
        ),
      );
      await eventually('it ran', () => ran.length === 1);
      await eventually('its end is told', () => events.includes('completed'));
    });
  });

  test('takes no job from an unsafe Redis that came up later, until it is repaired', async () => {
    const away = await redis('--maxmemory-policy', 'allkeys-lru');
    away.kill('SIGKILL');
    await withQueue(away, away.url, async (queue, log) => {
      const ran: unknown[] = [];
      await queue.consume('render', 1, async (payload) => {
        ran.push(payload);
        return done;
      });
      await away.restart();
      await eventually('the refusal is logged', () => log.some((line) => line.includes('CONFIG SET')));
      await queue.add({ queue: 'render', jobId: 'render-u', payload: 'u' });
      expect(await queue.state('render', 'render-u')).toBe('waiting');
      expect(ran).toEqual([]);
      const client = new Redis(away.url);
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      client.disconnect();
      await eventually('it ran', () => ran.length === 1);
    });
  });

  test('rejects within bounds when Redis hangs, and works when it goes on', async () => {
    const hanging = await redis();
    await withQueue(hanging, hanging.url, async (queue) => {
      const job = { queue: 'render', jobId: 'render-h', payload: {} } as const;
      await queue.check();
      hanging.kill('SIGSTOP');
      await expect(queue.add(job)).rejects.toMatchObject({ code: 'queue-unreachable' });
      hanging.kill('SIGCONT');
      await eventually('it is taken', () =>
        queue.add(job).then(
          () => true,
          () => false,
        ),
      );
      expect(await queue.state('render', 'render-h')).toBe('waiting');
    });
  });

  test('aborts a job whose lock cannot be renewed, and runs it again when Redis is back', async () => {
    const pausing = await redis();
    await withQueue(pausing, pausing.url, async (queue) => {
      const reasons: unknown[] = [];
      let runs = 0;
      await queue.consume('render', 1, async (_payload, { signal }) => {
        runs++;
        if (runs > 1) return done;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        reasons.push(signal.reason);
        throw signal.reason;
      });
      await queue.add({ queue: 'render', jobId: 'render-lock', payload: {} });
      await eventually('it runs', () => runs === 1);
      pausing.kill('SIGSTOP');
      await eventually('it was aborted', () => reasons.length === 1);
      expect(reasons).toEqual([expect.objectContaining({ code: 'lock-lost' })]);
      pausing.kill('SIGCONT');
      await eventually('it ended', async () => (await queue.state('render', 'render-lock')) === 'completed');
      expect(runs).toBe(2);
    });
  });

  test('aborts a job that FLUSHALL took away, and runs new ones with the same worker', async () => {
    const flushed = await redis();
    await withQueue(flushed, flushed.url, async (queue) => {
      const reasons: unknown[] = [];
      const ran: unknown[] = [];
      await queue.consume('render', 1, async (payload, { signal }) => {
        ran.push(payload);
        if (payload !== 'long') return done;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        reasons.push(signal.reason);
        throw signal.reason;
      });
      const client = new Redis(flushed.url);
      await queue.add({ queue: 'render', jobId: 'render-0', payload: 'before' });
      await eventually('the first ran and the worker idles', async () => {
        return (await queue.state('render', 'render-0')) === 'completed';
      });
      await client.flushall();
      await queue.add({ queue: 'render', jobId: 'render-1', payload: 'after idle' });
      await eventually('it ran', () => ran.includes('after idle'));
      await queue.add({ queue: 'render', jobId: 'render-2', payload: 'long' });
      await eventually('the long one runs', () => ran.includes('long'));
      await client.flushall();
      await eventually('the long one was aborted', () => reasons.length === 1);
      expect(reasons).toEqual([expect.objectContaining({ code: 'lock-lost' })]);
      await queue.add({ queue: 'render', jobId: 'render-3', payload: 'after active' });
      await eventually('it ran', () => ran.includes('after active'));
      client.disconnect();
    });
  });

  test('closes although Redis is gone while a job runs', async () => {
    const gone = await redis();
    await withQueue(gone, gone.url, async (queue) => {
      let aborted = false;
      const consumer = await queue.consume('render', 1, async (_payload, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted = true;
        throw signal.reason;
      });
      await queue.add({ queue: 'render', jobId: 'render-g', payload: {} });
      await eventually('it runs', async () => (await queue.counts('render')).active === 1);
      gone.kill('SIGKILL');
      await consumer.close(100);
      expect(aborted).toBe(true);
    });
  });

  test('keeps no stack and no credentials of a failed job', async () => {
    const plain = await redis();
    await withQueue(plain, plain.url, async (queue) => {
      await queue.consume('render', 1, async () => {
        throw new Error('cannot reach https://user:hunter2@store.example/a');
      });
      await queue.add({ queue: 'render', jobId: 'render-s', payload: {}, attempts: 1 });
      await eventually('it failed', async () => (await queue.state('render', 'render-s')) === 'failed');
      const client = new Redis(plain.url);
      const stored = JSON.stringify(await client.hgetall('bull:aftershow-render:render-s'));
      client.disconnect();
      expect(stored).toContain('cannot reach https://store.example/a');
      expect(stored).not.toContain('hunter2');
      expect(stored).not.toContain('redis-queue.test');
    });
  });
});
