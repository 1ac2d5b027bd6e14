/** A lease in the bucket: at most one process at a time does something, without any lock server. */
import { z } from 'zod';
import { PreconditionFailed } from '../domain/failure.ts';
import { leaseKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { createRecord, readRecord, replaceRecord } from './records.ts';

const Lease = z.object({ owner: z.string(), turn: z.int(), ttlMs: z.int().positive() });
type Lease = z.infer<typeof Lease>;

/**
 * Clocks of several machines differ, so no time is written down: who finds a lease watches it, and takes it over when
 * it has not moved for its time to live by the watcher's own clock.
 */
export class LeaseKeeper {
  readonly #bucket: ObjectStore;
  readonly #key: string;
  readonly #owner: string;
  readonly #ttlMs: number;
  readonly #monotonicMs: () => number;
  #seen: { turn: string; sinceMs: number } | undefined;

  constructor(bucket: ObjectStore, name: string, owner: string, ttlMs: number, monotonicMs: () => number) {
    this.#bucket = bucket;
    this.#key = leaseKey(name);
    this.#owner = owner;
    this.#ttlMs = ttlMs;
    this.#monotonicMs = monotonicMs;
  }

  /** True: ours until the time to live from now. */
  async acquire(): Promise<boolean> {
    const current = await readRecord(this.#bucket, this.#key, Lease);
    if (!current) return createRecord(this.#bucket, this.#key, this.#next(0));
    if (current.value.owner !== '' && current.value.owner !== this.#owner && !this.#isAbandoned(current.value))
      return false;
    return this.#write(current.etag, this.#next(current.value.turn + 1));
  }

  /** Lets the next one have it at once. Fine when it was lost meanwhile. */
  async release(): Promise<void> {
    const current = await readRecord(this.#bucket, this.#key, Lease);
    if (current?.value.owner !== this.#owner) return;
    await this.#write(current.etag, { ...this.#next(current.value.turn + 1), owner: '' });
  }

  #isAbandoned(lease: Lease): boolean {
    const turn = `${lease.owner} ${lease.turn}`;
    if (this.#seen?.turn !== turn) this.#seen = { turn, sinceMs: this.#monotonicMs() };
    return this.#monotonicMs() - this.#seen.sinceMs >= lease.ttlMs;
  }

  #next(turn: number): Lease {
    return { owner: this.#owner, turn, ttlMs: this.#ttlMs };
  }

  async #write(etag: string, lease: Lease): Promise<boolean> {
    try {
      await replaceRecord(this.#bucket, this.#key, etag, lease);
      return true;
    } catch (error) {
      if (error instanceof PreconditionFailed) return false;
      throw error;
    }
  }
}
