/** The events a live platform sends, as schemas; and what of them may be stored. */
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { RoomId, type Sha256, ShowId, sha256 } from '../domain/ids.ts';
import { silentIn } from '../domain/left-out.ts';
import { IN_PLAIN_WORDS } from '../domain/plain-words.ts';
import { AcceptedRoom, EditList, Instant, Marker, Participant, PublishMode, Room, Track } from '../domain/room.ts';
import { type LiveEvent, parseLiveEvent } from './live-events.ts';

const MAX_ROOM_HOURS = 48;

const RoomEndedData = z
  .object({
    room: Room,
    participants: z.array(Participant).min(1).max(1000),
    tracks: z.array(Track).min(1).max(5000),
    markers: z.array(Marker).max(1000).default([]),
    edit: EditList.default({}),
    publish: PublishMode.optional(),
  })
  .superRefine((data, context) => {
    const hours = (Date.parse(data.room.endedAt) - Date.parse(data.room.startedAt)) / 3_600_000;
    if (hours <= 0) issue(context, ['room', 'endedAt'], 'must be after startedAt');
    if (hours > MAX_ROOM_HOURS) issue(context, ['room', 'endedAt'], `must be within ${MAX_ROOM_HOURS} h of startedAt`);
    const seconds = hours * 3600;
    if ((data.edit.trimStartSeconds ?? 0) + (data.edit.trimEndSeconds ?? 0) >= seconds && hours > 0) {
      issue(context, ['edit'], 'trims away the whole room');
    }
    const known = new Set<string>();
    for (const [index, { id }] of data.participants.entries()) {
      if (known.has(id)) issue(context, ['participants', index, 'id'], `${JSON.stringify(id)} stands twice`);
      known.add(id);
    }
    const keys = new Set<string>();
    for (const [index, track] of data.tracks.entries()) {
      if (!known.has(track.participantId)) {
        issue(
          context,
          ['tracks', index, 'participantId'],
          `${JSON.stringify(track.participantId)} is not among the participants`,
        );
      }
      if (keys.has(track.key)) issue(context, ['tracks', index, 'key'], `${JSON.stringify(track.key)} stands twice`);
      keys.add(track.key);
    }
  });

function issue(context: z.core.$RefinementCtx, path: (string | number)[], message: string): void {
  context.issues.push({ code: 'custom', path, message, input: undefined });
}

const TracksAddedData = z.object({
  room: z.object({ id: RoomId, showId: ShowId }),
  tracks: z.array(Track).min(1).max(5000),
});

const Envelope = z.object({
  type: z.string().min(1).max(128),
  timestamp: z.string().optional(),
  data: z.unknown().optional(),
});

export type TracksAdded = z.infer<typeof TracksAddedData>;

/** What intake/<roomHash>/<n>.json holds. `digest`: of the event's `data` as canonical JSON, as it was sent. */
export const IntakeRecord = z.discriminatedUnion('type', [
  z.object({ type: z.literal('room.ended'), receivedAt: Instant, digest: z.string(), data: AcceptedRoom }),
  z.object({ type: z.literal('room.tracks-added'), receivedAt: Instant, digest: z.string(), data: TracksAddedData }),
  z.object({
    type: z.literal('erased'),
    hash: z.string(),
    erasedAt: Instant,
    /** The episode is there; its record had served its time. */
    because: z.literal('retention').optional(),
  }),
]);
export type IntakeRecord = z.infer<typeof IntakeRecord>;

export type PlatformEvent =
  | { readonly type: 'room.ended'; readonly digest: Sha256; readonly data: AcceptedRoom }
  | { readonly type: 'room.tracks-added'; readonly digest: Sha256; readonly data: TracksAdded }
  | LiveEvent
  | { readonly type: 'ignored'; readonly name: string };

/** Throws z.ZodError; its issues have paths into the event, like data.tracks.0.key. */
export function parseEvent(json: unknown): PlatformEvent {
  const envelope = Envelope.parse(json, IN_PLAIN_WORDS);
  const { type, data } = envelope;
  if (type === 'room.ended') {
    const { data: accepted } = z.object({ data: RoomEndedData }).parse({ data }, IN_PLAIN_WORDS);
    return { type, digest: digestOf(data), data: withoutUnconsented(accepted) };
  }
  if (type === 'room.tracks-added') {
    const { data: added } = z.object({ data: TracksAddedData }).parse({ data }, IN_PLAIN_WORDS);
    return { type, digest: digestOf(data), data: added };
  }
  return parseLiveEvent(envelope, digestOf(data)) ?? { type: 'ignored', name: type };
}

/** RFC 8785, so that another order of keys or other white space is the same event; NFC, as the room's id is compared. */
function digestOf(data: unknown): Sha256 {
  try {
    return sha256((canonicalize(data) ?? '').normalize('NFC'));
  } catch (cause) {
    throw new SyntaxError('a number in it is too large for JSON as others read it', { cause });
  }
}

/** Consent comes before storage: names, links and tracks of those who did not give it never reach the bucket. */
function withoutUnconsented(event: z.infer<typeof RoomEndedData>): AcceptedRoom {
  const silent = silentIn(event);
  return {
    room: event.room,
    participants: event.participants.map((person) =>
      silent.has(person.id) ? { id: person.id, role: person.role, consent: false } : person,
    ),
    tracks: event.tracks.filter((track) => !silent.has(track.participantId)),
    markers: event.markers.filter(({ participantId }) => !(participantId && silent.has(participantId))),
    edit: event.edit,
    ...(event.publish ? { publish: event.publish } : {}),
  };
}
