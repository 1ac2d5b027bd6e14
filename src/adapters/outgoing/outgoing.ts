/** Requests of ours to places that others named: allowed places alone, addresses pinned, redirects checked, all of it bounded. */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type Readable, Transform } from 'node:stream';
import {
  codeOf,
  hostsOf,
  OutgoingFailure,
  pinnedLookup,
  type Resolve,
  refuseForbiddenUrl,
  systemResolve,
} from './allowed-place.ts';

export interface OutgoingOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** URLs of the settings: their hosts (with port) may be local, and spoken to without TLS. */
  readonly trustedUrls?: readonly string[];
  /** More than this of an answer's body is an error. */
  readonly maxBytes: number;
  /** For everything, the body too; none unless told: then only silence ends it. */
  readonly totalMs?: number;
  /** Until there is a connection; 5 s unless told otherwise. */
  readonly connectMs?: number;
  /** Without a byte; 15 s unless told otherwise. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  /** How names are looked up; the system's way unless told otherwise. */
  readonly resolve?: Resolve;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** To be read to its end or destroyed. Fails with OutgoingFailure('too-large') or ('timeout'). */
  readonly body: Readable;
}

const MAX_REDIRECTS = 3;
const CONNECT_MS = 5_000;
const SILENCE_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Those that keep the method (RFC 9110, 15.4); after the others a POST would become a GET that says nothing. */
const KEEPS_METHOD = new Set([307, 308]);
const REDIRECTS = new Set([301, 302, 303, ...KEEPS_METHOD]);

/** Any status is an answer. Throws OutgoingFailure, and the signal's reason when that aborts. */
export async function requestOut(address: string, options: OutgoingOptions): Promise<OutgoingAnswer> {
  const trusted = hostsOf(options.trustedUrls ?? []);
  const method = options.method ?? 'GET';
  const deadline = options.totalMs === undefined ? undefined : AbortSignal.timeout(options.totalMs);
  if (!URL.canParse(address)) throw new OutgoingFailure('refused', 'what is to be asked is no web address');
  let url = new URL(address);
  let credentials = credentialsOf(url);
  for (let redirects = 0; ; redirects++) {
    refuseForbiddenUrl(url, trusted);
    const { response, reasonFor } = await ask(url, { ...options, method }, trusted, deadline, credentials);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (!REDIRECTS.has(status) || location === undefined) {
      const body = bounded(response, options.maxBytes, reasonFor);
      return { status, headers: response.headers, url: url.href, body };
    }
    response.on('error', () => undefined);
    response.destroy();
    if (method === 'POST' && !KEEPS_METHOD.has(status)) {
      const advice = 'which would lose the message: name the address that it leads to';
      throw new OutgoingFailure('redirect', `${url.origin} redirects with ${status}, ${advice}`);
    }
    if (redirects >= MAX_REDIRECTS) throw new OutgoingFailure('redirect', `more than ${MAX_REDIRECTS} redirects`);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (!next) throw new OutgoingFailure('redirect', `${url.origin} redirects to what is no web address`);
    // What was told to one host is not for another.
    credentials = next.origin === url.origin ? credentials : undefined;
    url = next;
  }
}

/** Undefined also where they cannot be read: then the other side says that it wants some. */
function credentialsOf({ username, password }: URL): string | undefined {
  if (username + password === '') return undefined;
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

interface Asked {
  readonly response: IncomingMessage;
  /** What really ended it, when its body breaks off. */
  readonly reasonFor: (error: unknown) => unknown;
}

function ask(
  url: URL,
  options: OutgoingOptions & { readonly method: string },
  trusted: ReadonlySet<string>,
  deadline: AbortSignal | undefined,
  credentials: string | undefined,
): Promise<Asked> {
  const { method, headers, body, signal, connectMs = CONNECT_MS, silenceMs = SILENCE_MS } = options;
  const signals = [signal, deadline].filter((one) => one !== undefined);
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    let late: OutgoingFailure | undefined;
    const reasonFor = (error: unknown) => {
      if (signal?.aborted) return signal.reason;
      return deadline?.aborted ? noAnswer(url, options.totalMs ?? 0) : (late ?? inWords(error, url));
    };
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      agent: false,
      lookup: pinnedLookup(url, trusted, options.resolve ?? systemResolve),
      maxHeaderSize: MAX_HEADER_BYTES,
      ...(credentials === undefined ? {} : { auth: credentials }),
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      headers: {
        'user-agent': 'Aftershow/1',
        'accept-encoding': 'identity',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    const endLate = (ms: number) => {
      late = noAnswer(url, ms);
      request.destroy(late);
    };
    const connecting = setTimeout(() => endLate(connectMs), connectMs);
    const connected = () => clearTimeout(connecting);
    request.on('socket', (socket) => socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected));
    request.setTimeout(silenceMs, () => endLate(silenceMs));
    request.once('response', (response) => {
      connected();
      resolve({ response, reasonFor });
    });
    request.on('error', (error) => {
      connected();
      reject(reasonFor(error));
    });
    request.end(body);
  });
}

const noAnswer = (url: URL, ms: number) =>
  new OutgoingFailure('timeout', `${url.host} did not answer within ${Math.round(ms / 100) / 10} s`);

const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'takes no connections',
  ECONNRESET: 'closed the connection without an answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'cannot be reached',
  EPROTO: 'does not speak TLS there',
  HPE_HEADER_OVERFLOW: 'answered with too many headers',
};

/** The library's own words may hold the whole URL: only its code is told. */
function inWords(cause: unknown, url: URL): OutgoingFailure {
  if (cause instanceof OutgoingFailure) return cause;
  const code = codeOf(cause);
  const isTls = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code);
  const words = isTls ? 'has no certificate that can be trusted' : (IN_WORDS[code] ?? 'gave no answer');
  const detail = /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : '';
  return new OutgoingFailure('unreachable', `${url.host} ${words}${detail}`, { cause });
}

/** Passes on what comes, up to a bound; ends in the error that ended the answer. */
function bounded(response: IncomingMessage, maxBytes: number, reasonFor: Asked['reasonFor']): Readable {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maxBytes) done(null, chunk);
      else done(new OutgoingFailure('too-large', `more than ${maxBytes} bytes came`));
    },
  });
  const broken = (error: unknown) => {
    const reason = reasonFor(error);
    limit.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  };
  response.once('error', broken);
  limit.once('close', () => {
    response.off('error', broken);
    response.on('error', () => undefined);
    response.destroy();
  });
  return response.pipe(limit);
}
