/** Reading and changing the manifests of episodes. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Manifest } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { EpisodeId, RoomId, type Sha256, ShowId } from '../domain/ids.ts';
import { withNews } from '../domain/outbox.ts';
import { manifestKey, manifestPrefix, PENDING_PREFIX, pendingKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { changeRecord, listAll, readRecord } from './records.ts';

const PARALLEL_READS = 16;

export async function readManifest(bucket: ObjectStore, show: ShowId, episode: EpisodeId) {
  return readRecord(bucket, manifestKey(show, episode), Manifest);
}

/** What is to be told of the change is owed from the same write on. Throws PermanentFailure('not-found'). */
export async function changeManifest(
  bucket: ObjectStore,
  show: ShowId,
  episode: EpisodeId,
  change: (manifest: Manifest) => Manifest | undefined,
  seen?: { readonly value: Manifest; readonly etag: string },
) {
  const withWhatIsTold = (manifest: Manifest) => {
    const next = change(manifest);
    return next && withNews(manifest, next);
  };
  return changeRecord(bucket, manifestKey(show, episode), Manifest, withWhatIsTold, seen);
}

/** All of a show, tombstones too. */
export async function readManifests(bucket: ObjectStore, show: ShowId): Promise<Manifest[]> {
  const keys: string[] = [];
  for await (const object of listAll(bucket, manifestPrefix(show))) keys.push(object.key);
  const manifests: Manifest[] = [];
  for (let from = 0; from < keys.length; from += PARALLEL_READS) {
    const page = await Promise.all(
      keys.slice(from, from + PARALLEL_READS).map((key) => readRecord(bucket, key, Manifest)),
    );
    for (const record of page) if (record) manifests.push(record.value);
  }
  return manifests;
}

/** What pending/<roomHash> holds: enough to find the room's manifest without listing anything. `mark` differs at every write. */
const PendingRoom = z.object({
  roomId: RoomId,
  showId: ShowId,
  episodeId: EpisodeId,
  mark: z.string(),
});
type PendingRoom = z.infer<typeof PendingRoom>;

/** A room and its episode, by every name they have. */
export interface RoomIds {
  readonly roomId: RoomId;
  readonly showId: ShowId;
  readonly episodeId: EpisodeId;
  readonly roomHash: Sha256;
}

export function idsOf(manifest: Manifest): RoomIds {
  const { roomId, showId, id, roomHash } = manifest;
  return { roomId, showId, episodeId: id, roomHash };
}

/** Says that this room has something left to do; sweep alone takes it back. Comes before what is to be done. */
export async function markPending(bucket: ObjectStore, room: RoomIds): Promise<void> {
  const { roomId, showId, episodeId } = room;
  const pending: PendingRoom = { roomId, showId, episodeId, mark: randomUUID() };
  await bucket.put(pendingKey(room.roomHash), `${JSON.stringify(pending)}\n`, { contentType: 'application/json' });
}

/** After what was to be done is written: sweep may have taken an old mark back in between. */
export async function keepPending(bucket: ObjectStore, room: RoomIds): Promise<void> {
  if (!(await bucket.head(pendingKey(room.roomHash)))) await markPending(bucket, room);
}

/** A change that leaves something to do: whatever breaks off, sweep finds it. Throws PermanentFailure('not-found'). */
export async function changeAndMark(
  bucket: ObjectStore,
  manifest: Manifest,
  change: (manifest: Manifest) => Manifest | undefined,
) {
  const room = idsOf(manifest);
  await markPending(bucket, room);
  const changed = await changeManifest(bucket, manifest.showId, manifest.id, change);
  await keepPending(bucket, room);
  return changed;
}

export interface PendingMark {
  readonly key: string;
  readonly etag: string;
  readonly lastModified: Date;
  readonly room: PendingRoom;
}

/** A mark that cannot be read, because another program wrote it, is told to `skipped` and hides no other. */
export async function* pendingRooms(
  bucket: ObjectStore,
  skipped: (key: string, error: PermanentFailure) => void,
): AsyncGenerator<PendingMark> {
  for await (const object of listAll(bucket, PENDING_PREFIX)) {
    const record = await readRecord(bucket, object.key, PendingRoom).catch((error: unknown) => {
      if (!(error instanceof PermanentFailure)) throw error;
      skipped(object.key, error);
      return undefined;
    });
    if (record) yield { key: object.key, etag: object.etag, lastModified: object.lastModified, room: record.value };
  }
}
