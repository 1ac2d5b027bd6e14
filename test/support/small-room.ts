/** A room of a few seconds that a test can send, change and have rendered quickly. */
import { join } from 'node:path';
import { babble, writeSound } from './sounds.ts';

const SECONDS = 4;

interface SmallRoomEvent {
  type: string;
  timestamp: string;
  data: {
    room: Record<string, unknown>;
    participants: Record<string, unknown>[];
    tracks: Record<string, unknown>[];
    markers: Record<string, unknown>[];
    edit?: Record<string, unknown>;
    publish?: Record<string, unknown>;
  };
}

/** Ana and Ben, a track each; it ended just now unless said otherwise. */
export function smallRoom(
  id: string,
  change: (data: SmallRoomEvent['data']) => void = () => {},
  endedAt = new Date(),
): SmallRoomEvent {
  const startedAt = new Date(endedAt.getTime() - SECONDS * 1000).toISOString();
  const data: SmallRoomEvent['data'] = {
    room: { id, showId: 'late-table', title: 'Album night', startedAt, endedAt: endedAt.toISOString() },
    participants: [
      { id: 'p1', name: 'Ana Quimera', role: 'host' },
      { id: 'p2', name: 'Ben Zanzibar', role: 'guest' },
    ],
    tracks: [
      { participantId: 'p1', key: 'rooms/small/p1.wav', startedAt },
      { participantId: 'p2', key: 'rooms/small/p2.wav', startedAt },
    ],
    markers: [],
  };
  change(data);
  return { type: 'room.ended', timestamp: endedAt.toISOString(), data };
}

/** Puts the tracks that the event names where a platform would. */
export function dropSmallTracks(objects: string, names: readonly string[] = ['p1', 'p2']): void {
  for (const [index, name] of names.entries()) {
    writeSound(join(objects, `rooms/small/${name}.wav`), babble(SECONDS, 0.4, 7 + index));
  }
}

/** `room.tracks-added` for a room of this kind. */
export function tracksAddedEvent(roomId: string, keys: readonly string[], participantId = 'p1', showId = 'late-table') {
  const startedAt = '2026-11-22T19:30:00.000Z';
  const tracks = keys.map((key) => ({ participantId, key, startedAt }));
  return { type: 'room.tracks-added', data: { room: { id: roomId, showId }, tracks } };
}
