/** Counts what others served: access logs of a CDN, a bucket or a web server, by the same rules, each line once. */
import { randomBytes } from 'node:crypto';
import { PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import type { LogRequest } from '../downloads/access-log.ts';
import { appOf } from '../downloads/apps.ts';
import { leftOut } from '../downloads/countable.ts';
import { listenerHash } from '../downloads/listener.ts';
import type { CountedLines, Observations } from '../downloads/observations.ts';
import { daysAfter, type UtcDay, utcDayOf } from '../downloads/utc-day.ts';
import { episodeOfAudioKey, openCountsKey, openCountsPrefix } from '../storage/object-keys.ts';
import { addToDay, listOpenDays, observe, readDay } from './download-days.ts';
import { DownloadFiles } from './download-files.ts';
import { saltOfDay } from './download-salts.ts';
import { type ImportedDay, ImportedDays, LogShare } from './log-share.ts';
import { type ImportedFile, LogProblem, type LogSource, LogTally, linesOfLog } from './log-tally.ts';
import type { Clock, ObjectStore } from './ports.ts';

export interface ImportDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

export interface ImportReport {
  readonly files: readonly ImportedFile[];
  readonly days: readonly { readonly showId: ShowId; readonly day: UtcDay; readonly downloads: number }[];
}

const LISTENERS_A_RECORD = 5_000;

export async function importLogs(
  sources: readonly LogSource[],
  dependencies: ImportDependencies,
): Promise<ImportReport> {
  const run = new ImportRun(dependencies);
  const files: ImportedFile[] = [];
  for (const source of sources) files.push(await run.read(source));
  return { files, days: await run.write() };
}

class ImportRun {
  readonly #bucket: ObjectStore;
  readonly #measures: DownloadFiles;
  readonly #today: UtcDay;
  readonly #imported = new ImportedDays();
  readonly #salts = new Map<UtcDay, Uint8Array>();
  readonly #known = new Map<string, readonly CountedLines[]>();

  constructor({ bucket, clock }: ImportDependencies) {
    this.#bucket = bucket;
    this.#measures = new DownloadFiles(bucket);
    this.#today = utcDayOf(clock.now());
  }

  /** A file that breaks off, or is no log, counts for nothing, and the others go on. What the store throws is thrown. */
  async read(source: LogSource): Promise<ImportedFile> {
    const shares = new Map<string, LogShare>();
    const tally = new LogTally(source.name);
    try {
      for await (const text of linesOfLog(source)) {
        const { request } = tally.read(text);
        if (request) await this.#hear(request, text ?? '', shares, tally);
      }
      tally.finish();
    } catch (error) {
      if (!(error instanceof LogProblem)) throw error;
      return tally.failed(error.message);
    }
    for (const share of shares.values()) this.#imported.add(share);
    const alreadyCounted = [...shares.values()].reduce((sum, share) => sum + share.alreadyCounted, 0);
    return tally.report(alreadyCounted);
  }

  /** Only now, so that a listener in several files of this import is one. */
  async write(): Promise<ImportReport['days'][number][]> {
    const days: ImportReport['days'][number][] = [];
    for (const imported of this.#imported.all()) {
      const { showId, day, observations } = imported;
      if (day === this.#today) await this.#writeOpen(imported);
      else await this.#addNumbers(imported);
      const counts = [...observations.counts().values()].flatMap((apps) => [...apps.values()]);
      days.push({ showId, day, downloads: counts.reduce((sum, count) => sum + count, 0) });
    }
    return days.toSorted((a, b) => (`${a.showId} ${a.day}` < `${b.showId} ${b.day}` ? -1 : 1));
  }

  async #hear(request: LogRequest, text: string, shares: Map<string, LogShare>, tally: LogTally): Promise<void> {
    const key = audioKeyOf(request.path);
    const ids = key === undefined ? undefined : episodeOfAudioKey(key);
    if (key === undefined || !ids) return;
    const day = utcDayOf(request.at);
    if (day > daysAfter(this.#today, 1)) return tally.fault('it is dated in the future');
    tally.requests++;
    const shareKey = `${ids.showId}/${day}`;
    const share = shares.get(shareKey) ?? new LogShare(ids.showId, day, await this.#knownLines(ids.showId, day));
    shares.set(shareKey, share);
    const why = leftOut(request);
    const measure = why === undefined ? await this.#measures.measure(key) : undefined;
    if (!measure) tally.leaveOut(why ?? 'no-such-episode');
    else {
      const { address, userAgent, sentBytes, fromByte } = request;
      const listener = listenerHash(await this.#salt(day), ids.episodeId, address, userAgent);
      share.hear({ ...ids, measure }, { listener, app: appOf(userAgent), sentBytes, fromByte });
    }
    share.pass(text);
  }

  /** Today's is the servers' own. Of other days it is gone: one for this import alone, in memory. */
  async #salt(day: UtcDay): Promise<Uint8Array> {
    const salt = this.#salts.get(day) ?? (day === this.#today ? await saltOfDay(this.#bucket, day) : randomBytes(32));
    this.#salts.set(day, salt);
    return salt;
  }

  async #knownLines(showId: ShowId, day: UtcDay): Promise<readonly CountedLines[]> {
    const key = `${showId}/${day}`;
    const known = this.#known.get(key);
    if (known) return known;
    const open = (await listOpenDays(this.#bucket, `${openCountsPrefix(showId)}${day}/`))[0];
    const ofOpen = open ? (await observe(this.#bucket, open.records)).observations.countedLines : [];
    const lines = [...ofOpen, ...((await readDay(this.#bucket, showId, day))?.countedLines ?? [])];
    this.#known.set(key, lines);
    return lines;
  }

  /** The lines are named in the last record: until it is there, another import writes the same again, which changes nothing. */
  async #writeOpen({ showId, day, observations }: ImportedDay): Promise<void> {
    const whole = observations.toRecord(showId, day);
    const pieces = whole.files.flatMap((file) =>
      Array.from({ length: Math.ceil(file.heard.length / LISTENERS_A_RECORD) }, (_, index) => ({
        ...file,
        heard: file.heard.slice(index * LISTENERS_A_RECORD, (index + 1) * LISTENERS_A_RECORD),
      })),
    );
    for (const files of [...pieces.map((piece) => [piece]), []]) {
      const countedLines = files.length === 0 ? whole.countedLines : [];
      const record = `${JSON.stringify({ ...whole, files, countedLines })}\n`;
      const name = `import-${randomBytes(6).toString('hex')}`;
      await this.#bucket.put(openCountsKey(showId, day, name), record, {
        contentType: 'application/json',
        condition: { absent: true },
      });
    }
  }

  async #addNumbers({ showId, day, observations }: ImportedDay): Promise<void> {
    await addToDay(this.#bucket, showId, day, ({ countedLines }) => {
      refuseTwice(observations, countedLines, day);
      return { counts: observations.counts(), uncounted: 0, included: [], countedLines: observations.countedLines };
    });
  }
}

function refuseTwice(observations: Observations, counted: readonly CountedLines[], day: UtcDay): void {
  const known = new Set(counted.map(({ sha256 }) => sha256));
  if (!observations.countedLines.some(({ sha256 }) => known.has(sha256))) return;
  throw new PermanentFailure(
    'bad-request',
    `another import counted the same lines of ${day} just now: run this one again, it counts what is left`,
  );
}

/** Whatever stands before `shows/`: a CDN's path, or the store's prefix. Private shows are served by us alone. */
function audioKeyOf(path: string): string | undefined {
  const rest = /(?:^|\/)(shows\/[a-z0-9-]{1,64}\/episodes\/.+)$/.exec(path)?.[1];
  return rest === undefined || /(?:^|\/)private\/shows\//.test(path) ? undefined : `public/${rest}`;
}
