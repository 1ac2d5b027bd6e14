/** The days of a show: those that still run, as records of who heard what; those that are over, as numbers. */
import { randomBytes } from 'node:crypto';
import { messageOf, PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { type Addition, DayCounts, emptyDay, withCounts } from '../downloads/day-counts.ts';
import { Observations, OpenCounts } from '../downloads/observations.ts';
import { endOfDayMs, UtcDay, utcDayOf } from '../downloads/utc-day.ts';
import { dayCountsKey, OPEN_COUNTS_PREFIX, openCountsKey, partsOfOpenCountsKey } from '../storage/object-keys.ts';
import { forgetOldSalts } from './download-salts.ts';
import type { Clock, Log, ObjectStore } from './ports.ts';
import { backOff, changeRecord, createRecord, listAll, readRecord, replaceRecord } from './records.ts';

/** What servers write a little late still meets the others of its day. */
const CLOSE_AFTER_MS = 3_600_000;
/** From then on the numbers of a day grow no more, unless a log of it is imported. */
export const isDayOver = (day: UtcDay, now: Date) => endOfDayMs(day) + CLOSE_AFTER_MS <= now.getTime();

/** Open records of a running day are united from this many on, in pieces that stay small. */
const UNITE_FROM = 20;
const UNITE_BYTES = 8 * 1024 * 1024;
const MAX_TRIES = 20;

export interface DayDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

interface OpenRecord {
  readonly key: string;
  readonly name: string;
  readonly lengthBytes: number;
}

interface OpenDay {
  readonly showId: ShowId;
  readonly day: UtcDay;
  readonly records: OpenRecord[];
}

/** What lies below `prefix` of days that nobody has counted up yet. */
export async function listOpenDays(bucket: ObjectStore, prefix = OPEN_COUNTS_PREFIX): Promise<OpenDay[]> {
  const days = new Map<string, OpenDay>();
  for await (const { key, lengthBytes } of listAll(bucket, prefix)) {
    const parts = partsOfOpenCountsKey(key);
    const day = UtcDay.safeParse(parts?.day);
    if (!parts || !day.success) continue;
    const id = `${parts.showId}/${day.data}`;
    const found = days.get(id) ?? { showId: parts.showId, day: day.data, records: [] };
    days.set(id, { ...found, records: [...found.records, { key, name: parts.name, lengthBytes }] });
  }
  return [...days.values()];
}

/** Adds the records up; those that are gone meanwhile, or that nobody can read (`unreadable` is told), are not in it. */
export async function observe(
  bucket: ObjectStore,
  records: readonly OpenRecord[],
  unreadable: (key: string, error: PermanentFailure) => void = () => {},
): Promise<{ observations: Observations; read: readonly OpenRecord[] }> {
  const observations = new Observations();
  const read: OpenRecord[] = [];
  for (const record of records) {
    const found = await readRecord(bucket, record.key, OpenCounts).catch((error: unknown) => {
      if (!(error instanceof PermanentFailure)) throw error;
      unreadable(record.key, error);
      return undefined;
    });
    if (!found) continue;
    observations.add(found.value);
    read.push(record);
  }
  return { observations, read };
}

export async function readDay(bucket: ObjectStore, showId: ShowId, day: UtcDay): Promise<DayCounts | undefined> {
  return (await readRecord(bucket, dayCountsKey(showId, day), DayCounts))?.value;
}

/** Adds numbers to a day by compare-and-swap. `addition` sees what is there, and gives undefined for nothing to add. */
export async function addToDay(
  bucket: ObjectStore,
  showId: ShowId,
  day: UtcDay,
  addition: (current: DayCounts) => Addition | undefined,
): Promise<void> {
  const key = dayCountsKey(showId, day);
  if (!(await bucket.head(key))) await createRecord(bucket, key, emptyDay(showId, day));
  await changeRecord(bucket, key, DayCounts, (current) => {
    const added = addition(current);
    return added && withCounts(current, added);
  });
}

/** Counts up what is over, unites what is many, and forgets the salts of yesterday. One day's trouble hides no other. */
export class DownloadTidying {
  readonly #dependencies: DayDependencies;
  constructor(dependencies: DayDependencies) {
    this.#dependencies = dependencies;
  }

  async tidy(signal?: AbortSignal): Promise<{ closed: number; united: number }> {
    const { bucket, clock, log } = this.#dependencies;
    const report = { closed: 0, united: 0 };
    await forgetOldSalts(bucket, clock.now());
    for (const day of await listOpenDays(bucket)) {
      if (signal?.aborted) break;
      const now = clock.now();
      const id = { show: day.showId, day: day.day };
      try {
        if (isDayOver(day.day, now)) {
          await this.#close(day);
          report.closed++;
        } else if (day.records.length >= UNITE_FROM && day.day === utcDayOf(now)) {
          if (await this.#unite(day)) report.united++;
        }
      } catch (error) {
        log.error(
          { ...id, reason: messageOf(error) },
          'the downloads of a day could not be counted up; sweep tries again',
        );
      }
    }
    return report;
  }

  /** First the numbers with the names of what is in them, then the records go: whatever stops it, the next goes on. */
  async #close({ showId, day, records }: OpenDay): Promise<void> {
    const { bucket } = this.#dependencies;
    const key = dayCountsKey(showId, day);
    if (!(await bucket.head(key))) await createRecord(bucket, key, emptyDay(showId, day));
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const current = await readRecord(bucket, key, DayCounts);
      if (!current) throw new PermanentFailure('internal', `${key} went away while it was written`);
      const isIncluded = ({ name }: OpenRecord) => current.value.included.includes(name);
      const { observations, read } = await observe(
        bucket,
        records.filter((record) => !isIncluded(record)),
        this.#unreadable,
      );
      try {
        if (read.length > 0) {
          const counted = withCounts(current.value, {
            counts: observations.counts(),
            uncounted: observations.uncounted,
            included: read.map(({ name }) => name),
            countedLines: observations.countedLines,
          });
          await replaceRecord(bucket, key, current.etag, counted);
        }
        for (const record of [...records.filter(isIncluded), ...read]) await bucket.delete(record.key);
        return;
      } catch (error) {
        if (!(error instanceof PreconditionFailed)) throw error;
        await backOff(tries);
      }
    }
  }

  /** One record says what many said. Written before they go: until then both are there, and their union is the same. */
  async #unite({ showId, day, records }: OpenDay): Promise<boolean> {
    const { bucket } = this.#dependencies;
    let bytes = 0;
    const small = records
      .toSorted((a, b) => a.lengthBytes - b.lengthBytes)
      .filter(({ lengthBytes }) => {
        bytes += lengthBytes;
        return bytes <= UNITE_BYTES;
      });
    // Large ones stay as they are: uniting them again and again would read the whole day each time.
    if (small.length < UNITE_FROM / 2) return false;
    const { observations, read } = await observe(bucket, small, this.#unreadable);
    const name = `united-${randomBytes(6).toString('hex')}`;
    const record = JSON.stringify(observations.toRecord(showId, day));
    await bucket.put(openCountsKey(showId, day, name), `${record}\n`, { contentType: 'application/json' });
    for (const { key } of read) await bucket.delete(key);
    return true;
  }

  readonly #unreadable = (key: string, { message }: PermanentFailure) =>
    this.#dependencies.log.error({ key, reason: message }, 'counts that nobody can read are left where they are');
}
