/** The job queue on a PostgreSQL server. */
import { EventEmitter } from 'node:events';
import { createPostgresBackend, type PgPool, type PgPoolClient, runMigrations } from 'bullmq';
import pg from 'pg';
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import type { JobQueue, Log } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import { DEFAULT_TUNING, type QueueTuning } from './bullmq-backend.ts';
import { createBullmqQueue } from './bullmq-queue.ts';

const SCHEMA = 'bullmq';
const OLDEST_VERSION = 13;
/** Each worker and each watched queue keeps one for its notifications; the rest serve queries. */
const MOST_CONNECTIONS = 16;
/** A connection whose answers never come is given up after this long. */
const SILENCE_MS = 15_000;

/** No SQLSTATE, or one of: connection exception, operator intervention (shutdown, starting up), too many connections. */
function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code !== 'string' || /^(08|57P|53300)/.test(code) || /^E[A-Z]+$/.test(code);
}

/** BullMQ pauses between tries after ECONNREFUSED alone; anything else it repeats at once, thousands of times a second. */
function asConnectionError(error: unknown): unknown {
  if (!isOutage(error)) return error;
  return Object.assign(new Error(withoutCredentials(messageOf(error))), {
    code: 'ECONNREFUSED',
  });
}

/** A pg.Pool as BullMQ wants it. BullMQ adds listeners for each of its objects and never removes them. */
class BullmqPool extends EventEmitter implements PgPool {
  readonly #pool: pg.Pool;
  constructor(pool: pg.Pool) {
    super();
    this.#pool = pool;
    this.setMaxListeners(0);
    this.on('error', () => undefined);
    pool.on('error', (error) => this.emit('error', asConnectionError(error)));
  }
  async query<R>(text: string, params?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number | null }> {
    try {
      const { rows, rowCount } = await this.#pool.query(text, params && [...params]);
      return { rows, rowCount };
    } catch (error) {
      throw asConnectionError(error);
    }
  }
  async connect(): Promise<PgPoolClient> {
    try {
      // It is one; only pg's single generic `on` and BullMQ's overloads of it do not look alike to TypeScript.
      return (await this.#pool.connect()) as unknown as PgPoolClient;
    } catch (error) {
      throw asConnectionError(error);
    }
  }
  async end() {
    // The pool is ours to end, after all of BullMQ's objects.
  }
}

function descriptionOf(url: string): string {
  if (!URL.canParse(url)) {
    throw new PermanentFailure('bad-request', 'the queue URL is not a URL like postgres://user@host:5432/database');
  }
  const { hostname, port, pathname } = new URL(url);
  return `the queue at postgres://${hostname || '127.0.0.1'}:${port || 5432}${pathname}`;
}

/** Does not wait for the server. Tables and functions are made in the schema `bullmq` when it is first reached. */
export async function openPostgresQueue(url: string, log: Log, tuning: Partial<QueueTuning> = {}): Promise<JobQueue> {
  const settings = { ...DEFAULT_TUNING, ...tuning };
  const description = descriptionOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${SCHEMA}`,
    application_name: 'aftershow',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: settings.answerDeadlineMs * 0.9,
    query_timeout: SILENCE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const shared = new BullmqPool(pool);

  const migrate = async () => {
    const client = await pool.connect();
    try {
      const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
      const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
      if (version < OLDEST_VERSION) {
        const advice = `at least ${OLDEST_VERSION} is needed`;
        throw new PermanentFailure('store-unsafe', `${description} is PostgreSQL ${version}; ${advice}`);
      }
      await runMigrations(client, SCHEMA, { skipVersionCheck: true });
    } finally {
      client.release();
    }
  };
  let migrated: Promise<void> | undefined;
  const ready = async () => {
    try {
      migrated ??= migrate();
      await migrated;
      await pool.query('SELECT 1');
    } catch (error) {
      migrated = undefined;
      if (error instanceof PermanentFailure) throw error;
      const reason = withoutCredentials(messageOf(error));
      throw new PassingFailure(
        'queue-unreachable',
        `${description} cannot be reached (${reason}); is PostgreSQL running?`,
      );
    }
  };

  return createBullmqQueue(
    {
      description,
      tuning: settings,
      factory: (name, options, roles) => createPostgresBackend(name, { ...options, connection: shared }, roles),
      ready,
      assertSafe: async () => undefined,
      lastEventId: async (name) => {
        const found = await pool.query<{ id: string }>(
          `SELECT COALESCE(MAX(id), 0)::text AS id FROM ${SCHEMA}.event WHERE queue = $1`,
          [name],
        );
        return found.rows[0]?.id ?? '0';
      },
      disconnect: () => pool.end(),
    },
    log,
  );
}
