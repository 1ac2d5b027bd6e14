/** Requests as a podcast app makes them, bounded in time, size and redirects. */
import { messageOf } from '../../domain/failure.ts';

export interface ProbeLimits {
  /** For the answer's head, and again between any two pieces of its body. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly redirects: number;
  /** Its pieces as they come, at most `maxBytes` of them. Throws Error when more come or nothing comes for too long. */
  body(maxBytes: number): AsyncGenerator<Uint8Array>;
  /** Lets go of a body that nobody reads. */
  discard(): Promise<void>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const APP_HEADERS = { 'User-Agent': 'Aftershow-Verify/1', Accept: '*/*' };

async function* boundedBody(response: Response, maxBytes: number, deadline: Deadline): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      deadline.renew();
      bytes += piece.length;
      if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes came`);
      yield piece;
    }
  } finally {
    deadline.end();
  }
}

class Deadline {
  readonly #abort = new AbortController();
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => this.#abort.abort(new Error(`nothing came for ${this.#timeoutMs} ms`)), this.#timeoutMs);
  }

  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** What fetch says of a failed connection lies in its cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}

/** Throws Error in plain words when no answer comes. A status of 400 or more is an answer. */
export async function request(
  url: string,
  limits: ProbeLimits,
  options: { readonly method?: 'GET' | 'HEAD'; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  let address = url;
  for (let redirects = 0; ; redirects += 1) {
    const deadline = new Deadline(limits.timeoutMs);
    let response: Response;
    try {
      response = await fetch(address, {
        method: options.method ?? 'GET',
        headers: { ...APP_HEADERS, ...options.headers },
        redirect: 'manual',
        signal: deadline.signal,
      });
    } catch (error) {
      deadline.end();
      throw new Error(reasonOf(error), { cause: error });
    }
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) {
      return {
        status: response.status,
        headers: response.headers,
        url: address,
        redirects,
        body: (maxBytes) => boundedBody(response, maxBytes, deadline),
        discard: async () => {
          deadline.end();
          await response.body?.cancel();
        },
      };
    }
    deadline.end();
    await response.body?.cancel();
    if (redirects >= limits.maxRedirects) throw new Error(`more than ${limits.maxRedirects} redirects`);
    if (!URL.canParse(location, address)) throw new Error(`it redirects to “${location}”, which is no address`);
    const next = new URL(location, address);
    if (!/^https?:$/.test(next.protocol)) throw new Error(`it redirects to ${next.protocol}, which no app follows`);
    address = next.href;
  }
}

/** A whole body in memory. Throws Error as `Answer.body` does. */
export async function bytesOf(answer: Answer, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of answer.body(maxBytes)) pieces.push(piece);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  return new Uint8Array(Buffer.concat(pieces));
}
