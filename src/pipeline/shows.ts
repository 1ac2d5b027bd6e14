/** Shows: created when a room first names them, changed by their creator, given a cover. */
import { text } from 'node:stream/consumers';
import { PreconditionFailed } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { FEED_FORMAT, Show, ShowSettings } from '../domain/show.ts';
import { podcastGuid } from '../feed/podcast-guid.ts';
import { namesEpisode, type ShowFacts } from '../feed/readiness.ts';
import { feedKey, feedUrl, SHOWS_PREFIX, showIdOfKey, showKey } from '../storage/object-keys.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord, createRecord, listAll, readRecord } from './records.ts';

export interface ShowDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly publicUrl: string;
}

export async function readShow(bucket: ObjectStore, showId: ShowId): Promise<Show | undefined> {
  return (await readRecord(bucket, showKey(showId), Show))?.value;
}

export async function listShows(bucket: ObjectStore): Promise<Show[]> {
  const shows: Show[] = [];
  for await (const object of listAll(bucket, SHOWS_PREFIX)) {
    const showId = showIdOfKey(object.key);
    const show = showId && (await readShow(bucket, showId));
    if (show) shows.push(show);
  }
  return shows;
}

/** The stored show; created with defaults when no room named it before. */
export async function ensureShow(showId: ShowId, dependencies: ShowDependencies): Promise<Show> {
  const existing = await readShow(dependencies.bucket, showId);
  if (existing) return existing;
  const created = firstShow(showId, ShowSettings.parse({ title: titleFromId(showId) }), dependencies);
  if (await createRecord(dependencies.bucket, showKey(showId), created)) return created;
  const winner = await readShow(dependencies.bucket, showId);
  if (!winner) throw new PreconditionFailed(showKey(showId));
  return winner;
}

/** Far more than a channel takes before its first item, and far less than a feed may have. */
const FEED_START_BYTES = 512 * 1024;

/** By the feed itself: what it does not name yet, no directory finds. */
export async function factsOfShow(bucket: ObjectStore, showId: ShowId): Promise<ShowFacts> {
  const feed = await bucket.get(feedKey(showId), { range: { start: 0, end: FEED_START_BYTES - 1 } });
  return { hasPublishedEpisode: feed !== undefined && namesEpisode(await text(feed.body)) };
}

/** What a creator set, apart from what we keep of the show: equal tags mean that a replacement overwrites nothing unseen. */
export function settingsTag(show: Show): string {
  return sha256(JSON.stringify(ShowSettings.parse(show))).slice(0, 32);
}

/** Which state of the show may be replaced. Without it: any. */
export type PutCondition = (current: Show | undefined) => boolean;

/**
 * Creates or replaces what a creator may set; identity, address, cover and whatever else we keep of the show stay. The
 * same settings again change nothing. Throws PreconditionFailed where `mayReplace` says no.
 */
export async function putShow(
  showId: ShowId,
  settings: ShowSettings,
  dependencies: ShowDependencies,
  mayReplace: PutCondition = () => true,
): Promise<{ show: Show; isNew: boolean }> {
  const key = showKey(showId);
  const existing = await readShow(dependencies.bucket, showId);
  if (!existing) {
    if (!mayReplace(undefined)) throw new PreconditionFailed(key);
    const created = firstShow(showId, settings, dependencies);
    if (await createRecord(dependencies.bucket, key, created)) return { show: created, isNew: true };
  }
  const { value } = await changeRecord(dependencies.bucket, key, Show, (show) => {
    if (!mayReplace(show)) throw new PreconditionFailed(key);
    const kept = Object.entries(show).filter(([name]) => !Object.hasOwn(ShowSettings.shape, name));
    const next = Show.parse({ ...Object.fromEntries(kept), ...settings });
    if (settingsTag(next) === settingsTag(show)) return undefined;
    return { ...next, version: show.version + 1, updatedAt: dependencies.clock.now().toISOString() };
  });
  return { show: value, isNew: false };
}

/** What a show has and keeps; of one that is not there yet, what it will have. */
export function identityOf(showId: ShowId, existing: Show | undefined, publicUrl: string) {
  return existing ?? { id: showId, podcastGuid: podcastGuid(feedUrl(publicUrl, showId)), publicUrl };
}

function firstShow(showId: ShowId, settings: ShowSettings, { clock, publicUrl }: ShowDependencies): Show {
  const now = clock.now().toISOString();
  return {
    ...settings,
    ...identityOf(showId, undefined, publicUrl),
    version: 1,
    createdAt: now,
    updatedAt: now,
    feedFormat: FEED_FORMAT,
  };
}

/** What a show is called that nobody named. */
export function titleFromId(showId: ShowId): string {
  const words = showId.split('-').filter(Boolean).join(' ');
  return words === '' ? 'Untitled show' : words.charAt(0).toUpperCase() + words.slice(1);
}
