/** The API's rooms that are announced, on air, or just over: as the feed has them. */
import { Hono } from 'hono';
import { ShowId } from '../domain/ids.ts';
import { statusOf, wordsOf } from '../domain/live-room.ts';
import { readLiveRooms } from '../pipeline/live-rooms.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';
import { problemResponse } from './problem.ts';

export function liveApi({ bucket }: { readonly bucket: ObjectStore }): Hono {
  const app = new Hono();
  app.get('/shows/:showId/live', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const show = id.success ? await readShow(bucket, id.data) : undefined;
    if (!show) {
      const detail = `There is no show ${c.req.param('showId')}.`;
      return problemResponse({ status: 404, code: 'not-found', detail });
    }
    const rooms = ((await readLiveRooms(bucket, show.id))?.rooms ?? []).flatMap((room) => {
      const words = wordsOf(room);
      if (!words || statusOf(room) === 'off') return [];
      const { toldAt: _told, digest: _digest, at: _at, ...said } = words;
      return {
        roomId: room.roomId,
        guid: room.guid,
        status: statusOf(room),
        ...said,
        ...(room.scheduled ? { scheduledFor: room.scheduled.at } : {}),
        ...(room.started ? { startedAt: room.started.at } : {}),
        ...(room.endedAt === undefined ? {} : { endedAt: room.endedAt }),
      };
    });
    return c.json({ rooms });
  });
  return app;
}
