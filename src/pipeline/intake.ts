/** From a verified event to a promise: record, manifest, and only then an answer; the queue is told last. */
import type { Manifest } from '../domain/episode.ts';
import { messageOf } from '../domain/failure.ts';
import type { EpisodeId, RoomId, Sha256, ShowId } from '../domain/ids.ts';
import { episodeIdFor, roomHash } from '../domain/ids.ts';
import { isLeftOut, silentIn, withoutSilent } from '../domain/left-out.ts';
import { newManifest, tracksAdded } from '../domain/new-episode.ts';
import type { AcceptedRoom, Track } from '../domain/room.ts';
import { intakeKey, intakePrefix, manifestKey } from '../storage/object-keys.ts';
import { IntakeRecord, type PlatformEvent, type TracksAdded } from '../webhook/events.ts';
import { forgetIntake } from './erase.ts';
import { forgetPeople } from './forget-people.ts';
import { endLiveRoom } from './live-rooms.ts';
import { changeManifest, keepPending, markPending, type RoomIds, readManifest } from './manifests.ts';
import type { JobQueue, Log, ObjectStore } from './ports.ts';
import { changeRecord, createRecord, listAll, readRecord } from './records.ts';
import { feedJob, hint, nextJob } from './room-flow.ts';
import { ensureShow, type ShowDependencies } from './shows.ts';

export interface IntakeDependencies extends ShowDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
  readonly trackDeadlineSeconds: number;
}

export interface IntakeAnswer {
  readonly status: 'accepted' | 'duplicate' | 'conflict';
  readonly roomId: RoomId;
  readonly showId: ShowId;
  readonly episodeId: EpisodeId;
}

type AcceptedEvent = Extract<PlatformEvent, { type: 'room.ended' | 'room.tracks-added' }>;

/** Resolves once the episode will come out whatever happens to the queue. Throws what the store throws: then nothing was promised. */
export async function takeIn(event: AcceptedEvent, dependencies: IntakeDependencies): Promise<IntakeAnswer> {
  return event.type === 'room.ended'
    ? takeInRoom(event.data, event.digest, dependencies)
    : takeInTracks(event.data, event.digest, dependencies);
}

async function takeInRoom(sent: AcceptedRoom, digest: Sha256, dependencies: IntakeDependencies): Promise<IntakeAnswer> {
  const { bucket, clock } = dependencies;
  const ids = identify(sent.room);
  const data = withoutSilent(sent, ids.roomHash);
  const key = intakeKey(ids.roomHash, 0);
  const record: IntakeRecord = { type: 'room.ended', receivedAt: clock.now().toISOString(), digest, data };
  let known = await readRecord(bucket, key, IntakeRecord);
  if (!known) {
    await markPending(bucket, ids);
    if (!(await createRecord(bucket, key, record))) known = await readRecord(bucket, key, IntakeRecord);
  }
  const verdict = known ? compare(known.value, digest) : 'accepted';
  if (verdict === 'conflict') return { ...answer(ids), status: 'conflict' };
  if (known?.value.type !== 'erased') {
    const room = known ? stored(known.value, data) : data;
    await createManifest(room, ids, dependencies);
    await endAnnouncement(ids, room.room.endedAt, dependencies);
  }
  return { ...answer(ids), status: verdict };
}

/** It is on air no longer. The episode is promised already: what goes wrong here, sweep finds. */
async function endAnnouncement(ids: RoomIds, endedAt: string, dependencies: IntakeDependencies): Promise<void> {
  const { queue, log } = dependencies;
  try {
    if (await endLiveRoom(ids, endedAt, dependencies)) await hint(queue, log, feedJob(ids.showId));
  } catch (error) {
    log.warn({ showId: ids.showId, reason: messageOf(error) }, 'a live room could not be ended yet; sweep will do it');
  }
}

function compare(known: IntakeRecord, digest: Sha256): 'duplicate' | 'conflict' {
  // Whatever comes for an erased room is known; one whose record only served its time is still compared.
  if (known.type === 'erased' && known.because !== 'retention') return 'duplicate';
  if (known.type === 'erased') return known.hash === digest ? 'duplicate' : 'conflict';
  return known.digest === digest ? 'duplicate' : 'conflict';
}

const stored = (record: IntakeRecord, sent: AcceptedRoom) => (record.type === 'room.ended' ? record.data : sent);

function identify(room: { id: RoomId; showId: ShowId }): RoomIds {
  return {
    roomId: room.id,
    showId: room.showId,
    episodeId: episodeIdFor(room.showId, room.id),
    roomHash: roomHash(room.id),
  };
}

const answer = ({ roomId, showId, episodeId }: RoomIds) => ({ roomId, showId, episodeId });

/** Idempotent: every copy of an event makes sure of the manifest before it is answered. */
async function createManifest(data: AcceptedRoom, ids: RoomIds, dependencies: IntakeDependencies): Promise<void> {
  const { bucket, clock, queue, log, trackDeadlineSeconds } = dependencies;
  const show = await ensureShow(ids.showId, dependencies);
  const manifest = newManifest(data, {
    roomHash: ids.roomHash,
    now: clock.now(),
    trackDeadlineSeconds,
    defaultMode: { mode: show.publishMode },
  });
  const isNew = await createRecord(bucket, manifestKey(ids.showId, ids.episodeId), manifest);
  // Read after the manifest is there: tracks that are added at this moment see it, or are seen here.
  const added = await addedTracks(bucket, ids, data);
  const current = added.length === 0 ? manifest : await addTracks(added, ids, dependencies);
  if (!isNew && added.length === 0) return;
  await keepPending(bucket, ids);
  await hint(queue, log, nextJob(current));
}

/** What room.tracks-added events brought, also those that came before their room. */
async function addedTracks(bucket: ObjectStore, ids: RoomIds, room: AcceptedRoom): Promise<Track[]> {
  const added: Track[] = [];
  for await (const object of listAll(bucket, intakePrefix(ids.roomHash))) {
    const record = (await readRecord(bucket, object.key, IntakeRecord))?.value;
    if (record?.type !== 'room.tracks-added' || record.data.room.showId !== ids.showId) continue;
    added.push(...record.data.tracks);
    await forgetSilent(bucket, object.key, ids, room);
  }
  return added;
}

/** Tracks may be added before anybody knows who consented: what should not have been stored goes as soon as that is known. */
async function forgetSilent(bucket: ObjectStore, key: string, ids: RoomIds, room: AcceptedRoom): Promise<void> {
  await changeRecord(bucket, key, IntakeRecord, (record) => {
    if (record.type !== 'room.tracks-added') return undefined;
    const tracks = audible(record.data.tracks, ids, room);
    return tracks.length === record.data.tracks.length ? undefined : { ...record, data: { ...record.data, tracks } };
  });
}

/** Not of those who are left out; by id, where an older record has them. */
function audible(tracks: readonly Track[], ids: RoomIds, room: AcceptedRoom): Track[] {
  const silent = silentIn(room);
  const known = { roomHash: ids.roomHash, leftOut: room.leftOut };
  return tracks.filter(({ participantId }) => !silent.has(participantId) && !isLeftOut(known, participantId));
}

async function addTracks(
  tracks: readonly Track[],
  ids: RoomIds,
  { bucket, clock }: IntakeDependencies,
): Promise<Manifest> {
  const change = (manifest: Manifest) => tracksAdded(manifest, tracks, clock.now());
  return (await changeManifest(bucket, ids.showId, ids.episodeId, change)).value;
}

async function takeInTracks(
  data: TracksAdded,
  digest: Sha256,
  dependencies: IntakeDependencies,
): Promise<IntakeAnswer> {
  const { bucket, clock, queue, log } = dependencies;
  const ids = identify(data.room);
  const room = (await readRecord(bucket, intakeKey(ids.roomHash, 0), IntakeRecord))?.value;
  if (room?.type === 'erased' && room.because !== 'retention') return { ...answer(ids), status: 'duplicate' };
  const isAnothers =
    room?.type === 'room.ended'
      ? room.data.room.showId !== ids.showId
      : room?.type === 'erased' && !(await readManifest(bucket, ids.showId, ids.episodeId));
  if (isAnothers) return { ...answer(ids), status: 'conflict' };
  const tracks = room?.type === 'room.ended' ? audible(data.tracks, ids, room.data) : data.tracks;
  await markPending(bucket, ids);
  const isNew = await appendRecord(dependencies, ids.roomHash, digest, {
    type: 'room.tracks-added',
    receivedAt: clock.now().toISOString(),
    digest,
    data: { ...data, tracks },
  });
  // A room that is taken in at this moment reads the record just written, or its manifest is here by now.
  if (await readManifest(bucket, ids.showId, ids.episodeId)) {
    const manifest = await addTracks(tracks, ids, dependencies);
    // Erased between the first look and the record: then this is forgotten too.
    if (manifest.status === 'erased') await forgetIntake(manifest, dependencies);
    // The same where somebody left in between.
    else if (tracks.some((track) => isLeftOut(manifest, track.participantId))) await forgetPeople(manifest, bucket);
    await keepPending(bucket, ids);
    await hint(queue, log, nextJob(manifest));
  }
  return { ...answer(ids), status: isNew ? 'accepted' : 'duplicate' };
}

/** False when the same event is stored already. */
async function appendRecord({ bucket }: IntakeDependencies, hash: Sha256, digest: Sha256, record: IntakeRecord) {
  for (let number = 1; ; number++) {
    const existing = await readRecord(bucket, intakeKey(hash, number), IntakeRecord);
    if (existing && existing.value.type !== 'erased' && existing.value.digest === digest) return false;
    if (!existing && (await createRecord(bucket, intakeKey(hash, number), record))) return true;
    if (!existing) number--;
  }
}

/**
 * Finishes an intake whose process ended between the record and the manifest. The record says which show it was: a mark
 * may have been written over by an event that lost. False when no room.ended has come yet.
 */
export async function resumeIntake(roomId: RoomId, dependencies: IntakeDependencies): Promise<boolean> {
  const { bucket } = dependencies;
  const record = (await readRecord(bucket, intakeKey(roomHash(roomId), 0), IntakeRecord))?.value;
  if (record?.type !== 'room.ended') return false;
  const ids = identify(record.data.room);
  await createManifest(record.data, ids, dependencies);
  await markPending(bucket, ids);
  return true;
}
