/** Which object a public URL path names, if any. Pure. */
import { ShowId } from '../domain/ids.ts';
import { keyWithin, LISTENER_TOKEN_LENGTH, PUBLIC_PREFIX } from '../storage/object-keys.ts';

/**
 * Keys under public/ are plain ASCII, so nothing in their paths is ever encoded: what holds a percent sign, an empty
 * or dotted part, a backslash or a NUL names no file of ours, whatever it would decode to.
 */
const PUBLIC_PATH = /^\/shows\/[a-z0-9-]{1,64}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}){1,8}$/;

/** The object's key, undefined for a path that names nothing public. `path` as it was sent, without its query. */
export function publicKeyOf(path: string): string | undefined {
  return PUBLIC_PATH.test(path) && !path.includes('..') ? `${PUBLIC_PREFIX}${path.slice(1)}` : undefined;
}

const LISTENER_PATH = new RegExp(`^/private/([A-Za-z0-9_-]{${LISTENER_TOKEN_LENGTH}})(/shows/.+)$`);

export interface ListenerPath {
  readonly token: string;
  readonly showId: ShowId;
  readonly key: string;
  /** As if the show were public. */
  readonly path: string;
}

/** What somebody asks for with a token, undefined for a path of another shape. */
export function listenerPathOf(path: string): ListenerPath | undefined {
  const [, token, rest] = LISTENER_PATH.exec(path) ?? [];
  const publicKey = rest === undefined ? undefined : publicKeyOf(rest);
  const showId = ShowId.safeParse(rest?.split('/')[2]);
  if (token === undefined || rest === undefined || publicKey === undefined || !showId.success) return undefined;
  return { token, showId: showId.data, key: keyWithin('private', publicKey), path: rest };
}

/** Fit for a log, whatever stands where the token should. */
export function withoutToken(path: string): string {
  return path.replace(/^(\/private\/)[^/]*/, '$1***');
}

/** Of a request's target, which a proxy may send with scheme and host: the path as it was written, without its query. */
export function pathOfTarget(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}
