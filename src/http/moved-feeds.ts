/** Feeds that moved: 301 to where they are now, for good; everything else of the show is served as before. */
import { Hono } from 'hono';
import { PassingFailure } from '../domain/failure.ts';
import { ShowId } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { redirectOf } from '../feed/moved-feed.ts';
import type { ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';

/** A move is told this much later at most; polls cost no read of the show's record meanwhile. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 1_000;
/** Long enough to spare us the polls, short enough that a move that is undone is undone. */
const CACHE_CONTROL = 'public, max-age=300';

export function movedFeeds(bucket: ObjectStore, nowMs: () => number = Date.now): Hono {
  const app = new Hono();
  const remembered = new Map<ShowId, { readonly atMs: number; readonly show: Show | undefined }>();

  const showOf = async (id: ShowId): Promise<Show | undefined> => {
    const known = remembered.get(id);
    if (known && nowMs() - known.atMs < REMEMBERED_MS) return known.show;
    const show = await readShow(bucket, id).catch((error: unknown) => {
      // Whether it can be served is for whoever serves it to say.
      if (error instanceof PassingFailure) return known?.show;
      throw error;
    });
    remembered.delete(id);
    remembered.set(id, { atMs: nowMs(), show });
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return show;
  };

  app.get('/shows/:showId/feed.xml', async (c, next) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const show = id.success ? await showOf(id.data) : undefined;
    const location = show && redirectOf(show, c.req.header('host'));
    if (location === undefined) return next();
    const headers = { location, 'cache-control': CACHE_CONTROL, 'access-control-allow-origin': '*' };
    return new Response(null, { status: 301, headers });
  });
  return app;
}
