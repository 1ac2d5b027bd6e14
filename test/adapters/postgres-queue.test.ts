/** The job queue on a real PostgreSQL. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresQueue } from '../../src/adapters/queue/postgres-queue.ts';
import { eventually } from '../support/eventually.ts';
import { available } from '../support/programs.ts';
import { startPostgres, type TestServer } from '../support/servers.ts';
import { jobQueueContract } from './job-queue.contract.ts';
import { recordingLog } from './queue-place.ts';

const done = { kind: 'done' } as const;

describe.skipIf(!available.postgres)('on PostgreSQL', () => {
  let server: TestServer;
  let databases = 0;
  beforeAll(async () => {
    const started = await startPostgres();
    if (started === undefined) throw new Error('postgres went missing');
    server = started;
  });
  afterAll(() => server.stop());

  const freshDatabase = async () => {
    const client = new pg.Client(server.url);
    await client.connect();
    const name = `queue_${databases++}`;
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return server.url.replace(/\/postgres$/, `/${name}`);
  };

  jobQueueContract('the PostgreSQL queue', async () => ({ kind: 'postgres', at: await freshDatabase() }));

  test('lets two processes prepare the same database at once', async () => {
    const url = await freshDatabase();
    const queues = await Promise.all([openPostgresQueue(url, recordingLog()), openPostgresQueue(url, recordingLog())]);
    await Promise.all(
      queues.map((queue, number) => queue.add({ queue: 'render', jobId: `render-${number}-x`, payload: {} })),
    );
    expect((await queues[0].counts('render')).waiting).toBe(2);
    for (const queue of queues) await queue.close();
  });

  test('rejects while the server is away, without the password, and goes on with the same worker after', async () => {
    const url = (await freshDatabase()).replace('postgres@', 'postgres:geheim-9431@');
    const log = recordingLog();
    const queue = await openPostgresQueue(url, log, { stalledIntervalMs: 500, drainDelaySeconds: 1 });
    const ran: unknown[] = [];
    await queue.consume('render', 1, async (payload) => {
      ran.push(payload);
      return done;
    });
    const events: string[] = [];
    await queue.watch(({ jobId, kind }) => events.push(`${kind} ${jobId}`));
    await queue.add({ queue: 'render', jobId: 'render-before', payload: 'before' });
    await eventually('it ran', () => ran.includes('before'));
    server.kill('SIGQUIT');
    const job = { queue: 'render', jobId: 'render-after', payload: 'after' } as const;
    const failure = await eventually('adding fails', () =>
      queue.add(job).then(
        () => undefined,
        (error: unknown) => error as Error,
      ),
    );
    expect(failure).toMatchObject({ name: 'PassingFailure', code: 'queue-unreachable' });
    await expect(queue.check()).rejects.toMatchObject({ code: 'queue-unreachable' });
    await server.restart();
    await eventually('the job is taken', () =>
      queue.add(job).then(
        () => true,
        () => false,
      ),
    );
    await eventually('it ran', () => ran.includes('after'));
    await eventually('its end is told', () => events.includes('completed render-after'));
    await queue.close();
    for (const text of [queue.description, String(failure), ...log.lines]) expect(text).not.toContain('geheim-9431');
  });
});
