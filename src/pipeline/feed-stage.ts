/** Derives a show's feed from its manifests and replaces feed.xml by compare-and-swap. */
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { FEED_FORMAT, Show } from '../domain/show.ts';
import { feedGeneration, renderFeed } from '../feed/rss.ts';
import { feedKey, showKey } from '../storage/object-keys.ts';
import { readLiveRooms } from './live-rooms.ts';
import { readManifests } from './manifests.ts';
import type { Clock, CoverMaker, ObjectStore } from './ports.ts';
import { backOff, changeRecord, readBytes } from './records.ts';
import { withCover } from './show-cover.ts';
import { readShow } from './shows.ts';

export interface FeedDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly makeCover: CoverMaker;
  readonly clock: Clock;
  readonly publicUrl: string;
}

const FEED_TYPE = 'application/rss+xml; charset=utf-8';
const FEED_CACHE = 'public, max-age=60';
const MAX_TRIES = 40;
const LAGGING_TRIES = 8;

export type FeedResult = 'written' | 'unchanged';

/**
 * The feed's ETag is read before the manifests, so a write onto it proves that what was derived is no older than what
 * it replaces. Throws PermanentFailure when a newer program or another address owns this show.
 */
export async function deriveFeed(showId: ShowId, dependencies: FeedDependencies): Promise<FeedResult> {
  const { bucket } = dependencies;
  const key = feedKey(showId);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readBytes(bucket, key);
    const show = await withCover(await ownShow(showId, dependencies), dependencies);
    const live = await readLiveRooms(bucket, showId);
    const xml = renderFeed(show, await readManifests(bucket, showId), live);
    if (current?.bytes.equals(Buffer.from(xml))) return 'unchanged';
    if (current && (feedGeneration(current.bytes.toString()) ?? 0) > (feedGeneration(xml) ?? 0)) {
      // A listing that lags behind: what is there knows more than what was read here.
      if (tries >= LAGGING_TRIES) throw aheadOfItsManifests(showId);
      await backOff(tries);
      continue;
    }
    try {
      await bucket.put(key, xml, {
        contentType: FEED_TYPE,
        cacheControl: FEED_CACHE,
        condition: current ? { etag: current.etag } : { absent: true },
      });
      return 'written';
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      await backOff(tries);
    }
  }
  throw new PassingFailure('contention', `the feed of ${showId} was changed by others ${MAX_TRIES} times in a row`);
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
  const current = await readBytes(bucket, feedKey(showId));
  const ahead = current ? (feedGeneration(current.bytes.toString()) ?? 0) : 0;
  await changeRecord(bucket, showKey(showId), Show, (show) => ({
    ...show,
    version: show.version + ahead,
    updatedAt: clock.now().toISOString(),
  }));
  return deriveFeed(showId, dependencies);
}

/** The show, if its feed is this program's to write. Throws PermanentFailure: not-found, format-too-new, public-url-differs. */
export async function ownShow(
  showId: ShowId,
  { bucket, publicUrl }: Pick<FeedDependencies, 'bucket' | 'publicUrl'>,
): Promise<Show> {
  const show = await readShow(bucket, showId);
  if (!show) throw new PermanentFailure('not-found', `${showKey(showId)} does not exist: create the show first`);
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
