/** Requests to places that a feed names: the port. src/adapters/feed-web.ts implements it. */
import type { Readable } from 'node:stream';

export interface WebAnswer {
  readonly status: number;
  /** Without parameters, in lower case. */
  readonly contentType: string;
  readonly charset?: string;
  /** Undefined where the answer does not say. */
  readonly lengthBytes?: number;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** To be read to its end or destroyed. */
  readonly body: Readable;
}

interface WebRequest {
  readonly method?: 'GET' | 'HEAD';
  /** More than this of a body is an error. */
  readonly maxBytes: number;
  /** For everything; without it only silence ends a request. */
  readonly totalMs?: number;
  readonly signal: AbortSignal;
}

/** Any status is an answer. Throws Error in plain words where none comes, or where we do not go. */
export type Web = (url: string, request: WebRequest) => Promise<WebAnswer>;

/** A whole body in memory; undefined, and let go of, unless the status is 200. */
export async function bytesOf(answer: WebAnswer): Promise<Buffer | undefined> {
  if (answer.status !== 200) {
    answer.body.destroy();
    return undefined;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a downloaded file is, by its bytes. `rejected` with a reason that a creator understands. */
type ReadMedia =
  | {
      readonly kind: 'accepted';
      readonly contentType: string;
      readonly suffix: string;
      readonly durationSeconds: number;
    }
  | { readonly kind: 'rejected'; readonly reason: string };

export type MediaReader = (path: string) => Promise<ReadMedia>;
