/** What every job queue must do, whichever store is behind it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { PermanentFailure } from '../../src/domain/failure.ts';
import type { JobEvent, JobHandler, JobQueue } from '../../src/pipeline/ports.ts';
import { eventually } from '../support/eventually.ts';
import { openPlace, type QueuePlace, recordingLog } from './queue-place.ts';

const CHILD = fileURLToPath(new URL('./queue.child.ts', import.meta.url));

/** Starts a child on the queue and gives its lines as they come. It is killed with SIGKILL by `kill`. */
export function startChild(place: QueuePlace, task: 'hold' | 'add') {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, place.kind, place.at, task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    lines,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const done = { kind: 'done' } as const;
const tillAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

export function jobQueueContract(name: string, freshPlace: () => Promise<QueuePlace>): void {
  describe(name, () => {
    const open: JobQueue[] = [];
    const openAt = async (place: QueuePlace) => {
      const queue = await openPlace(place, recordingLog());
      open.push(queue);
      return queue;
    };
    const fresh = async () => openAt(await freshPlace());
    afterEach(async () => {
      for (const queue of open.splice(0)) await queue.close();
    });
    const reaches = (queue: JobQueue, jobId: string, state: string, of: 'render' | 'publish' = 'render') =>
      eventually(`${jobId} is ${state}`, async () => (await queue.state(of, jobId)) === state);

    test('runs a parent only after its child', async () => {
      const queue = await fresh();
      const order: string[] = [];
      const note: JobHandler = async (_payload, { jobId }) => {
        order.push(jobId);
        return done;
      };
      await queue.consume('publish', 1, note);
      const child = { queue: 'render', jobId: 'render-a', payload: 1 } as const;
      await queue.add({ queue: 'publish', jobId: 'publish-a', payload: 2, children: [child] });
      expect(await queue.state('publish', 'publish-a')).toBe('waiting-children');
      await queue.consume('render', 1, note);
      await reaches(queue, 'publish-a', 'completed', 'publish');
      expect(order).toEqual(['render-a', 'publish-a']);
    });

    test('tries a failed child again when its flow is added again, and then runs the parent', async () => {
      const queue = await fresh();
      let broken = true;
      await queue.consume('render', 1, async () => {
        if (broken) throw new PermanentFailure('all-silent', 'nothing to hear');
        return done;
      });
      const published: unknown[] = [];
      await queue.consume('publish', 1, async (payload) => {
        published.push(payload);
        return done;
      });
      const child = { queue: 'render', jobId: 'render-b', payload: {} } as const;
      const flow = { queue: 'publish', jobId: 'publish-b', payload: 'b', children: [child] } as const;
      await queue.add(flow);
      await reaches(queue, 'render-b', 'failed');
      expect(await queue.state('publish', 'publish-b')).toBe('waiting-children');
      expect(published).toEqual([]);
      broken = false;
      await queue.add(flow);
      await reaches(queue, 'publish-b', 'completed', 'publish');
      expect(published).toEqual(['b']);
    });

    test('runs a parent whose child had finished before the flow was added', async () => {
      const queue = await fresh();
      await queue.consume('render', 1, async () => done);
      await queue.consume('publish', 1, async () => done);
      const child = { queue: 'render', jobId: 'render-c', payload: {} } as const;
      await queue.add(child);
      await reaches(queue, 'render-c', 'completed');
      await queue.add({ queue: 'publish', jobId: 'publish-c', payload: {}, children: [child] });
      await reaches(queue, 'publish-c', 'completed', 'publish');
    });

    test('keeps a delayed job back while later ones run', async () => {
      const queue = await fresh();
      const order: string[] = [];
      await queue.add({ queue: 'render', jobId: 'render-slow', payload: {}, delayMs: 1_500 });
      await queue.add({ queue: 'render', jobId: 'render-quick', payload: {} });
      expect(await queue.state('render', 'render-slow')).toBe('delayed');
      await queue.consume('render', 1, async (_payload, { jobId }) => {
        order.push(jobId);
        return done;
      });
      await reaches(queue, 'render-slow', 'completed');
      expect(order).toEqual(['render-quick', 'render-slow']);
    });

    test('puts a job off when asked to, without counting an attempt', async () => {
      const queue = await fresh();
      const attempts: number[] = [];
      await queue.consume('render', 1, async (_payload, { attempt }) => {
        attempts.push(attempt);
        return attempts.length < 8 ? { kind: 'later', delayMs: 30 } : done;
      });
      await queue.add({ queue: 'render', jobId: 'render-later', payload: {}, attempts: 3 });
      await reaches(queue, 'render-later', 'completed');
      expect(attempts).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    });

    test('tries again with a pause what failed in passing, and says which attempt is the last', async () => {
      const queue = await fresh();
      const seen: [number, boolean][] = [];
      await queue.consume('render', 1, async (_payload, { attempt, isLastAttempt }) => {
        seen.push([attempt, isLastAttempt]);
        if (attempt < 3) throw new Error('the store was away');
        return done;
      });
      await queue.add({ queue: 'render', jobId: 'render-retry', payload: {}, attempts: 3 });
      await reaches(queue, 'render-retry', 'delayed');
      await reaches(queue, 'render-retry', 'completed');
      expect(seen).toEqual([
        [1, false],
        [2, false],
        [3, true],
      ]);
    });

    test('fails a job at once on a permanent failure, and tries it afresh when it is added again', async () => {
      const queue = await fresh();
      const attempts: number[] = [];
      await queue.consume('render', 1, async (_payload, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length === 1) throw new PermanentFailure('no-usable-track', 'no track can be used');
        return done;
      });
      const job = { queue: 'render', jobId: 'render-bad', payload: {} } as const;
      await queue.add(job);
      await reaches(queue, 'render-bad', 'failed');
      expect(attempts).toEqual([1]);
      await queue.add(job);
      await reaches(queue, 'render-bad', 'completed');
      expect(attempts).toEqual([1, 1]);
    });

    test('changes nothing when a known job is added again', async () => {
      const queue = await fresh();
      const payloads: unknown[] = [];
      await queue.add({ queue: 'render', jobId: 'render-once', payload: 'first' });
      await queue.add({ queue: 'render', jobId: 'render-once', payload: 'second' });
      await queue.consume('render', 1, async (payload) => {
        payloads.push(payload);
        return done;
      });
      await reaches(queue, 'render-once', 'completed');
      await queue.add({ queue: 'render', jobId: 'render-once', payload: 'third' });
      await queue.add({ queue: 'render', jobId: 'render-other', payload: 'other' });
      await reaches(queue, 'render-other', 'completed');
      expect(payloads).toEqual(['first', 'other']);
      expect(await queue.state('render', 'render-unknown')).toBe('absent');
    });

    test('shows the progress of a job to who asks and who watches, even beside a listener that throws', async () => {
      const queue = await fresh();
      const events: JobEvent[] = [];
      await queue.watch(() => {
        throw new Error('a bad listener');
      });
      const unwatch = await queue.watch((event) => events.push(event));
      let finish = () => {};
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      await queue.consume('render', 1, async (_payload, context) => {
        await context.progress({ stage: 'mixing', percent: 40 });
        await held;
        return done;
      });
      await queue.add({ queue: 'render', jobId: 'render-p', payload: {} });
      const progress = await eventually('progress is stored', () => queue.progressOf('render', 'render-p'));
      expect(progress).toEqual({ stage: 'mixing', percent: 40 });
      finish();
      await eventually('completion is told', () => events.some((event) => event.kind === 'completed'));
      expect(events.map(({ kind }) => kind)).toEqual(['active', 'progress', 'completed']);
      expect(events[1]).toEqual({
        queue: 'render',
        jobId: 'render-p',
        kind: 'progress',
        progress: { stage: 'mixing', percent: 40 },
      });
      await unwatch();
    });

    test('folds jobs of one key: never two at once, at most one waits, and the last payload is seen', async () => {
      const queue = await fresh();
      const payloads: unknown[] = [];
      let active = 0;
      let mostActive = 0;
      const handle: JobHandler = async (payload) => {
        active++;
        mostActive = Math.max(mostActive, active);
        payloads.push(payload);
        await sleep(300);
        active--;
        return done;
      };
      await queue.consume('feed', 3, handle);
      const add = (payload: number) =>
        queue.add({ queue: 'feed', jobId: 'feed-show', payload, deduplicationKey: 'feed-show' });
      await add(0);
      await eventually('the first runs', () => payloads.length === 1);
      for (let number = 1; number <= 20; number++) await add(number);
      await eventually('the last payload was seen and all is quiet', () => payloads.at(-1) === 20 && active === 0);
      expect(mostActive).toBe(1);
      expect(payloads.length).toBeLessThanOrEqual(3);
      await add(21);
      await eventually('a later one runs again', () => payloads.at(-1) === 21);
    });

    test('gives a waiting job of a key the latest payload', async () => {
      const queue = await fresh();
      for (const payload of ['old', 'newer', 'newest']) {
        await queue.add({ queue: 'feed', jobId: 'feed-w', payload, deduplicationKey: 'w' });
      }
      expect((await queue.counts('feed')).waiting).toBe(1);
      const payloads: unknown[] = [];
      await queue.consume('feed', 1, async (payload) => {
        payloads.push(payload);
        return done;
      });
      await eventually('it ran', () => payloads.length > 0);
      expect(payloads).toEqual(['newest']);
    });

    test('gives the job of a killed worker to another, without counting an attempt', async () => {
      const place = await freshPlace();
      const first = await openAt(place);
      await first.add({ queue: 'render', jobId: 'render-orphan', payload: 'kept' });
      await first.close();
      const child = startChild(place, 'hold');
      await eventually('the child holds the job', () => child.lines.includes('holding render-orphan'));
      await child.kill();
      const queue = await openAt(place);
      const seen: unknown[] = [];
      await queue.consume('render', 1, async (payload, { attempt }) => {
        seen.push([payload, attempt]);
        return done;
      });
      await reaches(queue, 'render-orphan', 'completed');
      expect(seen).toEqual([['kept', 1]]);
    });

    test('lets a running job finish when its consumer closes, and takes no other', async () => {
      const queue = await fresh();
      const started: string[] = [];
      const consumer = await queue.consume('render', 1, async (_payload, { jobId }) => {
        started.push(jobId);
        await sleep(400);
        return done;
      });
      await queue.add({ queue: 'render', jobId: 'render-one', payload: {} });
      await queue.add({ queue: 'render', jobId: 'render-two', payload: {} });
      await eventually('the first runs', () => started.length === 1);
      await consumer.close(10_000);
      expect(await queue.state('render', 'render-one')).toBe('completed');
      expect(await queue.state('render', 'render-two')).toBe('waiting');
      expect(started).toEqual(['render-one']);
    });

    test('aborts what outlives the grace of closing and hands it to another consumer', async () => {
      const queue = await fresh();
      let reason: unknown;
      const consumer = await queue.consume('render', 1, async (_payload, { signal }) => {
        await queue.add({ queue: 'publish', jobId: 'publish-marker', payload: {} });
        return tillAborted(signal).catch((error: unknown) => {
          reason = error;
          throw error;
        });
      });
      await queue.add({ queue: 'render', jobId: 'render-long', payload: {} });
      await reaches(queue, 'publish-marker', 'waiting', 'publish');
      await consumer.close(100);
      expect(reason).toMatchObject({ code: 'stopping' });
      expect(await queue.state('render', 'render-long')).toBe('waiting');
      const attempts: number[] = [];
      await queue.consume('render', 1, async (_payload, { attempt }) => {
        attempts.push(attempt);
        return done;
      });
      await reaches(queue, 'render-long', 'completed');
      expect(attempts).toEqual([1]);
    });

    test('counts what waits, runs, is delayed and failed, and for how long the oldest has waited', async () => {
      const queue = await fresh();
      expect(await queue.counts('render')).toEqual({
        waiting: 0,
        active: 0,
        delayed: 0,
        failed: 0,
        oldestWaitingSeconds: 0,
      });
      let running = false;
      const consumer = await queue.consume('render', 1, async (payload, { signal }) => {
        if (payload === 'fail') throw new PermanentFailure('internal', 'as asked');
        running = true;
        return tillAborted(signal);
      });
      await queue.add({ queue: 'render', jobId: 'render-f', payload: 'fail' });
      await reaches(queue, 'render-f', 'failed');
      await queue.add({ queue: 'render', jobId: 'render-run', payload: 'run' });
      await eventually('it runs', () => running);
      await queue.add({ queue: 'render', jobId: 'render-w1', payload: {} });
      await queue.add({ queue: 'render', jobId: 'render-w2', payload: {} });
      await queue.add({ queue: 'render', jobId: 'render-d', payload: {}, delayMs: 60_000 });
      const counts = await eventually('a second has passed', async () => {
        const now = await queue.counts('render');
        return now.oldestWaitingSeconds >= 1 && now;
      });
      expect(counts).toMatchObject({ waiting: 2, active: 1, delayed: 1, failed: 1 });
      await consumer.close(0);
    });

    test('passes its check', async () => {
      const queue = await fresh();
      await expect(queue.check()).resolves.toBeUndefined();
    });
  });
}
