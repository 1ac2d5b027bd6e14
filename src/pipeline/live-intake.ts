/** From a verified event of a room without a recording to what the show's feed announces. */
import { episodeIdFor, roomHash } from '../domain/ids.ts';
import { intakeKey } from '../storage/object-keys.ts';
import { IntakeRecord } from '../webhook/events.ts';
import type { LiveEvent } from '../webhook/live-events.ts';
import type { IntakeAnswer, IntakeDependencies } from './intake.ts';
import { endLiveRoom, forgetLiveRoom, type LiveRoomIds, tellLiveNews } from './live-rooms.ts';
import type { ObjectStore } from './ports.ts';
import { readRecord } from './records.ts';
import { feedJob, hint } from './room-flow.ts';
import { ensureShow } from './shows.ts';

/**
 * Accepted: it is stored, and the feed will say it whatever happens to the queue. Duplicate: it changes nothing, because
 * it was told before, something newer is known, or the room is over or erased. Throws what the store throws, and
 * PermanentFailure('bad-request') where the show announces too many rooms.
 */
export async function takeInLive({ room, news }: LiveEvent, dependencies: IntakeDependencies): Promise<IntakeAnswer> {
  const { bucket, queue, log } = dependencies;
  const ids: LiveRoomIds = { roomId: room.id, showId: room.showId, roomHash: roomHash(room.id) };
  const answer = { roomId: room.id, showId: room.showId, episodeId: episodeIdFor(room.showId, room.id) };
  const end = await endOf(ids, bucket);
  if (end.kind === 'elsewhere') return { ...answer, status: 'conflict' };
  if (end.kind !== 'open') return { ...answer, status: 'duplicate' };
  await ensureShow(room.showId, dependencies);
  const isNews = await tellLiveNews(ids, news, dependencies);
  // Ended or erased at this very moment: whoever did it found nothing to end, or finds it here.
  await closeIfOver(ids, dependencies);
  if (isNews) await hint(queue, log, feedJob(room.showId));
  return { ...answer, status: isNews ? 'accepted' : 'duplicate' };
}

type End = { readonly kind: 'open' | 'erased' | 'elsewhere' } | { readonly kind: 'ended'; readonly endedAt: string };

/** What the intake knows of the room's end. */
async function endOf({ showId, roomHash: hash }: LiveRoomIds, bucket: ObjectStore): Promise<End> {
  const record = (await readRecord(bucket, intakeKey(hash, 0), IntakeRecord))?.value;
  if (record?.type === 'erased') return { kind: 'erased' };
  if (record?.type !== 'room.ended') return { kind: 'open' };
  const { room } = record.data;
  return room.showId === showId ? { kind: 'ended', endedAt: room.endedAt } : { kind: 'elsewhere' };
}

/** True where the room's end, or its erasure, was news to the show's announcements. */
export async function closeIfOver(
  ids: LiveRoomIds,
  dependencies: Pick<IntakeDependencies, 'bucket' | 'clock'>,
): Promise<boolean> {
  const end = await endOf(ids, dependencies.bucket);
  if (end.kind === 'ended') return endLiveRoom(ids, end.endedAt, dependencies);
  if (end.kind === 'erased' || end.kind === 'elsewhere') return forgetLiveRoom(ids, dependencies);
  return false;
}
