/**
 * The bucket as one listener of a private show sees it: where a stored text has the placeholder, their own token stands.
 * It is as long as the placeholder, so lengths and ranges stay; tags are theirs alone, so that no cache joins two.
 */
import { Readable } from 'node:stream';
import { PreconditionFailed } from '../domain/failure.ts';
import { sha256 } from '../domain/ids.ts';
import type { ByteRange, ObjectInfo, ObjectStore } from '../pipeline/ports.ts';
import { listenerUrl, TOKEN_PLACEHOLDER } from '../storage/object-keys.ts';
import { cacheControlOf, isCompressible } from '../storage/public-headers.ts';

/**
 * What comes before an address of ours in XML and JSON. In the middle of somebody else's address, which a guest may
 * have written into a description, no token is put: it would be told to that host.
 */
const BEFORE_ADDRESS = new Set(Buffer.from('">['));

export function listenersView(
  bucket: ObjectStore,
  token: string,
  publicUrl: string,
): Pick<ObjectStore, 'head' | 'get'> {
  const placeholder = Buffer.from(listenerUrl(publicUrl, TOKEN_PLACEHOLDER));
  const own = Buffer.from(listenerUrl(publicUrl, token));

  const seen = (info: ObjectInfo): ObjectInfo => ({
    ...info,
    cacheControl: cacheControlOf(info.key),
    ...(isCompressible(info.key) && { etag: sha256(`${info.etag}\n${own.toString()}`).slice(0, 32) }),
  });

  return {
    async head(key, signal) {
      const info = await bucket.head(key, signal);
      return info && seen(info);
    },
    async get(key, options = {}) {
      if (!isCompressible(key)) {
        const object = await bucket.get(key, options);
        return object && { ...object, info: seen(object.info) };
      }
      const { range, ifMatch, signal } = options;
      const object = await bucket.get(key, signal ? { signal } : {});
      if (!object) return undefined;
      const info = seen(object.info);
      if (ifMatch !== undefined && ifMatch !== info.etag) {
        object.body.destroy();
        throw new PreconditionFailed(key);
      }
      const whole = replaced(object.body, placeholder, own);
      return { info, body: Readable.from(range ? cut(whole, range) : whole, { objectMode: false }) };
    },
  };
}

/** `own` is as long as `placeholder`. Holds back as much as may be the beginning of one, and the byte before it. */
async function* replaced(body: Readable, placeholder: Buffer, own: Buffer): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    for (let at = bytes.indexOf(placeholder, 1); at > 0; at = bytes.indexOf(placeholder, at + 1)) {
      if (BEFORE_ADDRESS.has(bytes[at - 1] ?? 0)) own.copy(bytes, at);
    }
    const ready = Math.max(0, bytes.length - placeholder.length);
    rest = bytes.subarray(ready);
    if (ready > 0) yield bytes.subarray(0, ready);
  }
  if (rest.length > 0) yield rest;
}

async function* cut(chunks: AsyncIterable<Buffer>, { start, end }: ByteRange): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at));
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at > end) return;
  }
}
