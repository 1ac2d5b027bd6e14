/** The API's shows: create or replace, read with what a directory would still miss, artwork. */
import { Hono } from 'hono';
import { z } from 'zod';
import { placeProblem } from '../adapters/outgoing/allowed-place.ts';
import { PreconditionFailed } from '../domain/failure.ts';
import { ShowId } from '../domain/ids.ts';
import { isWebAddress } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { readiness } from '../feed/readiness.ts';
import { checkShow } from '../feed/show-rules.ts';
import { deriveFeed } from '../pipeline/feed-stage.ts';
import type { PlaceDependencies } from '../pipeline/place-show.ts';
import type { JobQueue } from '../pipeline/ports.ts';
import { feedJob, hint } from '../pipeline/room-flow.ts';
import { keepUploadedArtwork, setShowCover } from '../pipeline/show-cover.ts';
import {
  factsOfShow,
  identityOf,
  listShows,
  type PutCondition,
  putShow,
  readShow,
  settingsTag,
} from '../pipeline/shows.ts';
import { feedUrl, publicUrlOf, visibilityOf } from '../storage/object-keys.ts';
import { readBody, readJson } from './body.ts';
import {
  changeOfVisibility,
  changeVisibility,
  isAsJudged,
  newAddress,
  staysPrivate,
  unconfirmed,
} from './change-visibility.ts';
import { namesTag } from './conditional.ts';
import { invalidResponse, problemResponse } from './problem.ts';

export interface ShowApiOptions extends PlaceDependencies {
  readonly queue: JobQueue;
  /** Of the settings: shows may name other addresses on its host. */
  readonly callbackUrl?: string | undefined;
  readonly bodyTimeoutMs?: number;
}

const MAX_ARTWORK_BYTES = 20 * 1024 * 1024;
const ARTWORK_TIMEOUT_MS = 120_000;

/** If-Match names what may be replaced; `If-None-Match: *` asks for a show that is not there yet. Both are optional. */
function putCondition(request: Request): PutCondition {
  const ifMatch = request.headers.get('if-match');
  const ifNoneMatch = request.headers.get('if-none-match');
  return (current) => {
    if (!current) return ifMatch === null;
    if (ifMatch !== null && !namesTag(ifMatch, settingsTag(current), 'strong')) return false;
    return ifNoneMatch === null || !namesTag(ifNoneMatch, settingsTag(current), 'weak');
  };
}

const CallbackGiven = z.object({ callbackUrl: z.string().refine(isWebAddress) });

/** `allowed`: the settings' own, on whose host shows may name other addresses. What is no address is told by the schema. */
function callbackIssues(body: unknown, allowed: string | undefined): z.core.$ZodIssue[] {
  const given = CallbackGiven.safeParse(body);
  const problem = given.success && placeProblem(given.data.callbackUrl, allowed ? [allowed] : []);
  if (!problem) return [];
  return [{ code: 'custom', path: ['callbackUrl'], message: `is not told anything: ${problem}`, input: undefined }];
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

  /** Everything that is stored of a show for its creator, with what directories would still refuse. */
  const view = async (show: Show) => {
    const { cover, version: _version, feedFormat: _format, ...settings } = show;
    return {
      ...settings,
      feedUrl: feedUrl(show.publicUrl, show.id, visibilityOf(show)),
      ...(cover ? { coverUrl: publicUrlOf(show.publicUrl, cover.key) } : {}),
      readiness: readiness(show, await factsOfShow(bucket, show.id)),
    };
  };
  /** The tag is that of the settings alone: neither a cover nor an episode that comes out makes it another. */
  const answer = async (show: Show, status: 200 | 201 = 200, more: object = {}) =>
    Response.json({ ...(await view(show)), ...more }, { status, headers: { etag: `"${settingsTag(show)}"` } });

  app.get('/shows', async (c) => {
    const shows = [];
    for (const show of await listShows(bucket)) shows.push(await view(show));
    return c.json({ shows });
  });

  app.get('/shows/:showId', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const show = id.success ? await readShow(bucket, id.data) : undefined;
    return show ? answer(show) : noSuchShow(c.req.param('showId'));
  });

  app.put('/shows/:showId', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    if (!id.success) return invalidResponse(id.error, 'The show id does not fit');
    const body = await readJson(c.req.raw, options.bodyTimeoutMs);
    if (!body.ok) return body.response;
    const existing = await readShow(bucket, id.data);
    const checked = checkShow(staysPrivate(body.json, existing), identityOf(id.data, existing, options.publicUrl));
    const problems = [...(checked.ok ? [] : checked.error.issues), ...callbackIssues(body.json, options.callbackUrl)];
    if (!checked.ok || problems.length > 0) {
      return invalidResponse(new z.ZodError(problems), 'The show does not fit');
    }
    const change = changeOfVisibility(existing, checked.settings);
    if (change === 'public' && c.req.query('confirm') !== 'public') return unconfirmed(id.data);
    const asRead = putCondition(c.req.raw);
    try {
      const put = () =>
        putShow(
          id.data,
          checked.settings,
          options,
          (current) => asRead(current) && isAsJudged(current, existing, checked.settings),
        );
      if (change === undefined) {
        const { show, isNew } = await put();
        await renewFeed(show.id);
        return answer(show, isNew ? 201 : 200);
      }
      const { show, isMoving } = await changeVisibility(id.data, put, options);
      return answer(show, 200, { ...(isMoving ? { moving: true } : {}), warnings: [newAddress(change)] });
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      const detail = 'The show is not what If-Match or If-None-Match says: read it again, and put your change to that.';
      return problemResponse({ status: 412, code: 'stale', detail });
    }
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
    return c.json({ ...(await view(made.show)), warnings: made.warnings });
  });
  return app;
}
