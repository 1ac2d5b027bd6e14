/** Which version of a file an answer is of, and what is told of it: tags, times, type, caching. Pure. */
import type { ObjectInfo } from '../pipeline/ports.ts';
import { contentTypeOf, isCompressible, publicHeaders } from '../storage/public-headers.ts';
import { acceptedCodings, type Coding } from './content-coding.ts';

/** Anybody's page may play what is public, and read what a player needs of the headers. */
export const SHARED_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

/** Those that a 304 repeats (RFC 9110, 15.4.5); `etag` is the tag that was found to hold. */
export function validatorHeaders(info: ObjectInfo, etag: string): Headers {
  const headers = new Headers(SHARED_HEADERS);
  headers.set('etag', `"${etag}"`);
  headers.set('last-modified', info.lastModified.toUTCString());
  headers.set('cache-control', info.cacheControl ?? publicHeaders(info.key).cacheControl);
  if (isCompressible(info.key)) headers.set('vary', 'Accept-Encoding');
  return headers;
}

/** All but the length. As they are kept with the object, or as its key tells where it was put there without them. */
export function fileHeaders(info: ObjectInfo, etag: string): Headers {
  const headers = validatorHeaders(info, etag);
  headers.set('content-type', contentTypeOf(info.key, info.contentType));
  headers.set('accept-ranges', 'bytes');
  const disposition = info.contentDisposition ?? publicHeaders(info.key).contentDisposition;
  if (disposition !== undefined) headers.set('content-disposition', disposition);
  return headers;
}

/**
 * In which forms this client may have this file, best first; none when it refuses all there are. Sound and pictures
 * exist in one form only, which is better than an error for who refuses that.
 */
export function formsOf(info: ObjectInfo, acceptEncoding: string | undefined): readonly Coding[] {
  return isCompressible(info.key) && info.lengthBytes > 0 ? acceptedCodings(acceptEncoding) : ['identity'];
}

/** A tag for each form (RFC 9110, 8.8.3.3): a cache must not join the bytes of two. */
export function tagOf(info: ObjectInfo, form: Coding): string {
  return form === 'identity' ? info.etag : `${info.etag}-${form}`;
}
