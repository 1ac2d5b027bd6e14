/** Imports another host's feed: the show, and every item as an episode that keeps its GUID. Doing it again goes on where it ended. */
import { PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { type ImportedFeed, planImport } from '../feed/feed-import.ts';
import { Oddities, type Oddity } from '../feed/import/oddity.ts';
import { deriveFeed, ownShow } from './feed-stage.ts';
import {
  type ImportDependencies,
  type ImportOptions,
  ImportRun,
  type ItemReport,
  type ItemResult,
} from './import-items.ts';
import { readPages } from './import-pages.ts';
import { importShow, previewShow, type ShowImportResult } from './import-show.ts';
import { readManifests } from './manifests.ts';
import { readShow } from './shows.ts';

export interface ImportReport {
  readonly ok: boolean;
  readonly isDryRun: boolean;
  readonly showId: ShowId;
  readonly from: string;
  readonly show: ShowImportResult;
  readonly pages: number;
  /** How many items came to what; `skipped`: no episodes, or the same once more. */
  readonly counts: Readonly<Record<ItemResult | 'skipped', number>>;
  readonly items: readonly ItemReport[];
  readonly oddities: readonly Oddity[];
}

/**
 * Throws PermanentFailure for what is no feed ('bad-request'), for a locked one ('feed-locked'), and where this show is
 * not ours to write. What is wrong with single items is told in the report, and `ok` is false.
 */
export async function importFeed(
  options: ImportOptions,
  dependencies: ImportDependencies,
  signal: AbortSignal,
): Promise<ImportReport> {
  const { bucket, clock, web } = dependencies;
  const { given, showId } = options;
  const existing = await readShow(bucket, showId);
  if (existing) await ownShow(showId, dependencies);
  const read = await readPages(given, web, signal);
  const feed = planImport(read.pages, clock.now());
  const odd = new Oddities();
  tellOfChannel(feed, read.url, odd);
  const refusal = options.isForced ? undefined : lockedBy(feed, existing?.ownerEmail);
  if (refusal !== undefined && !options.isDryRun) throw new PermanentFailure('feed-locked', refusal);
  if (refusal !== undefined) odd.lost('locked', refusal);
  const manifests = await readManifests(bucket, showId);
  const from = given.kind === 'url' ? given.url : given.name;
  const asked = {
    channel: feed.channel,
    feedUrl: feed.selfUrl ?? read.url,
    manifests,
    overwrites: options.overwritesShow,
  };
  const show = options.isDryRun
    ? await previewShow(showId, asked, odd, dependencies)
    : await importShow(showId, asked, odd, web, signal, dependencies);
  const run = new ImportRun({ ...options, from }, manifests, dependencies, signal);
  const items = await run.all(feed.items);
  if (!options.isDryRun) await deriveFeed(showId, dependencies);
  const counts = { ...NO_COUNTS, skipped: feed.skipped };
  for (const { result } of items) counts[result]++;
  return {
    ok: read.isComplete && counts.failed === 0 && refusal === undefined,
    isDryRun: options.isDryRun,
    showId,
    from,
    show,
    pages: read.pages.length,
    counts,
    items,
    oddities: [...read.oddities, ...odd.found, ...feed.oddities, ...run.oddities],
  };
}

const NO_COUNTS = {
  ...{ imported: 0, 'would-import': 0, copied: 0, 'would-copy': 0, 'already-there': 0, erased: 0, failed: 0 },
};

/** Whoever locked the feed wants to be asked: the owner's own address here is the answer. */
function lockedBy({ channel: { lock } }: ImportedFeed, ownerHere: string | undefined): string | undefined {
  if (!lock?.isLocked) return undefined;
  if (lock.owner !== undefined && lock.owner.toLowerCase() === ownerHere?.toLowerCase()) return undefined;
  const whose = lock.owner === undefined ? 'its owner' : `its owner, ${lock.owner},`;
  return (
    `The feed is locked (podcast:locked): ${whose} does not want it to be imported elsewhere. ` +
    'Unlock it where it is now, or, if it is yours, import it with --force.'
  );
}

function tellOfChannel({ channel, selfUrl }: ImportedFeed, url: string | undefined, odd: Oddities): void {
  const { lock, newFeedUrl } = channel;
  if (newFeedUrl !== undefined && newFeedUrl !== url && newFeedUrl !== selfUrl) {
    odd.changed(
      'feed-moved',
      `The feed says that it moved to ${newFeedUrl} (itunes:new-feed-url): import that one if it is newer`,
    );
  }
  if (lock && !lock.isLocked) {
    odd.changed(
      'unlocked',
      'The feed is unlocked (podcast:locked no), as is usual for a move: the show here says what it is set to',
    );
  }
}
