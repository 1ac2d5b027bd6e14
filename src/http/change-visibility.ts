/** PUT of a show that makes it private or public: asked for in so many words, begun at once, finished by sweep if need be. */
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, type Notice } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import type { Show, ShowSettings } from '../domain/show.ts';
import { markMoving, type PlaceDependencies, placeShow } from '../pipeline/place-show.ts';
import { type Visibility, visibilityOf } from '../storage/object-keys.ts';
import { problemResponse } from './problem.ts';

/** A show of many episodes takes longer than anybody waits for an answer. */
const LONGEST_WAIT_MS = 10_000;

/** Who leaves `private` out of a private show's settings does not mean that everybody may hear it. */
export function staysPrivate(body: unknown, existing: Show | undefined): unknown {
  const isRecord = typeof body === 'object' && body !== null && !Array.isArray(body);
  return existing?.private && isRecord && !Object.hasOwn(body, 'private') ? { ...body, private: true } : body;
}

/** What the show would become; undefined where it stays what it is, or is new. */
export function changeOfVisibility(existing: Show | undefined, settings: ShowSettings): Visibility | undefined {
  return existing && existing.private !== settings.private ? visibilityOf(settings) : undefined;
}

/** Whether the show that is replaced is still as private as it was when the request was judged. */
export function isAsJudged(current: Show | undefined, existing: Show | undefined, settings: ShowSettings): boolean {
  return current === undefined || current.private === (existing ?? settings).private;
}

export function unconfirmed(showId: ShowId): Response {
  const detail =
    `This would make ${showId} public: everybody could find and hear all its published episodes. ` +
    'If that is what you want, send the same request to the same address with ?confirm=public.';
  return problemResponse({ status: 409, code: 'confirm-public', detail });
}

export function newAddress(change: Visibility): Notice {
  const message =
    change === 'private'
      ? 'The show is private now: its public feed and files are removed, and who is subscribed hears nothing new. Give each listener an address of their own: POST /api/shows/:showId/listeners.'
      : 'The show is public now, under another address: listeners’ own addresses lead there. Nobody needs a token any more.';
  return { code: 'feed-address-changed', message };
}

/** The mark comes first: should this process die at any moment after it, sweep goes on. */
export async function changeVisibility(
  showId: ShowId,
  put: () => Promise<{ readonly show: Show }>,
  dependencies: PlaceDependencies,
): Promise<{ readonly show: Show; readonly isMoving: boolean }> {
  await markMoving(showId, dependencies);
  const { show } = await put();
  const placing = placeShow(showId, dependencies).then(
    () => 'placed' as const,
    (error: unknown) => {
      dependencies.log.warn({ showId, reason: messageOf(error) }, 'files of a show are yet to move; sweep goes on');
      return 'later' as const;
    },
  );
  const stopped = new AbortController();
  const waited = pause(LONGEST_WAIT_MS, 'later' as const, { signal: stopped.signal }).catch(() => 'later' as const);
  const came = await Promise.race([placing, waited]);
  stopped.abort();
  return { show, isMoving: came === 'later' };
}
