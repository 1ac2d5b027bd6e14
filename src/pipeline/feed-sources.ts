/** Everything that a show's feed is derived from: from the catalogue where the listing confirms it, else from the bucket. */
import { Manifest } from '../domain/episode.ts';
import type { ShowId } from '../domain/ids.ts';
import type { LiveRooms } from '../domain/live-room.ts';
import { Show } from '../domain/show.ts';
import type { Catalogue, KnownRecord } from '../feed/catalogue.ts';
import { type FeedEntry, feedEntry } from '../feed/feed-entry.ts';
import { liveRoomsKey, manifestPrefix, showKey, showPrefix } from '../storage/object-keys.ts';
import { readLiveRooms } from './live-rooms.ts';
import type { ObjectStore } from './ports.ts';
import { listAll, readRecord } from './records.ts';

const READS_AT_ONCE = 16;

export interface FeedSources {
  readonly show: KnownRecord<Show> | undefined;
  readonly live: LiveRooms | undefined;
  /** By the manifest's key; of all manifests, tombstones included. */
  readonly entries: ReadonlyMap<string, KnownRecord<FeedEntry>>;
  /** Whether anything had to be read that the catalogue did not have. */
  readonly isNews: boolean;
}

/** Entries alone. What is listed now, or came later: the listing comes first, so what is read is never older than it. */
export async function readListedEntries(bucket: ObjectStore, showId: ShowId, known: Catalogue | undefined) {
  const listed = await listSources(bucket, showId);
  const isListed = (key: string, entry: KnownRecord<FeedEntry> | undefined) =>
    entry?.etag === listed.manifests.get(key);
  const unknown = [...listed.manifests.keys()].filter((key) => !isListed(key, known?.entries.get(key)));
  const read = await readEntries(bucket, unknown);
  const entries = new Map<string, KnownRecord<FeedEntry>>();
  for (const key of listed.manifests.keys()) {
    const entry = read.get(key) ?? known?.entries.get(key);
    if (entry) entries.set(key, entry);
  }
  const isGone = known !== undefined && entries.size < known.entries.size;
  return { listed, entries, isNews: unknown.length > 0 || isGone };
}

export async function readFeedSources(
  bucket: ObjectStore,
  showId: ShowId,
  known: Catalogue | undefined,
): Promise<FeedSources> {
  const { listed, entries, isNews } = await readListedEntries(bucket, showId, known);
  const isShowKnown = known !== undefined && known.show.etag === listed.showEtag;
  return {
    show: isShowKnown
      ? { etag: known.show.etag, value: Show.parse(known.show.value) }
      : await readShowRecord(bucket, showId),
    live: listed.hasLiveRooms ? await readLiveRooms(bucket, showId) : undefined,
    entries,
    isNews: isNews || !isShowKnown,
  };
}

/** What went away since it was listed is left out. Each manifest is let go of as soon as its entry is made. */
async function readEntries(bucket: ObjectStore, keys: readonly string[]): Promise<Map<string, KnownRecord<FeedEntry>>> {
  const read = new Map<string, KnownRecord<FeedEntry>>();
  for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
    await Promise.all(
      keys.slice(from, from + READS_AT_ONCE).map(async (key) => {
        const record = await readRecord(bucket, key, Manifest);
        if (record) read.set(key, { etag: record.etag, value: feedEntry(record.value) });
      }),
    );
  }
  return read;
}

async function readShowRecord(bucket: ObjectStore, showId: ShowId): Promise<KnownRecord<Show> | undefined> {
  return readRecord(bucket, showKey(showId), Show);
}

interface ListedSources {
  /** ETags by key. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly showEtag: string | undefined;
  readonly hasLiveRooms: boolean;
}

/** In one listing: a show's folder holds little beside its manifests. */
async function listSources(bucket: ObjectStore, showId: ShowId): Promise<ListedSources> {
  const manifests = new Map<string, string>();
  let showEtag: string | undefined;
  let hasLiveRooms = false;
  for await (const { key, etag } of listAll(bucket, showPrefix(showId))) {
    if (key.startsWith(manifestPrefix(showId))) manifests.set(key, etag);
    else if (key === showKey(showId)) showEtag = etag;
    else if (key === liveRoomsKey(showId)) hasLiveRooms = true;
  }
  return { manifests, showEtag, hasLiveRooms };
}
