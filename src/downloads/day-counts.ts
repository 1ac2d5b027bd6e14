/** What is kept of a day for good: numbers by episode and app, which name nobody. Pure. */
import { z } from 'zod';
import { type EpisodeId, ShowId } from '../domain/ids.ts';
import { CountedLines, type EpisodeCounts } from './observations.ts';
import { UtcDay } from './utc-day.ts';

/** The stored record: stats/days/<show>/<day>.json. */
export const DayCounts = z.object({
  showId: ShowId,
  day: UtcDay,
  /** `episodes[episodeId][app]`: downloads. */
  episodes: z.record(z.string(), z.record(z.string(), z.int().nonnegative())),
  /** Answers that nobody could count, because too many came at once or a process ended before it could write. */
  uncounted: z.int().nonnegative().default(0),
  /** Names of the open records that are in these numbers. */
  included: z.array(z.string()).default([]),
  countedLines: z.array(CountedLines).default([]),
});
export type DayCounts = z.infer<typeof DayCounts>;

export function emptyDay(showId: ShowId, day: UtcDay): DayCounts {
  return { showId, day, episodes: {}, uncounted: 0, included: [], countedLines: [] };
}

export interface Addition {
  readonly counts: EpisodeCounts;
  readonly uncounted: number;
  readonly included: readonly string[];
  readonly countedLines: readonly CountedLines[];
}

export function withCounts(day: DayCounts, addition: Addition): DayCounts {
  const episodes = structuredClone(day.episodes);
  for (const [episode, apps] of addition.counts) {
    const sums = episodes[episode] ?? {};
    for (const [app, count] of apps) sums[app] = (sums[app] ?? 0) + count;
    episodes[episode] = sums;
  }
  return {
    ...day,
    episodes,
    uncounted: day.uncounted + addition.uncounted,
    included: [...day.included, ...addition.included],
    countedLines: [...day.countedLines, ...addition.countedLines],
  };
}

const downloadsOf = (apps: Readonly<Record<string, number>>) =>
  Object.values(apps).reduce((sum, count) => sum + count, 0);

export interface Totals {
  readonly downloads: number;
  readonly uncounted: number;
  readonly days: readonly { readonly day: UtcDay; readonly downloads: number }[];
  readonly episodes: ReadonlyMap<EpisodeId, number>;
  /** Most downloads first. */
  readonly apps: readonly { readonly app: string; readonly downloads: number }[];
}

/** Adds days up, one at a time: many years need no more memory than their sums. `episode`: of that one alone. */
export class Summing {
  readonly #episode: EpisodeId | undefined;
  readonly #days: { day: UtcDay; downloads: number }[] = [];
  readonly #episodes = new Map<EpisodeId, number>();
  readonly #apps = new Map<string, number>();
  #uncounted = 0;

  constructor(episode?: EpisodeId) {
    this.#episode = episode;
  }

  add({ day, episodes, uncounted }: DayCounts): void {
    let downloads = 0;
    for (const [id, apps] of Object.entries(episodes)) {
      const episode = id as EpisodeId;
      if (this.#episode !== undefined && this.#episode !== episode) continue;
      const count = downloadsOf(apps);
      downloads += count;
      this.#episodes.set(episode, (this.#episodes.get(episode) ?? 0) + count);
      for (const [app, ofApp] of Object.entries(apps)) this.#apps.set(app, (this.#apps.get(app) ?? 0) + ofApp);
    }
    this.#days.push({ day, downloads });
    this.#uncounted += uncounted;
  }

  totals(): Totals {
    const apps = [...this.#apps].map(([app, downloads]) => ({ app, downloads }));
    return {
      downloads: this.#days.reduce((sum, { downloads }) => sum + downloads, 0),
      uncounted: this.#uncounted,
      days: this.#days.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
      episodes: this.#episodes,
      apps: apps.toSorted((a, b) => b.downloads - a.downloads || (a.app < b.app ? -1 : 1)),
    };
  }
}
