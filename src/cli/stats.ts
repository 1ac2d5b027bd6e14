/** stats: downloads of a show, and the access logs of others that belong to them. */
import { logLines } from '../adapters/log-lines.ts';
import { readSettingsWithoutSecrets } from '../config.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { daysAfter, UtcDay, utcDayOf } from '../downloads/utc-day.ts';
import { type DownloadStats, downloadStats, refusedRange } from '../pipeline/download-stats.ts';
import { type ImportReport, importLogs } from '../pipeline/import-downloads.ts';
import type { ImportedFile } from '../pipeline/log-tally.ts';
import { readShow } from '../pipeline/shows.ts';
import { openProvenStores } from './engine.ts';
import { printResult, say, table } from './output.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_DAYS = 30;
const SHOWN_EPISODES = 20;

interface StatsOptions {
  readonly from?: string;
  readonly to?: string;
  readonly episode?: string;
  readonly json?: boolean;
}

export async function stats(show: string, options: StatsOptions): Promise<void> {
  const showId = ShowId.safeParse(show);
  if (!showId.success) throw new UsageError(`"${show}" is no show id: 1 to 64 of a-z, 0-9 and -`);
  const now = new Date();
  const to = dayFrom('--to', options.to) ?? utcDayOf(now);
  const from = dayFrom('--from', options.from) ?? daysAfter(to, 1 - DEFAULT_DAYS);
  const refused = refusedRange(from, to);
  if (refused !== undefined) throw new UsageError(refused);
  const episodeId = episodeFrom(options.episode);
  const stores = await openProvenStores(readSettingsWithoutSecrets());
  try {
    if (!(await readShow(stores.bucket, showId.data))) {
      throw new Error(`there is no show ${showId.data} in ${stores.bucket.description}`);
    }
    const query = { showId: showId.data, from, to, episodes: SHOWN_EPISODES, ...(episodeId ? { episodeId } : {}) };
    printResult(options.json === true, await downloadStats(stores.bucket, query, now), statsText);
  } finally {
    await stores.close();
  }
}

function dayFrom(option: string, text: string | undefined): UtcDay | undefined {
  if (text === undefined) return undefined;
  const day = UtcDay.safeParse(text);
  if (!day.success) throw new UsageError(`${option} ${text} is no day: write it like 2026-11-22`);
  return day.data;
}

function episodeFrom(text: string | undefined): EpisodeId | undefined {
  if (text === undefined) return undefined;
  const id = EpisodeId.safeParse(text);
  if (!id.success) throw new UsageError(`"${text}" is no episode id: they are ep- and 32 hex digits`);
  return id.data;
}

function statsText(stats: DownloadStats): string {
  const { showId, from, to, timeZone, method, downloads, days, episodes, otherEpisodes, apps } = stats;
  const heard = days.filter((day) => day.downloads > 0);
  const parts = [
    `${showId}: ${plural(downloads, 'download')} from ${from} to ${to} (days in ${timeZone})`,
    table(
      heard.map((day) => [day.day, String(day.downloads), day.isOpen ? 'still counting' : '']),
      '  ',
    ),
    table(
      episodes.map((each) => [String(each.downloads), each.episodeId, each.title ?? each.status ?? '']),
      '  ',
    ),
    otherEpisodes ? `  ${otherEpisodes.downloads}  in ${plural(otherEpisodes.episodes, 'other episode')}` : '',
    table(
      apps.map(({ app, downloads: count }) => [String(count), app]),
      '  ',
    ),
    stats.uncounted > 0 ? `${plural(stats.uncounted, 'answer')} could not be counted.` : '',
    `Counted by: ${method.name}.`,
  ];
  return parts.filter((part) => part.trim() !== '').join('\n');
}

export async function importStats(files: readonly string[], options: { json?: boolean }): Promise<void> {
  const stores = await openProvenStores(readSettingsWithoutSecrets());
  try {
    const sources = files.map((name) => ({ name, lines: () => logLines(name) }));
    const report = await importLogs(sources, { bucket: stores.bucket, clock: { now: () => new Date() } });
    for (const { error } of report.files) if (error !== undefined) say(`  ${error}`);
    if (report.files.some(({ error }) => error !== undefined)) process.exitCode = 1;
    printResult(options.json === true, report, importText);
  } finally {
    await stores.close();
  }
}

function importText({ files, days }: ImportReport): string {
  const counted = days.map(({ showId, day, downloads }) => [showId, day, plural(downloads, 'download')]);
  return [...files.map(fileText), counted.length > 0 ? table(counted) : 'Nothing new to count.'].join('\n');
}

function fileText(file: ImportedFile): string {
  if (file.error !== undefined) return `${file.file}: not counted`;
  const out = Object.entries(file.leftOut).map(([why, count]) => `${count} ${why}`);
  const facts = [
    file.format ?? 'empty',
    plural(file.lines, 'line'),
    `${file.requests} for episodes`,
    ...(file.alreadyCounted > 0 ? [`${file.alreadyCounted} counted before`] : []),
    ...(out.length > 0 ? [`left out: ${out.join(', ')}`] : []),
    ...(file.unreadable > 0 ? [`${file.unreadable} unreadable`] : []),
  ];
  return [
    `${file.file}: ${facts.join('; ')}`,
    ...file.unreadableLines.map(({ line, why }) => `  line ${line}: ${why}`),
  ].join('\n');
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
