/** Who is left out of an episode, kept so that nobody is named: a mark made of the id, salted with the room. Pure. */
import { type ParticipantId, type Sha256, sha256 } from './ids.ts';
import type { AcceptedRoom } from './room.ts';

interface LeftOut {
  readonly leftOut?: readonly Sha256[] | undefined;
  /** By id, as older records have them. */
  readonly excludedParticipantIds?: readonly ParticipantId[] | undefined;
}

/** Tells whether an id that comes along is of somebody who left; nobody can read an id, or the same person elsewhere, from it. */
export function leftOutMark(room: Sha256, id: string): Sha256 {
  return sha256(`left out\n${room}\n${id}`);
}

export function isLeftOut({ roomHash, ...known }: LeftOut & { readonly roomHash: Sha256 }, id: ParticipantId): boolean {
  if (known.excludedParticipantIds?.includes(id)) return true;
  return known.leftOut?.includes(leftOutMark(roomHash, id)) ?? false;
}

/** How many people are left out: that is all that may be told of them. */
export function leftOutCount({ leftOut = [], excludedParticipantIds = [] }: LeftOut): number {
  return leftOut.length + excludedParticipantIds.length;
}

/** Who gave no consent, or is not wanted in it from the start. */
export function silentIn({ participants, edit }: Pick<AcceptedRoom, 'participants' | 'edit'>): Set<ParticipantId> {
  const unwanted = new Set(edit.excludeParticipantIds ?? []);
  return new Set(participants.filter(({ id, consent }) => !consent || unwanted.has(id)).map(({ id }) => id));
}

/**
 * What is stored of a room: of those who are silent, or who left since, not so much as an id; a mark of each tells what
 * comes of them later. Doing it again changes nothing.
 */
export function withoutSilent(accepted: AcceptedRoom, room: Sha256, left: readonly Sha256[] = []) {
  const silent = silentIn(accepted);
  const marks = [...silent].map((id) => leftOutMark(room, id));
  const leftOut = [...new Set([...(accepted.leftOut ?? []), ...left, ...marks])];
  const isHeard = (id: ParticipantId) => !isLeftOut({ roomHash: room, leftOut }, id);
  const { excludeParticipantIds: _ids, ...edit } = accepted.edit;
  return {
    ...accepted,
    participants: accepted.participants.filter(({ id }) => isHeard(id)),
    tracks: accepted.tracks.filter(({ participantId }) => isHeard(participantId)),
    markers: accepted.markers.filter(({ participantId }) => participantId === undefined || isHeard(participantId)),
    edit,
    leftOut,
  } satisfies AcceptedRoom;
}
