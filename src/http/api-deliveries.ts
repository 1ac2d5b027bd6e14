/** The API's deliveries: what a show's platform and hub were told, what they are still owed, and once more what was lost. */
import { type Context, Hono } from 'hono';
import { PermanentFailure } from '../domain/failure.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { DELIVERY_STATES, HUB_DELIVERY_ID, listDeliveries, resend } from '../pipeline/deliveries.ts';
import type { Clock, JobQueue, Log, ObjectStore } from '../pipeline/ports.ts';
import { hint, notifyJob } from '../pipeline/room-flow.ts';
import { readShow } from '../pipeline/shows.ts';
import { problemResponse } from './problem.ts';

const DEFAULT_DAYS = 7;
const MOST_DAYS = 365;
const DEFAULT_LIMIT = 200;
const LARGEST_LIMIT = 1000;

export interface DeliveryApiOptions {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly queue: JobQueue;
  readonly log: Log;
  readonly callbackUrl?: string | undefined;
  readonly purgeUrl?: string | undefined;
}

export function deliveryApi(options: DeliveryApiOptions): Hono {
  const app = new Hono();

  app.get('/shows/:showId/deliveries', async (c) => {
    const show = await showOf(c, options.bucket);
    const { state, episodeId } = c.req.query();
    const days = wholeNumber(c.req.query('days'), DEFAULT_DAYS, MOST_DAYS);
    const limit = wholeNumber(c.req.query('limit'), DEFAULT_LIMIT, LARGEST_LIMIT);
    const isKnown = state === undefined || DELIVERY_STATES.some((known) => known === state);
    if (days === undefined || limit === undefined || !isKnown || !isEpisode(episodeId)) {
      const detail =
        `?state= takes ${DELIVERY_STATES.join(', ')}; ?days= 1 to ${MOST_DAYS}; ?limit= 1 to ${LARGEST_LIMIT}; ` +
        '?episodeId= an episode’s id.';
      return problemResponse({ status: 400, code: 'invalid', detail });
    }
    const deliveries = (await listDeliveries(show, days, options))
      .filter((delivery) => state === undefined || delivery.state === state)
      .filter((delivery) => episodeId === undefined || delivery.episodeId === episodeId);
    return c.json({ deliveries: deliveries.slice(0, limit) });
  });

  app.post('/shows/:showId/deliveries/:id/resend', async (c) => {
    const show = await showOf(c, options.bucket);
    const delivery = await resend(show, c.req.param('id'), options);
    const episodeId = EpisodeId.safeParse(delivery.episodeId);
    const isHub = delivery.id === HUB_DELIVERY_ID || !episodeId.success;
    await hint(
      options.queue,
      options.log,
      notifyJob({ showId: show.id, ...(isHub ? {} : { episodeId: episodeId.data }) }),
    );
    return c.json(delivery, 202);
  });
  return app;
}

const isEpisode = (text: string | undefined) => text === undefined || EpisodeId.safeParse(text).success;

function wholeNumber(text: string | undefined, preset: number, most: number): number | undefined {
  const number = text === undefined ? preset : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}

async function showOf(c: Context, bucket: ObjectStore) {
  const id = ShowId.safeParse(c.req.param('showId'));
  const show = id.success ? await readShow(bucket, id.data) : undefined;
  if (!show) throw new PermanentFailure('not-found', `There is no show ${c.req.param('showId')}.`);
  return show;
}
