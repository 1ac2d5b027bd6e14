/** Objects in a bucket of any S3-compatible store that honours conditional writes. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { PreconditionFailed } from '../../domain/failure.ts';
import { keyProblem } from '../../domain/object-key.ts';
import type { ObjectInfo, ObjectListing, ObjectStore } from '../../pipeline/ports.ts';
import { PROBE_PREFIX } from '../../storage/object-keys.ts';
import { clipRange } from '../byte-range.ts';
import { checkedHeader, checkedKey } from '../object-key.ts';
import { proveConditionalWrites } from './conditional-writes.ts';
import { infoOf, wholeLength } from './s3-answers.ts';
import { guardedBody } from './s3-body.ts';
import { makeS3Client, type S3Options } from './s3-client.ts';
import { isAbsent, isOurs, statusOf, translateError } from './s3-errors.ts';
import { type IfMatchStyle, writeObject } from './s3-write.ts';

const MAX_PAGE = 1000;
const ADVICE =
  'Use a store with conditional writes: Amazon S3, Cloudflare R2, Ceph from version 16, versitygw, or a folder (file:///…).';

function describe({ bucket, prefix, endpoint, region }: S3Options & { prefix: string }): string {
  const where = endpoint === undefined ? (region ?? 'AWS') : new URL(endpoint).host;
  return `bucket s3://${bucket}/${prefix} at ${where}`;
}

/** Nothing is sent before the first call. The bucket must exist. */
export function openS3Store(options: S3Options): ObjectStore {
  const client = makeS3Client(options);
  const { bucket } = options;
  const trimmed = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
  const prefix = trimmed === '' ? '' : `${checkedKey(trimmed)}/`;
  const description = describe({ ...options, prefix });
  const where = (key: string) => ({ Bucket: bucket, Key: prefix + checkedKey(key) });

  /** Runs one call; what goes wrong names the key and the store. */
  async function naming<T>(
    verb: string,
    key: string,
    signal: AbortSignal | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await call();
    } catch (error) {
      if (isOurs(error)) throw error;
      throw translateError(error, `${verb} "${key}" in ${description}`, key, signal);
    }
  }

  async function head(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    const input = where(key);
    return naming('look at', key, signal, async () => {
      try {
        return infoOf(key, await client.send(new HeadObjectCommand(input), signal && { abortSignal: signal }));
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  const get: ObjectStore['get'] = async (key, { range, ifMatch, signal } = {}) => {
    const input = where(key);
    // Judged before anything is sent, as a folder does; against the length, once that is known.
    if (range) clipRange(key, range, Number.POSITIVE_INFINITY);
    return naming('read', key, signal, async () => {
      const Range = range && `bytes=${range.start}-${range.end}`;
      try {
        const command = new GetObjectCommand({ ...input, ...(Range && { Range }) });
        const answer = await client.send(command, signal && { abortSignal: signal });
        const source = answer.Body as Readable;
        const info = infoOf(key, answer, wholeLength(answer));
        // Compared here, not by If-Match: the answer says whose bytes these are, and stores differ in its quotes.
        if (ifMatch !== undefined && ifMatch !== info.etag) {
          source.destroy();
          throw new PreconditionFailed(key);
        }
        const name = `"${key}" in ${description}`;
        const translate = (error: unknown) => translateError(error, `read ${name}`, key, signal);
        return { info, body: guardedBody(source, answer.ContentLength ?? 0, name, translate) };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        if (statusOf(error) === 416) throw new RangeError(`range ${Range} begins beyond the end of "${key}"`);
        throw error;
      }
    });
  };

  const putWith =
    (style: () => Promise<IfMatchStyle>): ObjectStore['put'] =>
    async (key, body, { contentType, cacheControl, contentDisposition, condition, signal }) => {
      const target = { client, bucket, fullKey: where(key).Key };
      const headers = {
        ContentType: checkedHeader('contentType', contentType),
        ...(cacheControl !== undefined && { CacheControl: checkedHeader('cacheControl', cacheControl) }),
        ...(contentDisposition !== undefined && {
          ContentDisposition: checkedHeader('contentDisposition', contentDisposition),
        }),
      };
      return naming('write', key, signal, async () => {
        try {
          return await writeObject(target, body, { headers, condition, style, signal });
        } catch (error) {
          // Amazon's answer to If-Match on what is no longer there.
          if (condition !== undefined && isAbsent(error)) throw new PreconditionFailed(key);
          throw error;
        }
      });
    };

  async function remove(key: string): Promise<void> {
    const input = where(key);
    await naming('delete', key, undefined, async () => {
      try {
        await client.send(new DeleteObjectCommand(input));
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
  }

  async function list(under: string, { cursor, limit = MAX_PAGE }: { cursor?: string; limit?: number } = {}) {
    return naming('list', under, undefined, async (): Promise<ObjectListing> => {
      const answer = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix + under,
          MaxKeys: Math.min(limit, MAX_PAGE),
          // Instead of the store's own token, which may expire.
          ...(cursor !== undefined && { StartAfter: prefix + cursor }),
        }),
      );
      const found = (answer.Contents ?? []).map((entry) => ({ ...entry, key: (entry.Key ?? '').slice(prefix.length) }));
      const objects = found
        .filter(({ key }) => keyProblem(key) === undefined)
        .map((entry) => ({ ...infoOf(entry.key, entry, entry.Size ?? 0), contentType: '' }));
      const last = found.at(-1);
      return answer.IsTruncated && last ? { objects, cursor: last.key } : { objects };
    });
  }

  /** Amazon takes If-Match with the ETag's quotes, Ceph only without. */
  async function findIfMatchStyle(): Promise<IfMatchStyle> {
    const key = `${PROBE_PREFIX}${randomUUID()}`;
    const put = (style: IfMatchStyle) => putWith(async () => style);
    try {
      const etag = await put('quoted')(key, 'style', { contentType: 'text/plain' });
      const options = { contentType: 'text/plain', condition: { etag } };
      return await put('quoted')(key, 'style', options).then(
        () => 'quoted' as const,
        (error: unknown) => {
          if (error instanceof PreconditionFailed) return 'bare' as const;
          throw error;
        },
      );
    } finally {
      await remove(key).catch(() => undefined);
    }
  }

  async function proveAndFindStyle(): Promise<IfMatchStyle> {
    const style = await findIfMatchStyle();
    const put = putWith(async () => style);
    await proveConditionalWrites({ head, put, delete: remove, description }, ADVICE);
    return style;
  }

  let proven: Promise<IfMatchStyle> | undefined;
  /** Asked for by the first If-Match, if nobody probed before. What failed is tried again by the next. */
  const ifMatchStyle = async () => {
    proven ??= proveAndFindStyle();
    try {
      return await proven;
    } catch (error) {
      proven = undefined;
      throw error;
    }
  };

  return {
    description,
    head,
    get,
    put: putWith(ifMatchStyle),
    delete: remove,
    list,
    probe: async () => {
      proven = undefined;
      await ifMatchStyle();
    },
    close: async () => client.destroy(),
  };
}
