/** Lets a request pass only with the API token, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { problemResponse } from './problem.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

export function bearer(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (c, next) => {
    const given = /^bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given && timingSafeEqual(digest(given), expected)) return next();
    const detail = 'Send the API token: Authorization: Bearer <AFTERSHOW_API_TOKEN>.';
    return problemResponse({ status: 401, code: 'unauthorized', detail, headers: { 'www-authenticate': 'Bearer' } });
  };
}
