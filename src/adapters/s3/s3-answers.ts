/** From what S3 answers to what the port promises. */
import type { ObjectInfo } from '../../pipeline/ports.ts';

/** ETags travel in quotes; within the program they have none. */
export const bareEtag = (etag: string | undefined): string => (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');

interface Answer {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentType?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
}

export function infoOf(key: string, answer: Answer, lengthBytes = answer.ContentLength ?? 0): ObjectInfo {
  return {
    key,
    etag: bareEtag(answer.ETag),
    lengthBytes,
    contentType: answer.ContentType ?? 'application/octet-stream',
    lastModified: answer.LastModified ?? new Date(0),
    ...(answer.CacheControl === undefined ? {} : { cacheControl: answer.CacheControl }),
    ...(answer.ContentDisposition === undefined ? {} : { contentDisposition: answer.ContentDisposition }),
  };
}

/** Of the whole object, also in the answer to a range: `bytes 0-9/123`. */
export function wholeLength(answer: { readonly ContentRange?: string | undefined } & Answer): number {
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  return total === undefined ? (answer.ContentLength ?? 0) : Number(total);
}
