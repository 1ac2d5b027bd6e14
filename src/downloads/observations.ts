/** Who was sent which bytes of which file on one day of one show: united from many sources, in any order, any number of times. */
import { z } from 'zod';
import { EpisodeId, Sha256, ShowId } from '../domain/ids.ts';
import { type ByteStretches, coveredBytes, unionOf } from './byte-stretches.ts';
import type { FileMeasure } from './countable.ts';
import { UtcDay } from './utc-day.ts';

/** Lines of a log that were counted: how many of this show and day from the log's beginning, and their digest. */
export const CountedLines = z.object({ lines: z.int().positive(), sha256: Sha256 });
export type CountedLines = z.infer<typeof CountedLines>;

const Heard = z.object({ listener: z.string(), app: z.string(), bytes: z.array(z.number().nonnegative()) });
const HeardFile = z.object({
  episodeId: EpisodeId,
  /** Of the audio file, in the episode's folder. */
  name: z.string(),
  lengthBytes: z.number(),
  soundFromByte: z.number(),
  minimumBytes: z.number().positive(),
  heard: z.array(Heard),
});

/** The stored record of a day that still runs: stats/open/<show>/<day>/<name>.json. Holds hashes, never an address. */
export const OpenCounts = z.object({
  showId: ShowId,
  day: UtcDay,
  files: z.array(HeardFile),
  /** Answers that nobody could count, by the record that told them first. */
  uncounted: z.record(z.string(), z.int().nonnegative()).default({}),
  countedLines: z.array(CountedLines).default([]),
});
export type OpenCounts = z.infer<typeof OpenCounts>;

export interface Listener {
  readonly app: string;
  readonly bytes: ByteStretches;
}

interface ObservedFile {
  readonly episodeId: EpisodeId;
  readonly name: string;
  readonly measure: FileMeasure;
  readonly listeners: Map<string, Listener>;
}

/** Counts of episodes by app: `counts.get(episode).get(app)`. */
export type EpisodeCounts = Map<EpisodeId, Map<string, number>>;

/** The union is the same whatever order it is made in, and adding something twice changes nothing. */
export class Observations {
  readonly #files = new Map<string, ObservedFile>();
  readonly #uncounted = new Map<string, number>();
  readonly #countedLines = new Map<string, CountedLines>();

  add(counts: Omit<OpenCounts, 'showId' | 'day'>): void {
    for (const { episodeId, name, heard, ...measure } of counts.files) {
      const file = this.#file(episodeId, name, measure);
      for (const { listener, app, bytes } of heard) {
        const known = file.listeners.get(listener);
        file.listeners.set(listener, { app, bytes: known ? unionOf(known.bytes, bytes) : bytes });
      }
    }
    for (const [source, count] of Object.entries(counts.uncounted)) this.#uncounted.set(source, count);
    for (const lines of counts.countedLines) this.#countedLines.set(lines.sha256, lines);
  }

  get uncounted(): number {
    return [...this.#uncounted.values()].reduce((sum, count) => sum + count, 0);
  }

  get countedLines(): CountedLines[] {
    return [...this.#countedLines.values()];
  }

  /** A listener who was sent a minute of any of an episode's files is one download of it. */
  counts(): EpisodeCounts {
    const seen = new Set<string>();
    const counts: EpisodeCounts = new Map();
    for (const { episodeId, measure, listeners } of this.#files.values()) {
      for (const [listener, { app, bytes }] of listeners) {
        const download = `${episodeId} ${listener}`;
        if (seen.has(download) || !isDownload(bytes, measure)) continue;
        seen.add(download);
        const apps = counts.get(episodeId) ?? new Map<string, number>();
        counts.set(episodeId, apps.set(app, (apps.get(app) ?? 0) + 1));
      }
    }
    return counts;
  }

  toRecord(showId: ShowId, day: UtcDay): OpenCounts {
    const files = [...this.#files.values()].map(({ episodeId, name, measure, listeners }) => ({
      ...{ episodeId, name, ...measure },
      heard: [...listeners].map(([listener, { app, bytes }]) => ({ listener, app, bytes: [...bytes] })),
    }));
    return { showId, day, files, uncounted: Object.fromEntries(this.#uncounted), countedLines: this.countedLines };
  }

  #file(episodeId: EpisodeId, name: string, measure: FileMeasure): ObservedFile {
    const key = `${episodeId}/${name}`;
    const file = this.#files.get(key) ?? { episodeId, name, measure, listeners: new Map() };
    this.#files.set(key, file);
    return file;
  }
}

function isDownload(bytes: ByteStretches, { soundFromByte, lengthBytes, minimumBytes }: FileMeasure): boolean {
  return coveredBytes(bytes, soundFromByte, lengthBytes) >= minimumBytes;
}
