/** Makes an old recorded room look as if it had ended just now. Pure: the demo reads the event, this moves its clock. */
import { z } from 'zod';

const RoomEvent = z.looseObject({
  timestamp: z.iso.datetime({ offset: true }).optional(),
  data: z.looseObject({
    room: z.looseObject({
      id: z.string(),
      startedAt: z.iso.datetime({ offset: true }),
      endedAt: z.iso.datetime({ offset: true }),
    }),
    tracks: z.array(z.looseObject({ key: z.string(), startedAt: z.iso.datetime({ offset: true }) })),
    markers: z.array(z.looseObject({ at: z.iso.datetime({ offset: true }) })).optional(),
    publish: z.looseObject({ at: z.iso.datetime({ offset: true }).optional() }).optional(),
  }),
});
export type RoomEvent = z.infer<typeof RoomEvent>;

/**
 * The event with all its times moved by the same span, so that its room ended at `toRoomEnd`, and, when `roomId` is
 * given, under that id. Keys stay: they say where the files are. Throws ZodError when it is not a room.ended event.
 */
export function shiftEvent(event: unknown, toRoomEnd: Date, roomId?: string): RoomEvent {
  const { data, timestamp, ...rest } = RoomEvent.parse(event);
  const shiftMs = toRoomEnd.getTime() - Date.parse(data.room.endedAt);
  const moved = (instant: string) => new Date(Date.parse(instant) + shiftMs).toISOString();
  const { room, tracks, markers, publish } = data;
  return {
    ...rest,
    ...(timestamp !== undefined && { timestamp: moved(timestamp) }),
    data: {
      ...data,
      room: { ...room, id: roomId ?? room.id, startedAt: moved(room.startedAt), endedAt: moved(room.endedAt) },
      tracks: tracks.map((track) => ({ ...track, startedAt: moved(track.startedAt) })),
      ...(markers && { markers: markers.map((marker) => ({ ...marker, at: moved(marker.at) })) }),
      ...(publish && { publish: publish.at === undefined ? publish : { ...publish, at: moved(publish.at) } }),
    },
  };
}
