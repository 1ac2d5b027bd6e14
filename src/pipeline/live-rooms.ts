/** Rooms that are announced or on air, as a show's record of them: read, told news, ended, forgotten. */
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import { type RoomId, type Sha256, ShowId } from '../domain/ids.ts';
import {
  afterTime,
  type LiveNews,
  type LiveRoom,
  LiveRooms,
  MOST_LIVE_ROOMS,
  newLiveRoom,
  withNews,
} from '../domain/live-room.ts';
import { liveRoomsKey, ON_AIR_PREFIX, onAirKey } from '../storage/object-keys.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { backOff, createRecord, listAll, readRecord, replaceRecord } from './records.ts';

interface LiveDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

const MAX_TRIES = 40;

/** Undefined where the show never announced anything. */
export async function readLiveRooms(bucket: ObjectStore, showId: ShowId): Promise<LiveRooms | undefined> {
  return (await readRecord(bucket, liveRoomsKey(showId), LiveRooms))?.value;
}

type Rooms = readonly LiveRoom[];

/** Compare-and-swap; a change that gives the same list writes nothing. */
export async function changeLiveRooms(
  showId: ShowId,
  { bucket, clock }: LiveDependencies,
  change: (rooms: Rooms) => Rooms,
): Promise<{ readonly live: LiveRooms | undefined; readonly isChanged: boolean }> {
  const key = liveRoomsKey(showId);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = await readRecord(bucket, key, LiveRooms);
    const before: Rooms = current?.value.rooms ?? [];
    const rooms = change(before);
    if (rooms === before) return { live: current?.value, isChanged: false };
    const next: LiveRooms = {
      format: 1,
      version: (current?.value.version ?? 0) + 1,
      updatedAt: clock.now().toISOString(),
      rooms: [...rooms],
    };
    try {
      if (current) await replaceRecord(bucket, key, current.etag, next);
      else if (!(await createRecord(bucket, key, next))) throw new PreconditionFailed(key);
      return { live: next, isChanged: true };
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      await backOff(tries);
    }
  }
  throw new PassingFailure('contention', `${key} was changed by others ${MAX_TRIES} times in a row`);
}

export interface LiveRoomIds {
  readonly roomId: RoomId;
  readonly showId: ShowId;
  readonly roomHash: Sha256;
}

/** False where it changes nothing: told before, older than what is known, or of a room whose time is over. */
export async function tellLiveNews(ids: LiveRoomIds, news: LiveNews, dependencies: LiveDependencies): Promise<boolean> {
  const { bucket, clock } = dependencies;
  await bucket.put(onAirKey(ids.showId), '{}\n', { contentType: 'application/json' });
  const { isChanged } = await changeLiveRooms(ids.showId, dependencies, (rooms) => {
    const known = rooms.find(({ roomHash }) => roomHash === ids.roomHash);
    const before = known ?? newLiveRoom(ids.showId, ids.roomId, ids.roomHash);
    const after = withNews(before, news);
    if (after === before) return rooms;
    if (known) return rooms.map((room) => (room === known ? after : room));
    if (afterTime(after, clock.now()) !== after) return rooms;
    if (rooms.length >= MOST_LIVE_ROOMS) throw tooMany(ids.showId);
    return [...rooms, after];
  });
  // Sweep may have taken an old mark back in between.
  if (!(await bucket.head(onAirKey(ids.showId)))) {
    await bucket.put(onAirKey(ids.showId), '{}\n', { contentType: 'application/json' });
  }
  return isChanged;
}

function tooMany(showId: ShowId): PermanentFailure {
  return new PermanentFailure(
    'bad-request',
    `The show ${showId} has ${MOST_LIVE_ROOMS} rooms announced or on air already: end or cancel some of them first.`,
  );
}

/** Its recording is on its way. False where it was not announced, or is known to be over. */
export async function endLiveRoom(
  { showId, roomHash }: Pick<LiveRoomIds, 'showId' | 'roomHash'>,
  endedAt: string,
  dependencies: LiveDependencies,
): Promise<boolean> {
  const end = (room: LiveRoom) => (room.endedAt === undefined ? { ...room, endedAt } : room);
  return changeOne(showId, roomHash, end, dependencies);
}

/** Nothing is said of it any more. */
export async function forgetLiveRoom(
  { showId, roomHash }: Pick<LiveRoomIds, 'showId' | 'roomHash'>,
  dependencies: LiveDependencies,
): Promise<boolean> {
  return changeOne(showId, roomHash, () => undefined, dependencies);
}

async function changeOne(
  showId: ShowId,
  roomHash: Sha256,
  change: (room: LiveRoom) => LiveRoom | undefined,
  dependencies: LiveDependencies,
): Promise<boolean> {
  const { isChanged } = await changeLiveRooms(showId, dependencies, (rooms) => {
    const known = rooms.find((room) => room.roomHash === roomHash);
    const after = known && change(known);
    if (after === known) return rooms;
    return rooms.flatMap((room) => (room === known ? (after ?? []) : room));
  });
  return isChanged;
}

/** Shows in which something is announced or on air, or was a moment ago. */
export async function* showsOnAir(bucket: ObjectStore): AsyncGenerator<ShowId> {
  for await (const { key } of listAll(bucket, ON_AIR_PREFIX)) {
    const showId = ShowId.safeParse(key.slice(ON_AIR_PREFIX.length));
    if (showId.success) yield showId.data;
  }
}
