/** What a public URL path says of the file behind it: its key, type, name, and how long it may be cached. Pure. */
import { PUBLIC_PREFIX } from '../storage/object-keys.ts';

/**
 * Keys under public/ are plain ASCII, so nothing in their paths is ever encoded: what holds a percent sign, an empty
 * or dotted part, a backslash or a NUL names no file of ours, whatever it would decode to.
 */
const PUBLIC_PATH = /^\/shows\/[a-z0-9-]{1,64}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}){1,8}$/;

/** The object's key, undefined for a path that names nothing public. `path` as it was sent, without its query. */
export function publicKeyOf(path: string): string | undefined {
  return PUBLIC_PATH.test(path) && !path.includes('..') ? `${PUBLIC_PREFIX}${path.slice(1)}` : undefined;
}

/** By suffix rather than as stored: what we serve is never HTML, whoever wrote the object. Longest suffix first. */
const CONTENT_TYPES: readonly (readonly [suffix: string, contentType: string])[] = [
  ['.chapters.json', 'application/json+chapters'],
  ['.json', 'application/json'],
  ['.xml', 'application/rss+xml; charset=utf-8'],
  ['.vtt', 'text/vtt; charset=utf-8'],
  ['.srt', 'application/x-subrip; charset=utf-8'],
  ['.mp3', 'audio/mpeg'],
  ['.m4a', 'audio/mp4'],
  ['.opus', 'audio/ogg; codecs=opus'],
  ['.jpg', 'image/jpeg'],
  ['.png', 'image/png'],
];

export function contentTypeOf(key: string): string {
  return CONTENT_TYPES.find(([suffix]) => key.endsWith(suffix))?.[1] ?? 'application/octet-stream';
}

/** Text that shrinks; sound and pictures are compressed already. */
export function isCompressible(key: string): boolean {
  return /\.(xml|json|vtt|srt)$/.test(key);
}

/** A name that carries its content's hash never changes its bytes; a feed does. */
export function cacheControlOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return /(?:^|-)[0-9a-f]{16,64}\./.test(name) ? 'public, max-age=31536000, immutable' : 'public, max-age=60';
}

/** A file name a person understands for a saved episode, whose key is a hash; undefined for other files. */
export function contentDispositionOf(key: string): string | undefined {
  const match = /^public\/shows\/([a-z0-9-]+)\/episodes\/([A-Za-z0-9_-]+)\/[^/]+(\.(?:mp3|m4a|opus))$/.exec(key);
  return match ? `inline; filename="${match[1]}-${match[2]}${match[3]}"` : undefined;
}
