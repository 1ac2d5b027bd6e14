/** Imports another host's feed: the show, and every item as an episode that keeps its GUID. Doing it again goes on where it ended. */
import type { Manifest } from '../domain/episode.ts';
import { messageOf, PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { importedManifest, withPublicFiles } from '../domain/imported-episode.ts';
import type { Show } from '../domain/show.ts';
import { type ImportedFeed, type ImportedItem, planImport } from '../feed/feed-import.ts';
import { Oddities, type Oddity } from '../feed/import/oddity.ts';
import { manifestKey, visibilityOf } from '../storage/object-keys.ts';
import { deriveFeed, type FeedDependencies, ownShow } from './feed-stage.ts';
import { askLength, awaitsCopy, copyMedia, fetchChapters, type MediaDependencies } from './import-media.ts';
import { type FeedGiven, readPages } from './import-pages.ts';
import { importShow, previewShow, type ShowImportResult } from './import-show.ts';
import { idsOf, keepPending, markPending, readManifests } from './manifests.ts';
import { makeImportedFiles } from './publish-imported.ts';
import { createRecord } from './records.ts';
import { readShow } from './shows.ts';

export interface ImportDependencies extends FeedDependencies, MediaDependencies {}

export interface ImportOptions {
  readonly given: FeedGiven;
  readonly showId: ShowId;
  readonly copiesMedia: boolean;
  /** Every enclosure is asked for its length, not only those whose length cannot be. */
  readonly checksMedia: boolean;
  readonly isDryRun: boolean;
  /** Also a feed whose owner locked it. */
  readonly isForced: boolean;
  readonly overwritesShow: boolean;
  readonly onProgress?: (done: number, all: number) => void;
}

type ItemResult = 'imported' | 'would-import' | 'copied' | 'would-copy' | 'already-there' | 'erased' | 'failed';

export interface ImportReport {
  readonly ok: boolean;
  readonly isDryRun: boolean;
  readonly showId: ShowId;
  readonly from: string;
  readonly show: ShowImportResult;
  readonly pages: number;
  /** How many items came to what; `skipped`: no episodes, or the same once more. */
  readonly counts: Readonly<Record<ItemResult | 'skipped', number>>;
  readonly items: readonly {
    readonly guid: string;
    readonly title: string;
    readonly episodeId?: string;
    readonly result: ItemResult;
  }[];
  readonly oddities: readonly Oddity[];
}

/** Small requests and writes at once; downloads fewer, so that their pieces come. */
const AT_ONCE = 8;
const DOWNLOADS_AT_ONCE = 3;
/** So often the room's mark is looked after: whatever ends this run, sweep derives the feed. */
const ITEMS_BETWEEN_MARKS = 50;

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

/** A store that is away fails every item: the run ends, and goes on when it is started again. */
const isOfStore = (error: unknown) => error instanceof PassingFailure && /^(store|disk)-/.test(error.code);

type RunOptions = ImportOptions & { readonly from: string };
type ItemReport = ImportReport['items'][number];

class ImportRun {
  readonly oddities: Oddity[] = [];
  readonly #options: RunOptions;
  readonly #dependencies: ImportDependencies;
  readonly #signal: AbortSignal;
  /** By GUID: those of rooms and of imports alike, erased ones too. */
  readonly #known: ReadonlyMap<string, Manifest>;
  #sinceMark = 0;

  constructor(
    options: RunOptions,
    manifests: readonly Manifest[],
    dependencies: ImportDependencies,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#signal = signal;
    this.#known = new Map(manifests.map((manifest) => [manifest.guid, manifest]));
  }

  /** In the order of the feed. */
  async all(items: readonly ImportedItem[]): Promise<ItemReport[]> {
    const reports: ItemReport[] = new Array(items.length);
    const told: Oddity[][] = new Array(items.length);
    const queue = items.entries();
    let done = 0;
    const work = async () => {
      for (const [index, item] of queue) {
        this.#signal.throwIfAborted();
        const odd = new Oddities(item.where);
        reports[index] = await this.#one(item, odd);
        told[index] = odd.found;
        this.#options.onProgress?.(++done, items.length);
      }
    };
    const atOnce = this.#options.copiesMedia && !this.#options.isDryRun ? DOWNLOADS_AT_ONCE : AT_ONCE;
    await Promise.all(Array.from({ length: atOnce }, work));
    this.oddities.push(...told.flat());
    return reports;
  }

  async #one(item: ImportedItem, odd: Oddities): Promise<ItemReport> {
    const { guid, title } = item;
    const known = this.#known.get(guid);
    const report = (result: ItemResult, manifest?: Manifest): ItemReport => ({
      guid,
      title,
      ...(manifest ? { episodeId: manifest.id } : {}),
      result,
    });
    try {
      if (known?.status === 'erased') {
        odd.lost('guid-erased', 'An episode with this guid was erased here: it does not come back');
        return report('erased', known);
      }
      if (known) return report(await this.#again(item, known, odd), known);
      const manifest = await this.#manifestOf(item, odd);
      if (this.#options.isDryRun) return report('would-import', manifest);
      return report(await this.#create(item, manifest, odd), manifest);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (isOfStore(error)) throw error;
      odd.lost('failed', `${messageOf(error)}. Import again to try it once more.`);
      return report('failed', known);
    }
  }

  async #manifestOf(item: ImportedItem, odd: Oddities): Promise<Manifest> {
    const { showId, from, copiesMedia, checksMedia, isDryRun } = this.#options;
    const { web, clock } = this.#dependencies;
    const { link, html, imageUrl, chaptersUrl, audio, chapters } = item;
    const isAsked = checksMedia || (audio.lengthBytes === 0 && (isDryRun || !copiesMedia));
    const imported = {
      from,
      ...(link === undefined ? {} : { link }),
      ...(html === undefined ? {} : { html }),
      ...(imageUrl === undefined ? {} : { imageUrl }),
    };
    const fetched =
      chapters ?? (chaptersUrl === undefined ? undefined : await fetchChapters(chaptersUrl, odd, web, this.#signal));
    const known = isAsked ? await askLength(audio, odd, web, this.#signal) : audio;
    return importedManifest({ ...item, showId, audio: known, chapters: fetched, imported }, clock.now());
  }

  async #create(item: ImportedItem, manifest: Manifest, odd: Oddities): Promise<ItemResult> {
    const { bucket, workFolders } = this.#dependencies;
    const { showId, copiesMedia } = this.#options;
    await this.#mark(manifest);
    const { imported } = manifest;
    let first = manifest;
    if (imported && manifest.chapters?.length) {
      const work = await workFolders.create(`import-${manifest.id}`);
      try {
        const visibility = visibilityOf(await this.#show());
        const material = { manifest, imported, showTitle: '', visibility, work, signal: this.#signal };
        first = withPublicFiles(manifest, await makeImportedFiles(material, this.#dependencies));
      } finally {
        await work.remove();
      }
    }
    const isNew = await createRecord(bucket, manifestKey(showId, manifest.id), first);
    if (!isNew) return 'already-there';
    const isCopied = !copiesMedia || (await this.#copy(first, item.audio, odd));
    return isCopied ? 'imported' : 'failed';
  }

  async #again(item: ImportedItem, manifest: Manifest, odd: Oddities): Promise<ItemResult> {
    const { copiesMedia, isDryRun } = this.#options;
    if (!copiesMedia || !(await awaitsCopy(manifest, this.#dependencies.bucket))) return 'already-there';
    if (isDryRun) return 'would-copy';
    await this.#mark(manifest);
    return (await this.#copy(manifest, item.audio, odd)) ? 'copied' : 'failed';
  }

  /** False, and told, where it could not be had: the episode is there all the same, its audio where it was. */
  async #copy(manifest: Manifest, audio: ImportedItem['audio'], odd: Oddities): Promise<boolean> {
    try {
      await copyMedia(manifest, audio, await this.#show(), odd, this.#signal, this.#dependencies);
      return true;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (isOfStore(error)) throw error;
      odd.lost(
        'media-not-copied',
        `${messageOf(error)}. Its audio stays where it is; import again to try it once more.`,
      );
      return false;
    }
  }

  async #show(): Promise<Pick<Show, 'title' | 'private'>> {
    return (await readShow(this.#dependencies.bucket, this.#options.showId)) ?? { title: '', private: false };
  }

  async #mark(manifest: Manifest): Promise<void> {
    const { bucket } = this.#dependencies;
    const isDue = this.#options.copiesMedia || this.#sinceMark++ % ITEMS_BETWEEN_MARKS === 0;
    if (!isDue) return;
    await markPending(bucket, idsOf(manifest));
    await keepPending(bucket, idsOf(manifest));
  }
}
