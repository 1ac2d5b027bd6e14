/** The items of another host's feed, each as an episode that keeps its GUID: made, copied, or found to be there. */
import type { Manifest } from '../domain/episode.ts';
import { messageOf, PassingFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { importedManifest, withPublicFiles } from '../domain/imported-episode.ts';
import type { Show } from '../domain/show.ts';
import type { ImportedItem } from '../feed/feed-import.ts';
import { Oddities, type Oddity } from '../feed/import/oddity.ts';
import { manifestKey, visibilityOf } from '../storage/object-keys.ts';
import type { FeedDependencies } from './feed-stage.ts';
import { askLength, awaitsCopy, copyMedia, fetchChapters, type MediaDependencies } from './import-media.ts';
import type { FeedGiven } from './import-pages.ts';
import { idsOf, keepPending, markPending } from './manifests.ts';
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

export type ItemResult = 'imported' | 'would-import' | 'copied' | 'would-copy' | 'already-there' | 'erased' | 'failed';

export interface ItemReport {
  readonly guid: string;
  readonly title: string;
  readonly episodeId?: string;
  readonly result: ItemResult;
}

/** Small requests and writes at once; downloads fewer, so that their pieces come. */
const AT_ONCE = 8;
const DOWNLOADS_AT_ONCE = 3;
/** So often the room's mark is looked after: whatever ends this run, sweep derives the feed. */
const ITEMS_BETWEEN_MARKS = 50;

/** A store that is away fails every item: the run ends, and goes on when it is started again. */
const isOfStore = (error: unknown) => error instanceof PassingFailure && /^(store|disk)-/.test(error.code);

type RunOptions = ImportOptions & { readonly from: string };

export class ImportRun {
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
