/** Public files over HTTP: feeds, episodes and their companions; nothing of the bucket but what lies under public/. */
import { pipeline, type Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { PassingFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ByteRange, ObjectInfo, ObjectStore } from '../pipeline/ports.ts';
import { clientAddress } from './client-address.ts';
import { acceptsGzip, evaluateConditions, ifRangeHolds, parseRange } from './conditional.ts';
import { fileBody } from './file-body.ts';
import { problemResponse } from './problem.ts';
import { cacheControlOf, contentDispositionOf, contentTypeOf, isCompressible, publicKeyOf } from './public-path.ts';
import { type OnServed, SentBytes, tellWhenServed } from './served-file.ts';

export interface PublicFilesOptions {
  readonly bucket: ObjectStore;
  /** Asked only of paths where there is no file: whether one was there and was withdrawn or erased. */
  readonly isGone?: (path: string) => Promise<boolean>;
  readonly now?: () => Date;
  /** Called once for every 200 and 206, when the answer has ended or broken off. */
  readonly onServed?: OnServed;
  /** How many proxies of our own stand in front and add to X-Forwarded-For; 0 unless told otherwise. */
  readonly trustedProxies?: number;
}

type Environment = { Bindings: Partial<HttpBindings> };

const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';
/** Anybody's page may play what is public, and read what a player needs of the headers. */
const SHARED_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag, Last-Modified',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

/** Serves `/shows/…`; answers every error as problem+json. */
export function publicFiles(options: PublicFilesOptions): Hono<Environment> {
  const { bucket, isGone, now = () => new Date(), onServed, trustedProxies = 0 } = options;
  const app = new Hono<Environment>();

  app.options('/shows/*', () => {
    const headers = new Headers({ ...SHARED_HEADERS, allow: ALLOWED_METHODS });
    headers.set('access-control-allow-methods', 'GET, HEAD');
    headers.set('access-control-allow-headers', 'Range, If-Range, If-None-Match, If-Modified-Since');
    headers.set('access-control-max-age', '86400');
    return new Response(null, { status: 204, headers });
  });

  // Hono hands HEAD to this handler too and drops a body; `answer` opens none then.
  app.get('/shows/*', async (c) => {
    const path = pathAsSent(c);
    const key = publicKeyOf(path);
    if (key === undefined) return problem(404, 'not-found', 'There is no such file.');
    try {
      // A file replaced between the look at it and the read of it is looked at once more.
      const response = (await answer(c, key)) ?? (await answer(c, key));
      if (response) return response;
      return problem(503, 'store-busy', 'The file is being replaced; ask again.', { 'retry-after': '1' });
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      return problem(503, error.code, 'The store cannot be reached now; ask again.', { 'retry-after': '5' });
    }
  });

  app.all('/shows/*', () => {
    return problem(405, 'method-not-allowed', `Only ${ALLOWED_METHODS} are answered here.`, { allow: ALLOWED_METHODS });
  });

  /** Undefined when the object changed between the look and the read. */
  async function answer(c: Context<Environment>, key: string): Promise<Response | undefined> {
    const info = await bucket.head(key, c.req.raw.signal);
    if (!info) {
      const gone = (await isGone?.(pathAsSent(c))) ?? false;
      return gone
        ? problem(410, 'gone', 'This was withdrawn and does not come back.')
        : problem(404, 'not-found', 'There is no such file.');
    }
    const offered = representation(info, c);
    const validators = { etags: offered.etags, lastModified: info.lastModified };
    const verdict = evaluateConditions(
      {
        ifMatch: c.req.header('if-match'),
        ifNoneMatch: c.req.header('if-none-match'),
        ifModifiedSince: c.req.header('if-modified-since'),
        ifUnmodifiedSince: c.req.header('if-unmodified-since'),
      },
      validators,
    );
    if (verdict.kind === 'not-modified') {
      offered.headers.set('etag', `"${verdict.etag}"`);
      return new Response(null, { status: 304, headers: offered.headers });
    }
    if (verdict.kind === 'precondition-failed') {
      return problem(412, 'precondition-failed', 'The file is no longer the version you named.');
    }
    return send(c, info, offered);
  }

  async function send(
    c: Context<Environment>,
    info: ObjectInfo,
    offered: Representation,
  ): Promise<Response | undefined> {
    const { headers, gzip } = offered;
    headers.set('content-type', contentTypeOf(info.key));
    headers.set('accept-ranges', 'bytes');
    const disposition = contentDispositionOf(info.key);
    if (disposition) headers.set('content-disposition', disposition);

    // Ranges are cut from the plain bytes only, so a tag of the gzipped ones never holds for a range.
    const plain = { etags: [info.etag], lastModified: info.lastModified };
    const asked = ifRangeHolds(c.req.header('if-range'), plain, now())
      ? parseRange(c.req.header('range'), info.lengthBytes)
      : { kind: 'whole' as const };
    if (asked.kind === 'unsatisfiable') {
      return problem(416, 'range-not-satisfiable', `The file has ${info.lengthBytes} bytes.`, {
        'content-range': `bytes */${info.lengthBytes}`,
      });
    }
    if (asked.kind === 'part') {
      headers.set('etag', `"${info.etag}"`);
      headers.set('content-range', `bytes ${asked.start}-${asked.end}/${info.lengthBytes}`);
      headers.set('content-length', String(asked.end - asked.start + 1));
    } else if (gzip) {
      headers.set('content-encoding', 'gzip');
    } else {
      headers.set('content-length', String(info.lengthBytes));
    }
    const status = asked.kind === 'part' ? 206 : 200;
    const sent = new SentBytes();
    if (c.req.method === 'HEAD') {
      tell(c, info, status, 0, sent);
      return new Response(null, { status, headers });
    }
    const body = await open(info, asked.kind === 'part' ? asked : undefined, c.req.raw.signal);
    if (!body) return undefined;
    tell(c, info, status, asked.kind === 'part' ? asked.start : 0, sent);
    const isGzipped = gzip && asked.kind === 'whole';
    const lengthBytes = asked.kind === 'part' ? asked.end - asked.start + 1 : info.lengthBytes;
    const stream = isGzipped ? fileBody(gzipped(body), undefined, sent) : fileBody(body, lengthBytes, sent);
    return new Response(stream, { status, headers });
  }

  /** Nobody is told of an answer that goes through no socket, as a test's may. */
  function tell(c: Context<Environment>, info: ObjectInfo, status: 200 | 206, fromByte: number, sent: SentBytes): void {
    const { incoming, outgoing } = c.env ?? {};
    if (!onServed || !outgoing || 'stream' in outgoing) return;
    const served = {
      path: pathAsSent(c),
      key: info.key,
      method: c.req.method === 'HEAD' ? ('HEAD' as const) : ('GET' as const),
      status,
      fromByte,
      lengthBytes: info.lengthBytes,
      userAgent: c.req.header('user-agent') ?? '',
      address: clientAddress(incoming?.socket.remoteAddress, c.req.header('x-forwarded-for'), trustedProxies),
    };
    tellWhenServed(outgoing, served, sent, onServed);
  }

  /** The bytes of exactly the version that `info` tells of; undefined when it is no longer there. */
  async function open(info: ObjectInfo, range: ByteRange | undefined, signal: AbortSignal) {
    try {
      const found = await bucket.get(info.key, { ifMatch: info.etag, signal, ...(range && { range }) });
      return found?.body;
    } catch (error) {
      if (error instanceof PreconditionFailed) return undefined;
      throw error;
    }
  }

  return app;
}

interface Representation {
  readonly gzip: boolean;
  /** Of what would be sent; of a gzipped file also the plain one's, which whoever holds it may go on using. */
  readonly etags: readonly string[];
  /** Those that a 304 repeats. */
  readonly headers: Headers;
}

function representation(info: ObjectInfo, c: Context): Representation {
  const compressible = isCompressible(info.key);
  const gzip = compressible && info.lengthBytes > 0 && acceptsGzip(c.req.header('accept-encoding'));
  const etags = gzip ? [`${info.etag}-gzip`, info.etag] : [info.etag];
  const headers = new Headers(SHARED_HEADERS);
  headers.set('etag', `"${etags[0]}"`);
  headers.set('last-modified', info.lastModified.toUTCString());
  headers.set('cache-control', cacheControlOf(info.key));
  if (compressible) headers.set('vary', 'Accept-Encoding');
  return { gzip, etags, headers };
}

/** The path before anybody resolved its dots: `/shows/x/../y` is refused, not tidied up. */
function pathAsSent(c: Context<Environment>): string {
  const target = c.env?.incoming?.url ?? c.req.url;
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}

function gzipped(body: Readable): Readable {
  // The error, if any, reaches whoever reads the gzip stream.
  return pipeline(body, createGzip(), () => {});
}

/** Errors may be read by everybody's pages too. */
function problem(status: number, code: string, detail: string, more: Record<string, string> = {}): Response {
  return problemResponse({ status, code, detail, headers: { ...SHARED_HEADERS, ...more } });
}
