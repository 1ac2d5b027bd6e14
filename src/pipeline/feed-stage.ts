/** Derives a show's feed and its archive pages from its manifests, and replaces them by compare-and-swap. */
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { FEED_FORMAT, Show } from '../domain/show.ts';
import type { Catalogue } from '../feed/catalogue.ts';
import { hubOf } from '../feed/feed-links.ts';
import { type FeedFiles, renderFeedFiles } from '../feed/rss.ts';
import { feedKey, showKey, type Visibility, visibilityOf } from '../storage/object-keys.ts';
import { type FoundCatalogue, keepCatalogue, readCatalogue } from './feed-catalogue.ts';
import { isStillThere, listPages, lookAtFeed, putFeed, putPages, type SeenFeed } from './feed-files.ts';
import { type FeedSources, readFeedSources } from './feed-sources.ts';
import { standsAsDerived } from './feed-standing.ts';
import { owePing } from './hub-pings.ts';
import type { Clock, CoverMaker, ObjectStore } from './ports.ts';
import { backOff, changeRecord } from './records.ts';
import { withCover } from './show-cover.ts';
import { withHub } from './show-hub.ts';
import { readShow } from './shows.ts';

export interface FeedDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly makeCover: CoverMaker;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** The hub of shows that have none of their own yet. */
  readonly hubUrl?: string | undefined;
}

const MAX_TRIES = 40;
const LAGGING_TRIES = 8;

export type FeedResult = 'written' | 'unchanged';

/**
 * What the feed is now is known before the manifests are read, so a write onto it proves that what was derived is no
 * older than what it replaces. `fromScratch`: from the manifests alone, whatever the catalogue says.
 * Throws PermanentFailure when a newer program or another address owns this show.
 */
export async function deriveFeed(
  showId: ShowId,
  dependencies: FeedDependencies,
  { fromScratch = false } = {},
): Promise<FeedResult> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const seen = await lookAround(showId, dependencies, { fromScratch, looksItself: tries > 0 || fromScratch });
    const sources = await readFeedSources(dependencies.bucket, showId, seen.known);
    const own = checkedOwner(showId, sources.show?.value, dependencies);
    // It became private or public meanwhile: then what was looked at is not where this feed belongs.
    if (visibilityOf(own) !== seen.visibility) {
      await backOff(tries);
      continue;
    }
    const known = await withCover(own, dependencies);
    const show = await withHub(known, dependencies);
    const entries = [...sources.entries.values()].map(({ value }) => value);
    if (await standsAsDerived(dependencies.bucket, show, seen, sources, entries)) return 'unchanged';
    const files = renderFeedFiles(show, entries, sources.live);
    if (seen.feed && seen.feed.generation > files.generation) {
      // A listing that lags behind: what is there knows more than what was read here.
      if (tries >= LAGGING_TRIES) throw aheadOfItsManifests(showId);
      await backOff(tries);
      continue;
    }
    try {
      return await replaceFiles(show, files, { ...seen, sources }, dependencies);
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      await backOff(tries);
    }
  }
  throw new PassingFailure('contention', `the feed of ${showId} was changed by others ${MAX_TRIES} times in a row`);
}

/** What is in the bucket before the manifests are looked at. */
interface Seen {
  readonly found: FoundCatalogue;
  /** The catalogue as far as it is to be used. */
  readonly known: Catalogue | undefined;
  readonly feed: SeenFeed | undefined;
  /** Of the archive, by key. */
  readonly pageEtags: ReadonlyMap<string, string>;
  /** Where all of it lies. */
  readonly visibility: Visibility;
}

/** By the catalogue's word, which a write onto the feed puts to the proof, or by looking at the feed itself. */
async function lookAround(
  showId: ShowId,
  { bucket }: FeedDependencies,
  { fromScratch, looksItself }: { readonly fromScratch: boolean; readonly looksItself: boolean },
): Promise<Seen> {
  const found = await readCatalogue(bucket, showId);
  const known = fromScratch ? undefined : found.known;
  const isTrusted = known !== undefined && !looksItself;
  const visibility = isTrusted ? visibilityIn(known) : await visibilityNow(bucket, showId);
  return {
    found,
    known,
    feed: isTrusted ? known.feed : await lookAtFeed(bucket, showId, visibility),
    pageEtags: isTrusted && known.pages.size === 0 ? new Map() : await listPages(bucket, showId, visibility),
    visibility,
  };
}

const visibilityIn = ({ show }: Catalogue) => visibilityOf(Show.parse(show.value));

async function visibilityNow(bucket: ObjectStore, showId: ShowId): Promise<Visibility> {
  return visibilityOf((await readShow(bucket, showId)) ?? { private: false });
}

/** Throws PreconditionFailed when something is not what was seen: somebody came in between, or the catalogue is behind. */
async function replaceFiles(
  show: Show,
  files: FeedFiles,
  seen: Seen & { readonly sources: FeedSources },
  dependencies: FeedDependencies,
): Promise<FeedResult> {
  const { bucket } = dependencies;
  const { visibility } = seen;
  const showId = show.id;
  const digest = sha256(files.feed);
  const isSame = seen.feed?.sha256 === digest;
  if (seen.feed && isSame && !(await isStillThere(bucket, showId, seen.feed, visibility))) {
    throw new PreconditionFailed(feedKey(showId, visibility));
  }
  if (!isSame && hubOf(show)) await owePing(showId, dependencies);
  const { pages, isChanged } = await putPages(bucket, files.pages, seen.pageEtags, seen.known?.pages);
  const etag = seen.feed && isSame ? seen.feed.etag : await putFeed(bucket, showId, files.feed, seen.feed, visibility);
  // No feed leads to them any more.
  const unlinked = [...seen.pageEtags.keys()].filter((key) => !pages.has(key));
  for (const key of unlinked) await bucket.delete(key);
  const isWritten = !isSame || isChanged || unlinked.length > 0;
  if (isWritten || seen.sources.isNews || !seen.known) {
    const feed = { etag, sha256: digest, generation: files.generation };
    await remember(showId, { feed, pages, sources: seen.sources, found: seen.found }, dependencies);
  }
  return isWritten ? 'written' : 'unchanged';
}

/** Not left out when the store will not take it now: in the one that is there may be names of who has left since. */
async function remember(
  showId: ShowId,
  { found, sources, ...rest }: Pick<Catalogue, 'feed' | 'pages'> & { found: FoundCatalogue; sources: FeedSources },
  { bucket }: FeedDependencies,
): Promise<void> {
  if (!sources.show) return;
  await keepCatalogue(bucket, showId, { ...rest, show: sources.show, entries: sources.entries }, found);
}

function aheadOfItsManifests(showId: ShowId): PermanentFailure {
  return new PermanentFailure(
    'feed-ahead',
    `the feed of ${showId} knows more than its manifests: were they restored from an older copy? ` +
      `If they are right, put the feed back to them with: aftershow rebuild --show ${showId} --force`,
  );
}

/** Lets the manifests as they are count as newer than the feed that is there. */
export async function overruleFeed(showId: ShowId, dependencies: FeedDependencies): Promise<FeedResult> {
  const { bucket, clock } = dependencies;
  const ahead = (await lookAtFeed(bucket, showId, await visibilityNow(bucket, showId)))?.generation ?? 0;
  await changeRecord(bucket, showKey(showId), Show, (show) => ({
    ...show,
    version: show.version + ahead,
    updatedAt: clock.now().toISOString(),
  }));
  return deriveFeed(showId, dependencies, { fromScratch: true });
}

/** The show, if its feed is this program's to write. Throws PermanentFailure: not-found, format-too-new, public-url-differs. */
export async function ownShow(
  showId: ShowId,
  { bucket, publicUrl }: Pick<FeedDependencies, 'bucket' | 'publicUrl'>,
): Promise<Show> {
  return checkedOwner(showId, await readShow(bucket, showId), { publicUrl });
}

function checkedOwner(
  showId: ShowId,
  show: Show | undefined,
  { publicUrl }: Pick<FeedDependencies, 'publicUrl'>,
): Show {
  if (!show) throw new PermanentFailure('not-found', `There is no show ${showId}: create it first.`);
  if (show.feedFormat > FEED_FORMAT) {
    throw new PermanentFailure(
      'format-too-new',
      `the feed of ${showId} was written by a newer aftershow: update this one`,
    );
  }
  if (show.publicUrl !== publicUrl) {
    throw new PermanentFailure(
      'public-url-differs',
      `the show ${showId} lives at ${show.publicUrl}, but AFTERSHOW_PUBLIC_URL is ${publicUrl}: ` +
        `set it back, or move the show with: aftershow set-public-url ${showId} ${publicUrl}`,
    );
  }
  return show;
}
