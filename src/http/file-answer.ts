/** One stored file as an HTTP answer, whatever route asked for it: conditions, ranges, codings, and a body that flows. */
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { messageOf, PreconditionFailed } from '../domain/failure.ts';
import type { ByteRange, Log, ObjectInfo, ObjectStore } from '../pipeline/ports.ts';
import { clientAddress } from './client-address.ts';
import { CompressedFiles } from './compressed-files.ts';
import { evaluateConditions, ifRangeHolds, parseRange, type RangeAnswer } from './conditional.ts';
import { fileBody } from './file-body.ts';
import { fileHeaders, formsOf, SHARED_HEADERS, tagOf, validatorHeaders } from './file-headers.ts';
import { problemResponse } from './problem.ts';
import { pathOfTarget, withoutToken } from './public-path.ts';
import { type OnServed, SentBytes, tellWhenServed } from './served-file.ts';

export interface FileAnswerOptions {
  readonly bucket: ObjectStore;
  readonly now?: () => Date;
  /** Called once for every 200 and 206, when the answer has ended or broken off. */
  readonly onServed?: OnServed;
  /** How many proxies of our own stand in front and add to X-Forwarded-For; 0 unless told otherwise. */
  readonly trustedProxies?: number;
  /** A client that takes nothing for this long is done with; it asks for the rest when it goes on. */
  readonly stallTimeoutMs?: number;
  /** Hears of bodies that broke off in the store. */
  readonly log?: Pick<Log, 'warn'>;
}

export type FileEnvironment = { Bindings: Partial<HttpBindings> };
export type FileContext = Context<FileEnvironment>;
/** `replaced`: the object changed between the look and the read; look again. */
export type FileAnswer = Response | 'absent' | 'replaced';

/** As web servers do by default. */
const STALL_TIMEOUT_MS = 60_000;
const CHUNK_BYTES = 64 * 1024;

/** `from`: the bucket as somebody sees it who is not everybody, with tags of their own for what differs. */
export type FileAnswerer = (c: FileContext, key: string, from?: FileSource) => Promise<FileAnswer>;
type FileSource = Pick<ObjectStore, 'head' | 'get'>;

/** For GET and HEAD alike. Throws what the store throws. */
export function fileAnswerer(options: FileAnswerOptions): FileAnswerer {
  const { bucket, now = () => new Date(), onServed, trustedProxies = 0, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const compressedFiles = new CompressedFiles();

  return async (c, key, from = bucket) => {
    const info = await from.head(key, c.req.raw.signal);
    if (!info) return 'absent';
    const forms = formsOf(info, c.req.header('accept-encoding'));
    const verdict = evaluateConditions(
      {
        ifMatch: c.req.header('if-match'),
        ifNoneMatch: c.req.header('if-none-match'),
        ifModifiedSince: c.req.header('if-modified-since'),
        ifUnmodifiedSince: c.req.header('if-unmodified-since'),
      },
      { etags: forms.map((form) => tagOf(info, form)), lastModified: info.lastModified },
    );
    if (verdict.kind === 'not-modified') {
      return new Response(null, { status: 304, headers: validatorHeaders(info, verdict.etag) });
    }
    if (verdict.kind === 'precondition-failed') {
      return fileProblem(412, 'precondition-failed', 'The file is no longer the version you named.');
    }
    const range = forms.includes('identity') ? askedRange(c, info) : WHOLE;
    if (range.kind === 'unsatisfiable') {
      return fileProblem(416, 'range-not-satisfiable', `The file has ${info.lengthBytes} bytes.`, {
        'content-range': `bytes */${info.lengthBytes}`,
      });
    }
    if (range.kind === 'part') return part(c, from, info, range);
    return whole(c, from, info, forms);
  };

  /** Ranges are cut from the plain bytes only, so a tag of compressed ones never holds for a range. */
  function askedRange(c: FileContext, info: ObjectInfo): RangeAnswer {
    const plain = { etags: [info.etag], lastModified: info.lastModified };
    return ifRangeHolds(c.req.header('if-range'), plain, now())
      ? parseRange(c.req.header('range'), info.lengthBytes)
      : WHOLE;
  }

  async function part(c: FileContext, from: FileSource, info: ObjectInfo, range: ByteRange): Promise<FileAnswer> {
    const lengthBytes = range.end - range.start + 1;
    const headers = fileHeaders(info, info.etag);
    headers.set('content-range', `bytes ${range.start}-${range.end}/${info.lengthBytes}`);
    return send(c, info, headers, range, lengthBytes, () => open(from, info, c.req.raw.signal, range));
  }

  async function whole(
    c: FileContext,
    from: FileSource,
    info: ObjectInfo,
    [form]: ReturnType<typeof formsOf>,
  ): Promise<FileAnswer> {
    if (form === undefined) {
      const detail = 'There is no form of this file that you accept: allow br, gzip or identity in Accept-Encoding.';
      return fileProblem(406, 'not-acceptable', detail, { vary: 'Accept-Encoding' });
    }
    const headers = fileHeaders(info, tagOf(info, form));
    if (form === 'identity') {
      return send(c, info, headers, undefined, info.lengthBytes, () => open(from, info, c.req.raw.signal));
    }
    const bytes = await compressedFiles.get(info, form, () => open(from, info));
    if (!bytes) return 'replaced';
    headers.set('content-encoding', form);
    return send(c, info, headers, undefined, bytes.length, async () => Readable.from(slicesOf(bytes)));
  }

  async function send(
    c: FileContext,
    info: ObjectInfo,
    headers: Headers,
    range: ByteRange | undefined,
    lengthBytes: number,
    openBody: () => Promise<Readable | undefined>,
  ): Promise<FileAnswer> {
    headers.set('content-length', String(lengthBytes));
    const status = range ? 206 : 200;
    const sent = new SentBytes();
    const stream = c.req.method === 'HEAD' ? null : await openBody();
    if (stream === undefined) return 'replaced';
    watch(c, info, { status, fromByte: range?.start ?? 0 }, sent);
    const onBroken = (error: unknown) =>
      options.log?.warn({ key: info.key, reason: messageOf(error) }, 'a file broke off while it was sent');
    const body = stream && fileBody(stream, { lengthBytes, sent, outgoing: c.env?.outgoing, onBroken });
    return new Response(body, { status, headers });
  }

  /** The bytes of exactly the version that `info` tells of; undefined when it is no longer there. */
  async function open(
    from: FileSource,
    info: ObjectInfo,
    signal?: AbortSignal,
    range?: ByteRange,
  ): Promise<Readable | undefined> {
    try {
      const found = await from.get(info.key, {
        ifMatch: info.etag,
        ...(signal && { signal }),
        ...(range && { range: { start: range.start, end: range.end } }),
      });
      return found?.body;
    } catch (error) {
      if (error instanceof PreconditionFailed) return undefined;
      throw error;
    }
  }

  /** Nothing to watch in an answer that goes through no socket, as a test's may. */
  function watch(
    c: FileContext,
    info: ObjectInfo,
    answered: { readonly status: 200 | 206; readonly fromByte: number },
    sent: SentBytes,
  ): void {
    const { incoming, outgoing } = c.env ?? {};
    if (!incoming || !outgoing || 'stream' in outgoing) return;
    outgoing.setTimeout(stallTimeoutMs, () => outgoing.destroy());
    if (!onServed) return;
    const served = {
      ...answered,
      path: withoutToken(pathAsSent(c)),
      key: info.key,
      method: c.req.method === 'HEAD' ? ('HEAD' as const) : ('GET' as const),
      lengthBytes: info.lengthBytes,
      userAgent: c.req.header('user-agent') ?? '',
      address: clientAddress(incoming.socket.remoteAddress, c.req.header('x-forwarded-for'), trustedProxies),
    };
    tellWhenServed(outgoing, served, sent, onServed);
  }
}

const WHOLE: RangeAnswer = { kind: 'whole' };

/** Shared by all who are sent these bytes, so a slow client holds none of its own. */
function* slicesOf(bytes: Buffer): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
}

/** The path before anybody resolved its dots: `/shows/x/../y` is refused, not tidied up. */
export function pathAsSent(c: FileContext): string {
  return pathOfTarget(c.env?.incoming?.url ?? c.req.url);
}

/** Errors may be read by everybody's pages too. */
export function fileProblem(status: number, code: string, detail: string, more: Record<string, string> = {}): Response {
  return problemResponse({ status, code, detail, headers: { ...SHARED_HEADERS, ...more } });
}
