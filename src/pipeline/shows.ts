/** Shows: created when a room first names them, changed by their creator, given a cover. */
import { PreconditionFailed } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { FEED_FORMAT, Show, ShowSettings } from '../domain/show.ts';
import { podcastGuid } from '../feed/podcast-guid.ts';
import {
  feedUrl,
  SHOWS_PREFIX,
  showCoverKey,
  showIdOfKey,
  showKey,
  uploadedArtworkKey,
} from '../storage/object-keys.ts';
import type { Clock, CoverMaker, ObjectStore } from './ports.ts';
import { changeRecord, createRecord, listAll, readPicture, readRecord } from './records.ts';

const COVER_CACHE = 'public, max-age=31536000, immutable';

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

/** Creates or replaces what a creator may set; identity, address and cover stay. */
export async function putShow(
  showId: ShowId,
  settings: ShowSettings,
  dependencies: ShowDependencies,
): Promise<{ show: Show; isNew: boolean }> {
  const created = firstShow(showId, settings, dependencies);
  if (await createRecord(dependencies.bucket, showKey(showId), created)) return { show: created, isNew: true };
  const { value } = await changeRecord(dependencies.bucket, showKey(showId), Show, (show) => ({
    ...settings,
    id: show.id,
    version: show.version + 1,
    createdAt: show.createdAt,
    updatedAt: dependencies.clock.now().toISOString(),
    podcastGuid: show.podcastGuid,
    publicUrl: show.publicUrl,
    feedFormat: show.feedFormat,
    ...(show.cover ? { cover: show.cover } : {}),
  }));
  return { show: value, isNew: false };
}

function firstShow(showId: ShowId, settings: ShowSettings, { clock, publicUrl }: ShowDependencies): Show {
  const now = clock.now().toISOString();
  return {
    ...settings,
    id: showId,
    version: 1,
    createdAt: now,
    updatedAt: now,
    podcastGuid: podcastGuid(feedUrl(publicUrl, showId)),
    publicUrl,
    feedFormat: FEED_FORMAT,
  };
}

function titleFromId(showId: ShowId): string {
  const words = showId.split('-').filter(Boolean).join(' ');
  return words === '' ? 'Untitled show' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Makes the show's cover from what was uploaded, or a generated one, and records it. Throws nothing for a bad image: see warnings. */
export async function setShowCover(
  show: Show,
  image: Uint8Array | undefined,
  dependencies: ShowDependencies & { readonly makeCover: CoverMaker },
) {
  const { bucket, makeCover, clock } = dependencies;
  const cover = await makeCover(image, { title: show.title, seed: show.id });
  const key = showCoverKey(show.id, sha256(cover.jpeg));
  await bucket.put(key, cover.jpeg, { contentType: 'image/jpeg', cacheControl: COVER_CACHE });
  const artworkKey = show.artworkKey === undefined ? {} : { artworkKey: show.artworkKey };
  const made = { key, generated: cover.generated, ...artworkKey };
  const { value } = await changeRecord(bucket, showKey(show.id), Show, (current) => {
    // Somebody's own artwork is never replaced by a generated one.
    const isKept = cover.generated && current.cover && !current.cover.generated;
    const next = isKept && current.cover ? { ...current.cover, ...artworkKey } : made;
    if (JSON.stringify(next) === JSON.stringify(current.cover)) return undefined;
    const updatedAt = clock.now().toISOString();
    return { ...current, version: current.version + 1, updatedAt, cover: next };
  });
  return { show: value, warnings: cover.warnings, generated: cover.generated };
}

/** Keeps the original as uploaded, so that a later cover recipe can start from it. */
export async function keepUploadedArtwork(bucket: ObjectStore, showId: ShowId, image: Uint8Array, contentType: string) {
  const key = uploadedArtworkKey(showId, sha256(image));
  await bucket.put(key, image, { contentType });
  return key;
}

/** The show with a cover: taken from `artworkKey` where that is new, else generated where it has none yet. */
export async function withCover(
  show: Show,
  dependencies: ShowDependencies & { readonly makeCover: CoverMaker; readonly trackStore: ObjectStore },
): Promise<Show> {
  const { artworkKey, cover } = show;
  if (cover && (artworkKey === undefined || cover.artworkKey === artworkKey)) return show;
  const artwork = artworkKey ? await readPicture(dependencies.trackStore, artworkKey) : 'missing';
  if (typeof artwork !== 'string') return (await setShowCover(show, artwork, dependencies)).show;
  // Not there yet: it is looked for again whenever the feed is derived.
  const { artworkKey: _, ...withoutKey } = show;
  return cover ? show : (await setShowCover(withoutKey, undefined, dependencies)).show;
}
