/** A room with somebody in it who will leave, taken in without a server: for tests that drive the stages themselves. */
import { join } from 'node:path';
import { episodeIdFor, ParticipantId, RoomId, ShowId } from '../../src/domain/ids.ts';
import { type IntakeDependencies, takeIn } from '../../src/pipeline/intake.ts';
import { takeInLive } from '../../src/pipeline/live-intake.ts';
import { parseEvent } from '../../src/webhook/events.ts';
import { smallRoom } from './small-room.ts';
import { babble, writeSound } from './sounds.ts';

export const ROOM_ENDED_AT = new Date('2026-11-22T20:30:00.000Z');
const showId = ShowId.parse('late-table');
const roomId = RoomId.parse('rm-left');
export const LEAVING_IDS = { showId, roomId, episodeId: episodeIdFor(showId, roomId) };
/** Of the name "Ben Zanzibar", as it is looked for. */
export const LEAVER_SURNAME = 'Zanzibar';
/** What takes Ben out, as a creator asks for it. */
export const LEAVING = { edit: { excludeParticipantIds: [ParticipantId.parse('p2')] } };

/** Where the folder store looks for them: of Ana and of Ben. */
export function dropLeavingTracks(root: string): void {
  for (const [index, name] of ['p1', 'p2'].entries()) {
    writeSound(join(root, `rooms/small/${name}.wav`), babble(4, 0.4, 7 + index));
  }
}

/** The room was on air under this title, and has ended. */
export async function takeInLeavingRoom(title: string, dependencies: IntakeDependencies): Promise<void> {
  const startedAt = new Date(ROOM_ENDED_AT.getTime() - 3_600_000).toISOString();
  const announced = { id: roomId, showId, title, startedAt, joinUrl: 'https://rooms.example.org/1' };
  const live = parseEvent({ type: 'room.started', timestamp: startedAt, data: { room: announced } });
  if (live.type !== 'room.started') throw new Error(`not an announcement: ${live.type}`);
  await takeInLive(live, dependencies);
  const ended = smallRoom(
    roomId,
    ({ markers }) => {
      const at = (seconds: number) => new Date(ROOM_ENDED_AT.getTime() - seconds * 1000).toISOString();
      markers.push({ at: at(3), title: 'Wombats' }, { at: at(2), title: `Ben ${LEAVER_SURNAME} sings` });
    },
    ROOM_ENDED_AT,
  );
  const room = parseEvent(ended);
  if (room.type !== 'room.ended') throw new Error(`not a room: ${room.type}`);
  await takeIn(room, dependencies);
}
