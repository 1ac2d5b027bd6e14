/** Rooms before they have a recording: announced, on air, over. What several events say of one room is the same in any order. Pure. */
import { z } from 'zod';
import { liveGuidFor, RoomId, Sha256, ShowId } from './ids.ts';
import { Description, Instant, isWebAddress, Title } from './room.ts';

const HOUR_MS = 3_600_000;
/** Hosts are late; who has not begun by then does not come. */
const NEVER_STARTED_MS = 2 * HOUR_MS;
/** Beyond its announced end. A room that is still talked in must not be called over. */
const OVERRUN_MS = 6 * HOUR_MS;
/** The longest room there may be. */
const LONGEST_ROOM_MS = 48 * HOUR_MS;
/** Apps poll by the hour: until then they can read that it is over. */
const KEPT_AFTER_END_MS = 24 * HOUR_MS;
/** More at once is a mistake of the platform's, and would bloat every poll of the feed. */
export const MOST_LIVE_ROOMS = 200;

const WebAddress = z.string().max(2048).refine(isWebAddress, 'must be an http or https address');

/** What `room.scheduled` and `room.started` say of a room beside when. */
export const LiveWords = z.object({
  id: RoomId,
  showId: ShowId,
  title: Title,
  description: Description.optional(),
  /** When it is meant to end. */
  endsAt: Instant.optional(),
  /** Where people join or listen. */
  joinUrl: WebAddress,
  /** Sound that a podcast app can play as it comes: `audio/mpeg` unless told otherwise. */
  streamUrl: WebAddress.optional(),
  streamType: z
    .string()
    .regex(/^(audio|video|application)\/[a-z0-9.+-]{1,100}$/i, 'must be a media type like audio/mpeg')
    .optional(),
});

/** Of two statements of one kind the later told counts; `digest` decides between two of one instant. */
const Told = z.object({ toldAt: Instant, digest: Sha256 });
const Statement = LiveWords.omit({ id: true, showId: true }).extend({ ...Told.shape, at: Instant });
export type Statement = z.infer<typeof Statement>;

export const LiveRoom = z.object({
  roomId: RoomId,
  roomHash: Sha256,
  guid: z.string(),
  scheduled: Statement.optional(),
  started: Statement.optional(),
  cancelled: Told.optional(),
  /** Its room.ended came. */
  endedAt: Instant.optional(),
  /** The deadline that was seen to have passed. A later one, by a later event, overrules it. */
  overdueAt: Instant.optional(),
});
export type LiveRoom = z.infer<typeof LiveRoom>;

/** shows/<showId>/live.json; written only by change, never removed: its version counts into the feed's generation. */
export const LiveRooms = z.object({
  format: z.literal(1),
  version: z.int().positive(),
  updatedAt: Instant,
  rooms: z.array(LiveRoom),
});
export type LiveRooms = z.infer<typeof LiveRooms>;

/** `off`: cancelled, or never begun; it is in no feed. */
export type LiveStatus = 'pending' | 'live' | 'ended' | 'off';

export type LiveNews =
  | { readonly kind: 'scheduled' | 'started'; readonly statement: Statement }
  | { readonly kind: 'cancelled'; readonly told: z.infer<typeof Told> };

const isLater = (a: z.infer<typeof Told>, b: z.infer<typeof Told> | undefined) =>
  b === undefined || a.toldAt > b.toldAt || (a.toldAt === b.toldAt && a.digest > b.digest);

export function newLiveRoom(showId: ShowId, roomId: RoomId, roomHash: Sha256): LiveRoom {
  return { roomId, roomHash, guid: liveGuidFor(showId, roomId) };
}

/** The same room where this says nothing newer than is known. */
export function withNews(room: LiveRoom, news: LiveNews): LiveRoom {
  if (news.kind === 'cancelled') return isLater(news.told, room.cancelled) ? { ...room, cancelled: news.told } : room;
  return isLater(news.statement, room[news.kind]) ? { ...room, [news.kind]: news.statement } : room;
}

/** What was told last, completed by what was told before; undefined where nothing is known but a cancellation. */
export function wordsOf({ scheduled, started }: LiveRoom): Statement | undefined {
  if (!scheduled || !started) return started ?? scheduled;
  return isLater(started, scheduled) ? { ...scheduled, ...started } : { ...started, ...scheduled };
}

/** When a room that nobody ended is taken for over, by what was told of it. */
function deadlineOf(room: LiveRoom): number {
  const endsAt = wordsOf(room)?.endsAt;
  const endMs = endsAt === undefined ? undefined : Date.parse(endsAt);
  if (room.started) {
    const startMs = Date.parse(room.started.at);
    return endMs === undefined ? startMs + LONGEST_ROOM_MS : Math.max(endMs, startMs) + OVERRUN_MS;
  }
  if (!room.scheduled) return Date.parse(room.cancelled?.toldAt ?? new Date(0).toISOString()) + KEPT_AFTER_END_MS;
  return Math.max(endMs ?? 0, Date.parse(room.scheduled.at) + NEVER_STARTED_MS);
}

const isOverdue = (room: LiveRoom) => room.overdueAt !== undefined && Date.parse(room.overdueAt) >= deadlineOf(room);

function isCancelled({ cancelled, scheduled, started }: LiveRoom): boolean {
  return cancelled !== undefined && isLater(cancelled, scheduled) && isLater(cancelled, started);
}

export function statusOf(room: LiveRoom): LiveStatus {
  if (!wordsOf(room)) return 'off';
  if (room.endedAt !== undefined) return 'ended';
  if (isCancelled(room)) return 'off';
  if (isOverdue(room)) return room.started ? 'ended' : 'off';
  return room.started ? 'live' : 'pending';
}

/** What time alone changes: the same room, or one found overdue, or undefined where nothing need be known of it any more. */
export function afterTime(room: LiveRoom, now: Date): LiveRoom | undefined {
  const deadlineMs = deadlineOf(room);
  const isPast = deadlineMs <= now.getTime();
  const overMs = room.endedAt === undefined ? deadlineMs : Date.parse(room.endedAt);
  // A cancelled or unbegun room is remembered until its deadline, so that no repeated event announces it anew.
  const keptMs = statusOf(room) === 'off' && room.endedAt === undefined ? 0 : KEPT_AFTER_END_MS;
  if ((isPast || room.endedAt !== undefined) && overMs + keptMs <= now.getTime()) return undefined;
  if (!isPast || room.endedAt !== undefined || isOverdue(room)) return room;
  return { ...room, overdueAt: new Date(deadlineMs).toISOString() };
}
