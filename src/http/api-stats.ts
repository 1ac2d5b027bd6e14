/** The API's downloads: of a show, by day, episode and app. */
import { Hono } from 'hono';
import { z } from 'zod';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { daysAfter, UtcDay, utcDayOf } from '../downloads/utc-day.ts';
import { downloadStats, refusedRange } from '../pipeline/download-stats.ts';
import type { Clock, ObjectStore } from '../pipeline/ports.ts';
import { readShow } from '../pipeline/shows.ts';
import { invalidResponse, problemResponse } from './problem.ts';

const DEFAULT_DAYS = 30;
const DEFAULT_EPISODES = 100;
const MOST_EPISODES = 1_000;

const Query = z.strictObject({
  from: UtcDay.optional(),
  to: UtcDay.optional(),
  episode: EpisodeId.optional(),
  limit: z.coerce.number().int().min(1).max(MOST_EPISODES).default(DEFAULT_EPISODES),
});

export function statsApi({ bucket, clock }: { readonly bucket: ObjectStore; readonly clock: Clock }): Hono {
  const app = new Hono();
  app.get('/shows/:showId/stats', async (c) => {
    const showId = ShowId.safeParse(c.req.param('showId'));
    const show = showId.success ? await readShow(bucket, showId.data) : undefined;
    if (!show) {
      const detail = `There is no show ${c.req.param('showId')}.`;
      return problemResponse({ status: 404, code: 'not-found', detail });
    }
    const query = Query.safeParse(c.req.query());
    if (!query.success) return invalidResponse(query.error, 'The query does not fit');
    const now = clock.now();
    const { to = utcDayOf(now), episode, limit } = query.data;
    const { from = daysAfter(to, 1 - DEFAULT_DAYS) } = query.data;
    const refused = refusedRange(from, to);
    if (refused !== undefined) return problemResponse({ status: 400, code: 'invalid', detail: refused });
    const asked = { showId: show.id, from, to, episodes: limit, ...(episode ? { episodeId: episode } : {}) };
    return c.json(await downloadStats(bucket, asked, now));
  });
  return app;
}
