/**
 * The job queue in a folder, with nothing to install: BullMQ on PGlite, in this process. Two processes on one folder
 * destroy it: hold the data folder's lock.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, runMigrations } from 'bullmq';
import { messageOf, PassingFailure } from '../../domain/failure.ts';
import type { JobQueue, Log } from '../../pipeline/ports.ts';
import { DEFAULT_TUNING, type QueueTuning } from './bullmq-backend.ts';
import { createBullmqQueue } from './bullmq-queue.ts';
import { PglitePool } from './pglite-pool.ts';

const SCHEMA = 'bullmq';

const EMBEDDED_TUNING: QueueTuning = {
  ...DEFAULT_TUNING,
  // Looking costs next to nothing here, and after a crash it is what starts the jobs again.
  stalledIntervalMs: 2_000,
  // It cannot be away, only slow while ffmpeg has the processor.
  answerDeadlineMs: 15_000,
};

async function openDatabase(folder: string): Promise<PGlite> {
  const db = await PGlite.create(folder);
  await runMigrations(new PglitePool(db), SCHEMA, { skipVersionCheck: true });
  await db.exec(`SET search_path TO ${SCHEMA}`);
  // Whoever held these locks is gone, or this folder would be locked: do not wait for them to expire.
  await db.exec(`UPDATE job SET locked_until_ms = 0 WHERE state = 'active'`);
  return db;
}

/** Made under another name, so that a kill in the middle leaves no half database behind. */
async function createDatabase(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const db = await openDatabase(draft);
  await db.close();
  await rename(draft, folder);
}

/** The bucket knows what is to be done, so a queue that cannot be read is put aside rather than mourned. */
async function openOrReplace(folder: string, log: Log): Promise<PGlite> {
  if (!existsSync(folder)) await createDatabase(folder);
  try {
    return await openDatabase(folder);
  } catch (error) {
    const aside = `${folder}.broken-${Date.now()}`;
    log.error({ reason: messageOf(error), aside }, 'the embedded queue could not be read; it starts empty');
    await rename(folder, aside);
    await createDatabase(folder);
    return openDatabase(folder);
  }
}

/** Creates the folder where needed (some seconds, once). */
export async function openEmbeddedQueue(
  folder: string,
  log: Log,
  tuning: Partial<QueueTuning> = {},
): Promise<JobQueue> {
  const db = await openOrReplace(folder, log);
  const pool = new PglitePool(db);
  const description = `the embedded queue in ${folder}`;
  return createBullmqQueue(
    {
      description,
      tuning: { ...EMBEDDED_TUNING, ...tuning },
      factory: (name, options, roles) => createPostgresBackend(name, { ...options, connection: pool }, roles),
      ready: async () => {
        if (db.closed) throw new PassingFailure('queue-unreachable', `${description} is closed`);
      },
      assertSafe: async () => undefined,
      lastEventId: async (name) => {
        const sql = 'SELECT COALESCE(MAX(id), 0)::text AS id FROM event WHERE queue = $1';
        const { rows } = await db.query<{ id: string }>(sql, [name]);
        return rows[0]?.id ?? '0';
      },
      disconnect: () => db.close(),
    },
    log,
  );
}
