/** Downloads of a show from one day to another, added up from what the bucket holds: days that are over and the one that runs. */
import type { EpisodeStatus } from '../domain/episode.ts';
import type { EpisodeId, ShowId } from '../domain/ids.ts';
import { emptyDay, Summing, withCounts } from '../downloads/day-counts.ts';
import { METHOD, TIME_ZONE } from '../downloads/method.ts';
import { countDays, everyDay, UtcDay } from '../downloads/utc-day.ts';
import { dayCountsPrefix, dayOfStatsKey, openCountsPrefix } from '../storage/object-keys.ts';
import { isDayOver, listOpenDays, observe, readDay } from './download-days.ts';
import { readManifest } from './manifests.ts';
import type { ObjectStore } from './ports.ts';
import { listAll } from './records.ts';

const MAX_DAYS = 3_660;
const DAYS_AT_ONCE = 16;

export interface StatsQuery {
  readonly showId: ShowId;
  readonly from: UtcDay;
  readonly to: UtcDay;
  /** Of this one alone. */
  readonly episodeId?: EpisodeId;
  /** So many episodes by name, those with most downloads. */
  readonly episodes: number;
}

interface EpisodeDownloads {
  readonly episodeId: EpisodeId;
  readonly downloads: number;
  /** Of an erased episode the numbers stay, and nothing else. */
  readonly title?: string;
  readonly status?: EpisodeStatus;
}

export interface DownloadStats {
  readonly showId: ShowId;
  readonly from: UtcDay;
  readonly to: UtcDay;
  readonly timeZone: typeof TIME_ZONE;
  readonly method: typeof METHOD;
  readonly downloads: number;
  /** Answers that were served and could not be counted. */
  readonly uncounted: number;
  /** `isOpen`: the number may still grow. */
  readonly days: readonly { readonly day: UtcDay; readonly downloads: number; readonly isOpen: boolean }[];
  readonly episodes: readonly EpisodeDownloads[];
  readonly otherEpisodes?: { readonly episodes: number; readonly downloads: number };
  readonly apps: readonly { readonly app: string; readonly downloads: number }[];
}

/** The days must not be refused. */
export async function downloadStats(bucket: ObjectStore, query: StatsQuery, now: Date): Promise<DownloadStats> {
  const { showId, from, to, episodeId } = query;
  const isAsked = (day: UtcDay) => day >= from && day <= to;
  // What is open comes first: whatever is counted up meanwhile is then known by its name.
  const open = (await listOpenDays(bucket, openCountsPrefix(showId))).filter(({ day }) => isAsked(day));
  const observed = new Map<UtcDay, Awaited<ReturnType<typeof observe>>>();
  for (const { day, records } of open) observed.set(day, await observe(bucket, records));
  const days = await keptDays(bucket, showId, isAsked);
  for (const day of observed.keys()) days.add(day);
  const sums = new Summing(episodeId);
  for (const day of [...everyDay(from, to)].filter((each) => !days.has(each))) sums.add(emptyDay(showId, day));
  const known = [...days].sort();
  for (let at = 0; at < known.length; at += DAYS_AT_ONCE) {
    const page = known.slice(at, at + DAYS_AT_ONCE);
    for (const counts of await Promise.all(page.map((day) => wholeDay(bucket, showId, day, observed.get(day))))) {
      sums.add(counts);
    }
  }
  const totals = sums.totals();
  return {
    ...{ showId, from, to, timeZone: TIME_ZONE, method: METHOD },
    downloads: totals.downloads,
    uncounted: totals.uncounted,
    days: totals.days.map(({ day, downloads }) => ({
      day,
      downloads,
      isOpen: observed.has(day) || !isDayOver(day, now),
    })),
    ...(await namedEpisodes(bucket, query, totals.episodes)),
    apps: totals.apps,
  };
}

/** What is wrong with these days, in words; undefined when nothing is. */
export function refusedRange(from: UtcDay, to: UtcDay): string | undefined {
  const days = countDays(from, to);
  if (days < 1) return `from=${from} comes after to=${to}: give them the other way round.`;
  return days > MAX_DAYS ? `${from} to ${to} are ${days} days: ask for ${MAX_DAYS} at most.` : undefined;
}

async function keptDays(bucket: ObjectStore, showId: ShowId, isAsked: (day: UtcDay) => boolean): Promise<Set<UtcDay>> {
  const days = new Set<UtcDay>();
  for await (const { key } of listAll(bucket, dayCountsPrefix(showId))) {
    const day = UtcDay.safeParse(dayOfStatsKey(key));
    if (day.success && isAsked(day.data)) days.add(day.data);
  }
  return days;
}

/** The day's record, and what is open of it and not in there yet. */
async function wholeDay(
  bucket: ObjectStore,
  showId: ShowId,
  day: UtcDay,
  open: Awaited<ReturnType<typeof observe>> | undefined,
) {
  const kept = (await readDay(bucket, showId, day)) ?? emptyDay(showId, day);
  if (!open) return kept;
  const isNew = open.read.filter(({ name }) => !kept.included.includes(name));
  if (isNew.length === 0) return kept;
  const { observations } = isNew.length === open.read.length ? open : await observe(bucket, isNew);
  const { uncounted } = observations;
  return withCounts(kept, { counts: observations.counts(), uncounted, included: [], countedLines: [] });
}

async function namedEpisodes(bucket: ObjectStore, query: StatsQuery, downloads: ReadonlyMap<EpisodeId, number>) {
  const ranked = [...downloads].toSorted(([a, one], [b, two]) => two - one || (a < b ? -1 : 1));
  const named = ranked.slice(0, query.episodes);
  const others = ranked.slice(query.episodes);
  const episodes: EpisodeDownloads[] = [];
  for (let at = 0; at < named.length; at += DAYS_AT_ONCE) {
    const page = named.slice(at, at + DAYS_AT_ONCE).map(async ([episodeId, count]): Promise<EpisodeDownloads> => {
      const manifest = (await readManifest(bucket, query.showId, episodeId))?.value;
      const told = manifest && { ...(manifest.title ? { title: manifest.title } : {}), status: manifest.status };
      return { episodeId, downloads: count, ...told };
    });
    episodes.push(...(await Promise.all(page)));
  }
  if (others.length === 0) return { episodes };
  const sum = others.reduce((total, [, count]) => total + count, 0);
  return { episodes, otherEpisodes: { episodes: others.length, downloads: sum } };
}
