/** The API's listeners of private shows: given a token, listed without it, taken away. */
import { Hono } from 'hono';
import { z } from 'zod';
import { ShowId } from '../domain/ids.ts';
import { ListenerName } from '../domain/listener.ts';
import { IN_PLAIN_WORDS } from '../domain/plain-words.ts';
import { addListener, listListeners, revokeListener } from '../pipeline/listeners.ts';
import type { Clock, ObjectStore } from '../pipeline/ports.ts';
import { readJson } from './body.ts';
import { invalidResponse, problemResponse } from './problem.ts';

export interface ListenerApiOptions {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly bodyTimeoutMs?: number;
}

const NewListener = z.strictObject({ name: ListenerName });
/** What is in the answer is told once, and is nobody else's. */
const SECRET = { 'cache-control': 'no-store' };

export function listenerApi({ bucket, clock, bodyTimeoutMs }: ListenerApiOptions): Hono {
  const app = new Hono();
  const absent = (what: string) => problemResponse({ status: 404, code: 'not-found', detail: `There is no ${what}.` });

  app.get('/shows/:showId/listeners', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    if (!id.success) return absent(`show ${c.req.param('showId')}`);
    return c.json({ listeners: await listListeners(id.data, bucket) });
  });

  app.post('/shows/:showId/listeners', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    if (!id.success) return absent(`show ${c.req.param('showId')}`);
    const body = await readJson(c.req.raw, bodyTimeoutMs);
    if (!body.ok) return body.response;
    const given = NewListener.safeParse(body.json, IN_PLAIN_WORDS);
    if (!given.success) return invalidResponse(given.error, 'The listener does not fit');
    return c.json(await addListener(id.data, given.data.name, { bucket, clock }), 201, SECRET);
  });

  app.delete('/shows/:showId/listeners/:listenerId', async (c) => {
    const id = ShowId.safeParse(c.req.param('showId'));
    const listenerId = c.req.param('listenerId');
    if (id.success && (await revokeListener(id.data, listenerId, bucket))) return c.body(null, 204);
    return absent(`listener ${listenerId} of the show ${c.req.param('showId')}`);
  });
  return app;
}
