/** The API's shows: create or replace, read with what a directory would still miss, artwork. */
import { Hono } from 'hono';
import { ShowId } from '../domain/ids.ts';
import { type Show, ShowSettings } from '../domain/show.ts';
import { isAppleCategory } from '../feed/apple-categories.ts';
import { readiness } from '../feed/readiness.ts';
import { deriveFeed, type FeedDependencies } from '../pipeline/feed-stage.ts';
import type { JobQueue, Log } from '../pipeline/ports.ts';
import { feedJob, hint } from '../pipeline/room-flow.ts';
import { keepUploadedArtwork, listShows, putShow, readShow, setShowCover } from '../pipeline/shows.ts';
import { feedUrl, publicUrlOf } from '../storage/object-keys.ts';
import { readBody, readJson } from './body.ts';
import { invalidResponse, problemResponse } from './problem.ts';

export interface ShowApiOptions extends FeedDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
  readonly bodyTimeoutMs?: number;
}

const MAX_ARTWORK_BYTES = 20 * 1024 * 1024;
const ARTWORK_TIMEOUT_MS = 120_000;

const PutShowBody = ShowSettings.refine((show) => show.categories.every(isAppleCategory), {
  path: ['categories'],
  message: "must be from Apple's list, like Music or Music > Music Interviews",
}).refine((show) => !show.private, {
  path: ['private'],
  message: 'private shows are not there yet: everything would be public',
});

function view(show: Show) {
  const { cover, version: _version, feedFormat: _format, ...settings } = show;
  return {
    ...settings,
    feedUrl: feedUrl(show.publicUrl, show.id),
    ...(cover ? { coverUrl: publicUrlOf(show.publicUrl, cover.key) } : {}),
    readiness: readiness(show),
  };
}

export function showApi(options: ShowApiOptions): Hono {
  const { bucket, queue, log } = options;
  const app = new Hono();
  const noSuchShow = (id: string) =>
    problemResponse({ status: 404, code: 'not-found', detail: `There is no show ${id}.` });

  /** No pending room makes sweep look at a show's feed, so without a queue it is derived here. */
  const renewFeed = async (id: ShowId) => {
    if (!(await hint(queue, log, feedJob(id)))) await deriveFeed(id, options);
  };

  app.get('/shows', async (c) => c.json({ shows: (await listShows(bucket)).map(view) }));

  app.get('/shows/:showId', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const show = id.success ? await readShow(bucket, id.data) : undefined;
    return show ? c.json(view(show)) : noSuchShow(c.req.param('showId'));
  });

  app.put('/shows/:showId', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    if (!id.success) return invalidResponse(id.error, 'The show id does not fit');
    const body = await readJson(c.req.raw, options.bodyTimeoutMs);
    if (!body.ok) return body.response;
    const settings = PutShowBody.safeParse(body.json);
    if (!settings.success) return invalidResponse(settings.error, 'The show does not fit');
    const { show, isNew } = await putShow(id.data, settings.data, options);
    await renewFeed(show.id);
    return c.json(view(show), isNew ? 201 : 200);
  });

  app.put('/shows/:showId/artwork', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const show = id.success ? await readShow(bucket, id.data) : undefined;
    if (!show) return noSuchShow(c.req.param('showId'));
    const body = await readBody(c.req.raw, MAX_ARTWORK_BYTES, ARTWORK_TIMEOUT_MS);
    if (!body.ok) return body.response;
    const made = await setShowCover(show, body.bytes, options);
    if (made.generated) {
      const detail = made.warnings[0]?.message ?? 'This image cannot be used as artwork.';
      return problemResponse({ status: 400, code: made.warnings[0]?.code ?? 'artwork-unusable', detail });
    }
    await keepUploadedArtwork(bucket, show.id, body.bytes, c.req.header('content-type') ?? 'application/octet-stream');
    await renewFeed(show.id);
    return c.json({ ...view(made.show), warnings: made.warnings });
  });
  return app;
}
