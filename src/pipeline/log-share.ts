/** What one log has of one show and day: who heard what, and which of its lines were counted at an earlier import. */
import { createHash } from 'node:crypto';
import type { EpisodeId, Sha256, ShowId } from '../domain/ids.ts';
import { withFirstMissing, withStretch } from '../downloads/byte-stretches.ts';
import type { FileMeasure } from '../downloads/countable.ts';
import { type CountedLines, Observations, type OpenCounts } from '../downloads/observations.ts';
import type { UtcDay } from '../downloads/utc-day.ts';

interface AudioFile {
  readonly episodeId: EpisodeId;
  readonly name: string;
  readonly measure: FileMeasure;
}

interface Part {
  readonly listener: string;
  readonly app: string;
  readonly sentBytes: number;
  /** Undefined where the log does not tell. */
  readonly fromByte: number | undefined;
}

/**
 * A log is known by its lines for this show and day, from the first on: the same file under another name, gzipped, or
 * grown since is recognised, and what was counted of it is forgotten again as soon as the known lines have passed.
 */
export class LogShare {
  readonly showId: ShowId;
  readonly day: UtcDay;
  readonly #known: ReadonlyMap<Sha256, number>;
  readonly #digest = createHash('sha256');
  readonly #knownLengths: ReadonlySet<number>;
  #files = new Map<string, OpenCounts['files'][number]>();
  #places = new Map<string, number>();
  #lines = 0;
  #counted = 0;

  constructor(showId: ShowId, day: UtcDay, known: readonly CountedLines[]) {
    this.showId = showId;
    this.day = day;
    this.#known = new Map(known.map(({ sha256, lines }) => [sha256, lines]));
    this.#knownLengths = new Set(known.map(({ lines }) => lines));
  }

  /** How many lines an earlier import had counted. */
  get alreadyCounted(): number {
    return this.#counted;
  }

  /** After a line's request was heard, or left out. */
  pass(line: string): void {
    this.#digest.update(`${line}\n`);
    this.#lines++;
    if (!this.#knownLengths.has(this.#lines)) return;
    if (this.#known.get(this.#sha256()) !== this.#lines) return;
    this.#counted = this.#lines;
    this.#files = new Map();
    this.#places = new Map();
  }

  hear({ episodeId, name, measure }: AudioFile, { listener, app, sentBytes, fromByte }: Part): void {
    const fileKey = `${episodeId}/${name}`;
    const file = this.#files.get(fileKey) ?? { episodeId, name, ...measure, heard: [] };
    this.#files.set(fileKey, file);
    const placeKey = `${fileKey} ${listener}`;
    const place = this.#places.get(placeKey) ?? file.heard.length;
    this.#places.set(placeKey, place);
    const known = file.heard[place]?.bytes ?? [];
    const bytes =
      fromByte === undefined
        ? withFirstMissing(known, sentBytes, measure.lengthBytes)
        : withStretch(known, fromByte, fromByte + sentBytes);
    file.heard[place] = { listener, app, bytes: [...bytes] };
  }

  /** Undefined when an earlier import had all of it. */
  toRecord(): Omit<OpenCounts, 'showId' | 'day'> | undefined {
    if (this.#lines === this.#counted) return undefined;
    const countedLines = [{ lines: this.#lines, sha256: this.#sha256() }];
    return { files: [...this.#files.values()], uncounted: {}, countedLines };
  }

  #sha256(): Sha256 {
    return this.#digest.copy().digest('hex') as Sha256;
  }
}

/** What all logs of one import have of one show and day. */
export interface ImportedDay {
  readonly showId: ShowId;
  readonly day: UtcDay;
  readonly observations: Observations;
}

export class ImportedDays {
  readonly #days = new Map<string, ImportedDay>();

  add(share: LogShare): void {
    const record = share.toRecord();
    if (!record) return;
    const key = `${share.showId}/${share.day}`;
    const found = this.#days.get(key) ?? { showId: share.showId, day: share.day, observations: new Observations() };
    this.#days.set(key, found);
    found.observations.add(record);
  }

  all(): ImportedDay[] {
    return [...this.#days.values()];
  }
}
