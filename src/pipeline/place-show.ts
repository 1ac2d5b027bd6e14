/**
 * A show that becomes private, or public: everything that its feed names moves into the other folder. The mark
 * `moving/<show>` is there before the show is changed and goes long after the last file, so whatever breaks off is done
 * again by sweep. Every step can be repeated, and each file is in its new place before a manifest says so.
 */
import { z } from 'zod';
import type { Manifest } from '../domain/episode.ts';
import { changed, needsPublish } from '../domain/episode-life.ts';
import { askedAgain } from '../domain/episode-wishes.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { filesOf } from '../domain/public-files.ts';
import { purgeWanted } from '../domain/purge.ts';
import { Instant } from '../domain/room.ts';
import {
  archivePagesPrefix,
  feedKey,
  isPrivateKey,
  keyWithin,
  MOVING_PREFIX,
  movingKey,
  servedPrefix,
  showIdOfMovingKey,
  type Visibility,
  visibilityOf,
} from '../storage/object-keys.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { changeAndMark, readManifests } from './manifests.ts';
import type { Log, ObjectStore, WorkFolders } from './ports.ts';
import { publishFile } from './publish-file.ts';
import { changeRecord, createRecord, listAll, readRecord } from './records.ts';
import { readShow } from './shows.ts';

export interface PlaceDependencies extends FeedDependencies {
  readonly workFolders: WorkFolders;
  readonly log: Log;
  /** Whoever keeps copies for the public is told there what is gone. */
  readonly purgeUrl?: string | undefined;
}

/** What a worker was doing that still knew the show as it was has ended by then. */
const LAST_LOOK_MS = 3600 * 1000;

const Move = z.object({ since: Instant, doneAt: Instant.optional() });

/** Call before the show is changed. */
export async function markMoving(showId: ShowId, { bucket, clock }: PlaceDependencies): Promise<void> {
  const mark = { since: clock.now().toISOString() };
  if (await createRecord(bucket, movingKey(showId), mark)) return;
  await changeRecord(bucket, movingKey(showId), Move, () => mark).catch(async (error: unknown) => {
    // Sweep took the old one back at this very moment.
    if (!(error instanceof PermanentFailure) || !(await createRecord(bucket, movingKey(showId), mark))) throw error;
  });
}

/** Everything of the show is where it belongs when this returns. */
export async function placeShow(showId: ShowId, dependencies: PlaceDependencies): Promise<void> {
  const { bucket, clock } = dependencies;
  const mark = await readRecord(bucket, movingKey(showId), Move);
  const show = await readShow(bucket, showId);
  if (!show) return;
  const target = visibilityOf(show);
  // Before anything else nobody is to find the episodes any more.
  if (target === 'private') await removeFeed(bucket, showId, 'public');
  for (const manifest of await readManifests(bucket, showId)) {
    if (!isElsewhere(manifest, target)) continue;
    await placeEpisode(manifest, target, dependencies);
    if (target === 'private') await removeOld(manifest, target, dependencies);
  }
  await deriveFeed(showId, dependencies);
  await removeOthers(showId, target, dependencies);
  if (!mark || mark.value.doneAt !== undefined) return;
  await changeRecord(bucket, movingKey(showId), Move, (now) =>
    now.since === mark.value.since ? { ...now, doneAt: clock.now().toISOString() } : undefined,
  );
}

/** Sweep's part: goes on with what broke off, and looks for what came late. One show's trouble does not hide the others. */
export async function sweepMoves(dependencies: PlaceDependencies, signal?: AbortSignal): Promise<void> {
  const { bucket, clock, log } = dependencies;
  for await (const { key } of listAll(bucket, MOVING_PREFIX)) {
    if (signal?.aborted) return;
    const showId = showIdOfMovingKey(key);
    if (showId === undefined) continue;
    try {
      const move = (await readRecord(bucket, key, Move))?.value;
      const doneAt = move?.doneAt;
      const isLast = doneAt !== undefined && clock.now().getTime() - Date.parse(doneAt) >= LAST_LOOK_MS;
      if (doneAt === undefined || isLast || (await hasStrays(showId, bucket))) await placeShow(showId, dependencies);
      if (isLast && (await readRecord(bucket, key, Move))?.value.since === move?.since) await bucket.delete(key);
    } catch (error) {
      log.error({ showId, reason: messageOf(error) }, 'sweep could not move the files of a show; it will try again');
    }
  }
}

async function hasStrays(showId: ShowId, bucket: ObjectStore): Promise<boolean> {
  const show = await readShow(bucket, showId);
  return show !== undefined && (await bucket.list(servedPrefix(showId, other(show)), { limit: 1 })).objects.length > 0;
}

const other = (show: { readonly private: boolean }): Visibility => visibilityOf({ private: !show.private });

const keysOf = (manifest: Manifest) => [
  ...filesOf(manifest).map(({ key }) => key),
  ...manifest.superseded.map(({ key }) => key),
];
const isElsewhere = (manifest: Manifest, target: Visibility) =>
  keysOf(manifest).some((key) => isPrivateKey(key) !== (target === 'private'));

async function placeEpisode(manifest: Manifest, target: Visibility, dependencies: PlaceDependencies): Promise<void> {
  const { bucket, clock, purgeUrl } = dependencies;
  const isWhole = await copyFiles(manifest, target, dependencies);
  const before = JSON.stringify(keysOf(manifest));
  await changeAndMark(bucket, manifest, (now) => {
    // What came since is moved at the next look.
    if (JSON.stringify(keysOf(now)) !== before) return undefined;
    if (!isWhole) return needsPublish(now) ? undefined : askedAgain(now, clock.now());
    const placed = placedManifest(now, target, clock.now());
    return target === 'public' || purgeUrl === undefined ? placed : purgeWanted(placed, keysOf(now), clock.now());
  });
}

/** JSON chapters spell the addresses of their pictures: those are published anew. */
function placedManifest(manifest: Manifest, target: Visibility, at: Date): Manifest {
  const moved = <T extends { readonly key: string }>(file: T): T => ({ ...file, key: keyWithin(target, file.key) });
  const { audio, cover, chaptersFile, passportFile, alternates, chapterImages, publishedChapters } = manifest;
  const isPublishedAnew = manifest.status === 'published' && chapterImages !== undefined;
  return changed(manifest, at, 'creator', `the show became ${target}: files moved`, {
    ...(audio ? { audio: moved(audio) } : {}),
    ...(cover ? { cover: moved(cover) } : {}),
    ...(chaptersFile ? { chaptersFile: moved(chaptersFile) } : {}),
    ...(passportFile ? { passportFile: moved(passportFile) } : {}),
    ...(alternates ? { alternates: alternates.map(moved) } : {}),
    ...(chapterImages ? { chapterImages: chapterImages.map(moved) } : {}),
    ...(publishedChapters
      ? {
          publishedChapters: publishedChapters.map((chapter) =>
            chapter.imageFile === undefined ? chapter : { ...chapter, imageFile: keyWithin(target, chapter.imageFile) },
          ),
        }
      : {}),
    superseded: [],
    ...(isPublishedAnew ? { publishRequest: manifest.publishRequest + 1 } : {}),
  });
}

/** False where one is in neither place: then all are made anew, in the right one. */
async function copyFiles(
  manifest: Manifest,
  target: Visibility,
  { bucket, workFolders }: PlaceDependencies,
): Promise<boolean> {
  const work = await workFolders.create(`place-${manifest.id}`);
  const signal = new AbortController().signal;
  try {
    for (const file of filesOf(manifest)) {
      const key = keyWithin(target, file.key);
      if (key === file.key || (await bucket.head(key))?.lengthBytes === file.lengthBytes) continue;
      const object = await bucket.get(file.key);
      if (!object) return false;
      const name = key.slice(key.lastIndexOf('/') + 1);
      await work.receive(name, object.body, signal);
      const { contentType, lengthBytes } = file;
      const body = { file: work.file(name) };
      await publishFile(bucket, { key, body, contentType, lengthBytes, title: manifest.title }, signal);
      await work.discard(name);
    }
    return true;
  } finally {
    await work.remove();
  }
}

/** Not when the show was changed back meanwhile: then they are the ones that are wanted. */
async function removeOld(manifest: Manifest, target: Visibility, { bucket }: PlaceDependencies): Promise<void> {
  const show = await readShow(bucket, manifest.showId);
  if (!show || visibilityOf(show) !== target) return;
  for (const key of keysOf(manifest)) if (keyWithin(target, key) !== key) await bucket.delete(key);
}

async function removeFeed(bucket: ObjectStore, showId: ShowId, visibility: Visibility): Promise<void> {
  await bucket.delete(feedKey(showId, visibility));
  for await (const { key } of listAll(bucket, archivePagesPrefix(showId, visibility))) await bucket.delete(key);
}

/** Whatever is left in the other folder, files of a publication that came too late among them. */
async function removeOthers(showId: ShowId, target: Visibility, { bucket }: PlaceDependencies): Promise<void> {
  const show = await readShow(bucket, showId);
  if (!show || visibilityOf(show) !== target) return;
  const wanted = new Set<string>();
  // Those that came since are moved at the next look, and only then removed here.
  for (const manifest of await readManifests(bucket, showId)) for (const key of keysOf(manifest)) wanted.add(key);
  for await (const { key } of listAll(bucket, servedPrefix(showId, other(show)))) {
    if (!wanted.has(key)) await bucket.delete(key);
  }
}
