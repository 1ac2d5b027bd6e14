/** POST /webhooks/room-ended: verify the bytes, parse them, store the promise, answer. */
import { Hono } from 'hono';
import { ZodError } from 'zod';
import { messageOf } from '../domain/failure.ts';
import { type IntakeDependencies, takeIn } from '../pipeline/intake.ts';
import { takeInLive } from '../pipeline/live-intake.ts';
import { type PlatformEvent, parseEvent } from '../webhook/events.ts';
import { NOTHING_TO_ANNOUNCE } from '../webhook/live-events.ts';
import { verifySignature } from '../webhook/signature.ts';
import { parseStrictJson } from '../webhook/strict-json.ts';
import { readBody, refuseOtherThanJson } from './body.ts';
import { invalidResponse, problemResponse } from './problem.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export interface WebhookOptions extends IntakeDependencies {
  /** How long a body may take to come; ten seconds unless told otherwise. */
  readonly bodyTimeoutMs?: number;
  readonly webhookSecrets: readonly string[];
}

export function webhooks(options: WebhookOptions): Hono {
  const app = new Hono();
  app.post('/webhooks/room-ended', async (c) => {
    const request = c.req.raw;
    const wrongType = refuseOtherThanJson(request);
    if (wrongType) return wrongType;
    const body = await readBody(request, MAX_BODY_BYTES, options.bodyTimeoutMs);
    if (!body.ok) return body.response;
    const refused = refuseUnsigned(body.bytes, request.headers, options);
    if (refused) return refused;
    const event = parse(body.bytes);
    if (event instanceof Response) return event;
    if (event.type === 'ignored') {
      const reason = NOTHING_TO_ANNOUNCE[event.name];
      return c.json({ status: 'ignored', type: event.name, ...(reason === undefined ? {} : { reason }) });
    }
    const { status, ...ids } = await ('news' in event ? takeInLive(event, options) : takeIn(event, options));
    if (status === 'conflict') {
      const detail = `The room ${ids.roomId} is known with other data. A room id names one session for ever: send a new one.`;
      return problemResponse({ status: 409, code: 'room-differs', detail });
    }
    return c.json({ ...ids, status }, status === 'accepted' ? 202 : 200);
  });
  app.all('/webhooks/room-ended', () => {
    const detail = 'Send the event with POST.';
    return problemResponse({ status: 405, code: 'method-not-allowed', detail, headers: { allow: 'POST' } });
  });
  return app;
}

function refuseUnsigned(
  bytes: Buffer,
  headers: Headers,
  { webhookSecrets, clock }: WebhookOptions,
): Response | undefined {
  const sent = {
    id: headers.get('webhook-id') ?? undefined,
    timestamp: headers.get('webhook-timestamp') ?? undefined,
    signature: headers.get('webhook-signature') ?? undefined,
  };
  const verdict = verifySignature(bytes, sent, webhookSecrets, Math.floor(clock.now().getTime() / 1000));
  if (verdict.ok) return undefined;
  const isForm = verdict.code === 'not-utf8';
  return problemResponse({
    status: isForm ? 400 : 401,
    code: isForm ? 'not-json' : 'unauthorized',
    detail: verdict.detail,
  });
}

function parse(bytes: Buffer): PlatformEvent | Response {
  try {
    return parseEvent(parseStrictJson(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof ZodError) return invalidResponse(error, 'The event does not fit');
    if (error instanceof SyntaxError) {
      return problemResponse({
        status: 400,
        code: 'not-json',
        detail: `The body is not acceptable JSON: ${messageOf(error)}`,
      });
    }
    throw error;
  }
}
