/** Events of rooms that have no recording yet: room.scheduled, room.started, room.cancelled. */
import { z } from 'zod';
import { RoomId, type Sha256, ShowId } from '../domain/ids.ts';
import { type LiveNews, LiveWords } from '../domain/live-room.ts';
import { IN_PLAIN_WORDS } from '../domain/plain-words.ts';
import { Instant } from '../domain/room.ts';

/** Further ahead nobody announces a room, but somebody mistakes the century. */
const FURTHEST_AHEAD_MS = 400 * 24 * 3_600_000;

/** Names of the event types, and which field of the room says when. */
const SAYS_WHEN = { 'room.scheduled': 'scheduledFor', 'room.started': 'startedAt' } as const;

/** A later statement replaces an earlier one, in whatever order they come: so each must say when it was made. */
const Timestamp = z.object({
  timestamp: z
    .string({
      error: 'is needed in this event: a room may be announced anew, and of two announcements the later counts',
    })
    .pipe(Instant),
});

const Announced = {
  'room.scheduled': z.object({ room: LiveWords.extend({ scheduledFor: Instant }) }),
  'room.started': z.object({ room: LiveWords.extend({ startedAt: Instant }) }),
} as const;
const Cancelled = z.object({ room: z.object({ id: RoomId, showId: ShowId }) });

export interface LiveEvent {
  readonly type: 'room.scheduled' | 'room.started' | 'room.cancelled';
  readonly room: { readonly id: RoomId; readonly showId: ShowId };
  readonly news: LiveNews;
}

/** Where such an event is ignored: without a place to go there is nothing to announce. */
export const NOTHING_TO_ANNOUNCE: Readonly<Record<string, string>> = {
  'room.scheduled': 'it has no data.room.joinUrl, so there is nothing to announce',
  'room.started': 'it has no data.room.joinUrl, so there is nothing to announce',
  'room.cancelled': 'it has no data.room with an id and a showId',
};

/** Platforms send events of these names to others too, in shapes of their own: those are not for us. */
function isForUs(type: unknown, data: unknown): boolean {
  const { room } = z
    .object({ room: z.record(z.string(), z.unknown()) })
    .catch({ room: {} })
    .parse(data);
  return type === 'room.cancelled' ? 'id' in room && 'showId' in room : room['joinUrl'] !== undefined;
}

/** Undefined for an event of another type, or not of our shape. Throws z.ZodError with paths into the event. */
export function parseLiveEvent(event: Readonly<Record<string, unknown>>, digest: Sha256): LiveEvent | undefined {
  const { type } = event;
  if (!isForUs(type, event['data'])) return undefined;
  if (type === 'room.cancelled') {
    const { timestamp, data } = Timestamp.extend({ data: Cancelled }).parse(event, IN_PLAIN_WORDS);
    return { type, room: data.room, news: { kind: 'cancelled', told: { toldAt: timestamp, digest } } };
  }
  if (type === 'room.scheduled') {
    const { timestamp, data } = Timestamp.extend({ data: Announced[type] }).parse(event, IN_PLAIN_WORDS);
    const { id, showId, scheduledFor: at, ...words } = data.room;
    refuseImpossibleTimes(type, { at, endsAt: words.endsAt, toldAt: timestamp });
    return {
      type,
      room: { id, showId },
      news: { kind: 'scheduled', statement: { ...words, at, toldAt: timestamp, digest } },
    };
  }
  if (type === 'room.started') {
    const { timestamp, data } = Timestamp.extend({ data: Announced[type] }).parse(event, IN_PLAIN_WORDS);
    const { id, showId, startedAt: at, ...words } = data.room;
    refuseImpossibleTimes(type, { at, endsAt: words.endsAt, toldAt: timestamp });
    return {
      type,
      room: { id, showId },
      news: { kind: 'started', statement: { ...words, at, toldAt: timestamp, digest } },
    };
  }
  return undefined;
}

function refuseImpossibleTimes(
  type: keyof typeof SAYS_WHEN,
  { at, endsAt, toldAt }: { readonly at: string; readonly endsAt: string | undefined; readonly toldAt: string },
): void {
  const when = SAYS_WHEN[type];
  const furthestMs = Date.parse(toldAt) + FURTHEST_AHEAD_MS;
  const issues: z.core.$ZodIssue[] = [];
  const add = (name: string, message: string) =>
    issues.push({ code: 'custom', path: ['data', 'room', name], message, input: undefined });
  if (Date.parse(at) > furthestMs) add(when, 'must be within 400 days of the event’s timestamp');
  if (endsAt !== undefined && Date.parse(endsAt) <= Date.parse(at)) add('endsAt', `must be after ${when}`);
  if (endsAt !== undefined && Date.parse(endsAt) > furthestMs) {
    add('endsAt', 'must be within 400 days of the event’s timestamp');
  }
  if (issues.length > 0) throw new z.ZodError(issues);
}
