/** Who heard what, as a process collects it and writes it: bounded, in batches that are written once each, whatever fails. */
import { randomBytes } from 'node:crypto';
import { PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { withStretch } from '../downloads/byte-stretches.ts';
import type { Listener, OpenCounts } from '../downloads/observations.ts';
import type { UtcDay } from '../downloads/utc-day.ts';
import { episodeOfAudioKey, openCountsKey } from '../storage/object-keys.ts';
import type { DownloadFiles } from './download-files.ts';
import type { ObjectStore } from './ports.ts';

/** So a record stays far below what any reader takes, whatever its listeners fetched. */
const LISTENERS_A_BATCH = 5_000;

interface Batch {
  readonly showId: ShowId;
  readonly day: UtcDay;
  /** The same at every try: a write whose answer was lost is found done. */
  readonly name: string;
  readonly files: Map<string, Map<string, Listener>>;
  listeners: number;
  uncounted: number;
}

export interface HeardPart {
  readonly listener: string;
  readonly app: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export class CountBatches {
  readonly #bucket: ObjectStore;
  readonly #measures: DownloadFiles;
  readonly #maxListeners: number;
  readonly #writer = randomBytes(6).toString('hex');
  readonly #open = new Map<string, Batch>();
  readonly #sealed: Batch[] = [];
  #size = 0;
  #made = 0;

  constructor(bucket: ObjectStore, measures: DownloadFiles, maxListeners: number) {
    this.#bucket = bucket;
    this.#measures = measures;
    this.#maxListeners = maxListeners;
  }

  /** Listeners that are not written yet. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#sealed.length === 0;
  }

  add(showId: ShowId, day: UtcDay, key: string, { listener, app, from, to }: HeardPart): void {
    const batch = this.#batch(showId, day);
    const listeners = batch.files.get(key) ?? new Map<string, Listener>();
    const known = listeners.get(listener);
    if (!known && this.#size >= this.#maxListeners) {
      batch.uncounted++;
      return;
    }
    batch.files.set(key, listeners.set(listener, { app, bytes: withStretch(known?.bytes ?? [], from, to) }));
    if (known) return;
    batch.listeners++;
    this.#size++;
    if (batch.listeners >= LISTENERS_A_BATCH) this.#seal(batch);
  }

  leaveUncounted(showId: ShowId, day: UtcDay): void {
    this.#batch(showId, day).uncounted++;
  }

  /** Writes all there is, the oldest first; at the first failure the rest is kept. How many answers are told as uncounted. */
  async write(): Promise<{ uncounted: number }> {
    for (const batch of [...this.#open.values()]) this.#seal(batch);
    let uncounted = 0;
    for (let batch = this.#sealed[0]; batch; batch = this.#sealed[0]) {
      const record = await this.#record(batch);
      await this.#create(batch, record);
      uncounted += record.uncounted[batch.name] ?? 0;
      this.#sealed.shift();
      this.#size -= batch.listeners;
    }
    return { uncounted };
  }

  #batch(showId: ShowId, day: UtcDay): Batch {
    const key = `${showId}/${day}`;
    const existing = this.#open.get(key);
    if (existing) return existing;
    const name = `${this.#writer}-${this.#made++}`;
    const batch = { showId, day, name, files: new Map(), listeners: 0, uncounted: 0 };
    this.#open.set(key, batch);
    return batch;
  }

  #seal(batch: Batch): void {
    this.#open.delete(`${batch.showId}/${batch.day}`);
    this.#sealed.push(batch);
  }

  async #record({ showId, day, name, files, uncounted }: Batch): Promise<OpenCounts> {
    const counted: OpenCounts['files'] = [];
    let lost = uncounted;
    for (const [key, listeners] of files) {
      const measure = await this.#measure(key);
      const ids = episodeOfAudioKey(key);
      if (!measure || !ids) {
        lost += listeners.size;
        continue;
      }
      const heard = [...listeners].map(([listener, { app, bytes }]) => ({ listener, app, bytes: [...bytes] }));
      counted.push({ episodeId: ids.episodeId, name: ids.name, ...measure, heard });
    }
    return { showId, day, files: counted, uncounted: lost > 0 ? { [name]: lost } : {}, countedLines: [] };
  }

  /** A manifest that nobody can read holds up nobody else's counts. */
  async #measure(key: string) {
    return this.#measures.measure(key).catch((error: unknown) => {
      if (error instanceof PermanentFailure) return undefined;
      throw error;
    });
  }

  async #create({ showId, day, name }: Batch, record: OpenCounts): Promise<void> {
    try {
      const options = { contentType: 'application/json', condition: { absent: true } } as const;
      await this.#bucket.put(openCountsKey(showId, day, name), `${JSON.stringify(record)}\n`, options);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
}
