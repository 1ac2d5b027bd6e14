/** PGlite, a PostgreSQL inside this process, as the pool of connections that BullMQ expects. */
import { EventEmitter } from 'node:events';
import type { PGlite } from '@electric-sql/pglite';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';

/** All "connections" are the one database, which runs one query after the other. */
class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly #db: PGlite;
  readonly #listening: (() => Promise<void>)[] = [];
  constructor(db: PGlite) {
    super();
    this.#db = db;
    this.setMaxListeners(0);
  }
  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    const channel = /^\s*(?:--.*\s+)*LISTEN\s+"?(\w+)"?/i.exec(text)?.[1];
    if (channel !== undefined) {
      this.#listening.push(
        await this.#db.listen(channel, (payload) => this.emit('notification', { channel, payload })),
      );
      return { rows: [], rowCount: 0 };
    }
    if (params === undefined) {
      const results = await this.#db.exec(text);
      const last = results.at(-1);
      return {
        rows: (last?.rows ?? []) as R[],
        rowCount: last?.affectedRows ?? 0,
      };
    }
    const { rows, affectedRows } = await this.#db.query<R>(text, [...params]);
    // pg counts the rows of a SELECT; PGlite only those that changed.
    return { rows, rowCount: affectedRows || rows.length };
  }
  release(): void {
    for (const unlisten of this.#listening.splice(0)) void unlisten().catch(() => undefined);
  }
}

export class PglitePool extends PgliteClient implements PgPool {
  readonly #db: PGlite;
  constructor(db: PGlite) {
    super(db);
    this.#db = db;
  }
  async connect(): Promise<PgPoolClient> {
    return new PgliteClient(this.#db);
  }
  async end(): Promise<void> {
    // The database is closed by who opened it.
  }
}
