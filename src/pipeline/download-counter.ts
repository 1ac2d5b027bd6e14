/**
 * Counts downloads beside delivery: takes what was served, keeps who heard what as hashes in bounded memory, and writes
 * it to the bucket in batches. Addresses stay in memory, until the day's salt is there to hash them with, and no longer.
 */
import { randomBytes } from 'node:crypto';
import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { appOf } from '../downloads/apps.ts';
import { type Answer, leftOut } from '../downloads/countable.ts';
import { listenerHash } from '../downloads/listener.ts';
import { daysAfter, endOfDayMs, type UtcDay, utcDayOf } from '../downloads/utc-day.ts';
import { episodeOfAudioKey } from '../storage/object-keys.ts';
import { CountBatches } from './count-batches.ts';
import { DownloadFiles } from './download-files.ts';
import { saltOfDay } from './download-salts.ts';
import type { Clock, Log, ObjectStore } from './ports.ts';
import { backOff } from './records.ts';

/** What delivery tells of an answer that has ended. */
export interface ServedAudio extends Answer {
  readonly key: string;
  readonly fromByte: number;
  readonly address: string | undefined;
}

interface Waiting {
  readonly served: ServedAudio & { readonly address: string };
  readonly day: UtcDay;
}

const FLUSH_EVERY_MS = 30_000;
/** Batches are written early from this many listeners on. */
const FLUSH_AT_LISTENERS = 5_000;
/** Shortly before midnight the next day's salt is fetched, so that nobody waits for it. */
const AHEAD_MS = 10 * 60_000;
const CLOSING_MS = 5_000;

export interface CounterLimits {
  /** Listeners that are remembered until they are written; further ones are told as uncounted. */
  readonly listeners: number;
  /** Answers that wait for a salt which cannot be fetched. */
  readonly waiting: number;
}
const LIMITS: CounterLimits = { listeners: 50_000, waiting: 5_000 };

export class DownloadCounter {
  readonly #bucket: ObjectStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: CounterLimits;
  readonly #batches: CountBatches;
  readonly #salts = new Map<UtcDay, Uint8Array>();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  /** The last flush failed: the next one comes with the timer, not with the next listener. */
  #isAway = false;

  constructor(dependencies: { bucket: ObjectStore; clock: Clock; log: Log }, limits: CounterLimits = LIMITS) {
    this.#bucket = dependencies.bucket;
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
    this.#limits = limits;
    this.#batches = new CountBatches(dependencies.bucket, new DownloadFiles(dependencies.bucket), limits.listeners);
  }

  start(everyMs = FLUSH_EVERY_MS): void {
    this.#timer ??= setInterval(() => this.#flushQuietly(), everyMs).unref();
    this.#flushQuietly();
  }

  /** Takes microseconds, and throws nothing: delivery calls it. */
  served(served: ServedAudio): void {
    const ids = episodeOfAudioKey(served.key);
    if (!ids || leftOut(served) !== undefined) return;
    const day = utcDayOf(this.#clock.now());
    const { address } = served;
    if (address === undefined) this.#batches.leaveUncounted(ids.showId, day);
    else this.#take({ served: { ...served, address }, day }, ids.showId);
    const isUrgent = this.#batches.size >= FLUSH_AT_LISTENERS || this.#waiting.length > 0;
    if (isUrgent && !this.#isAway && !this.#flushing) this.#flushQuietly();
  }

  #take(waiting: Waiting, showId: ShowId): void {
    if (this.#salts.has(waiting.day)) this.#hear(waiting);
    else if (this.#waiting.length < this.#limits.waiting) this.#waiting.push(waiting);
    else this.#batches.leaveUncounted(showId, waiting.day);
  }

  /** Writes all that was counted before the call. Throws what the store throws; nothing is lost by that, the next one writes it. */
  flush(): Promise<void> {
    if (!this.#flushing) {
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
      });
      return this.#flushing;
    }
    // The one under way may have taken its batches before the last was counted: another follows, shared by all who ask.
    this.#following ??= this.#flushing
      .catch(() => undefined)
      .then(() => {
        this.#following = undefined;
        return this.flush();
      });
    return this.#following;
  }

  /** The last flush, tried for some seconds; what cannot be written by then is told. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const late = AbortSignal.timeout(CLOSING_MS);
    const isLate = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve(), { once: true }));
    let reason = 'the store did not answer';
    for (let tries = 0; !late.aborted; tries++) {
      if (this.#isEmpty && !this.#flushing) return;
      const isDone = this.flush().then(
        () => this.#isEmpty,
        (error: unknown) => {
          reason = messageOf(error);
          return false;
        },
      );
      if (await Promise.race([isDone, isLate])) return;
      await backOff(tries);
    }
    const listeners = this.#batches.size + this.#waiting.length;
    this.#log.error({ listeners, reason }, 'downloads could not be written before the end and are not counted');
  }

  get #isEmpty(): boolean {
    return this.#batches.isEmpty && this.#waiting.length === 0;
  }

  async #flush(): Promise<void> {
    const now = this.#clock.now();
    await this.#fetchSalts(now);
    for (const waiting of this.#waiting.splice(0)) this.#hear(waiting);
    const { uncounted } = await this.#batches.write();
    this.#isAway = false;
    if (uncounted > 0) {
      this.#log.warn({ uncounted }, 'more was served than could be counted: these answers are told as uncounted');
    }
  }

  #flushQuietly(): void {
    this.flush().catch((error: unknown) => {
      this.#isAway = true;
      const fields = { reason: messageOf(error), listeners: this.#batches.size };
      this.#log.warn(fields, 'downloads could not be written yet; they are kept and written later');
    });
  }

  #hear({ served, day }: Waiting): void {
    const ids = episodeOfAudioKey(served.key);
    const salt = this.#salts.get(day);
    if (!ids || !salt) return;
    const listener = listenerHash(salt, ids.episodeId, served.address, served.userAgent);
    this.#batches.add(ids.showId, day, served.key, {
      listener,
      app: appOf(served.userAgent),
      from: served.fromByte,
      to: served.fromByte + served.sentBytes,
    });
  }

  /** Of today, of tomorrow when that is near, and of yesterday where something still waits for it. */
  async #fetchSalts(now: Date): Promise<void> {
    const today = utcDayOf(now);
    for (const day of this.#salts.keys()) if (day < today) this.#salts.delete(day);
    const isLate = endOfDayMs(today) - now.getTime() < AHEAD_MS;
    for (const day of [today, ...(isLate ? [daysAfter(today, 1)] : [])]) {
      if (!this.#salts.has(day)) this.#salts.set(day, await saltOfDay(this.#bucket, day));
    }
    for (const { day } of this.#waiting) {
      // The day is over, and with it its salt: told apart from each other all the same, in this process.
      if (!this.#salts.has(day)) this.#salts.set(day, randomBytes(32));
    }
  }
}
