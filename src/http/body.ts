/** Reads a request's body up to a limit, whatever length it claims. */
import { messageOf } from '../domain/failure.ts';
import { parseStrictJson } from '../webhook/strict-json.ts';
import { type Problem, problemResponse } from './problem.ts';

export type ReadBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly response: Response };

const MAX_JSON_BYTES = 64 * 1024;
/** Long enough for a slow line, short enough that dripping bodies cannot pile up. */
const BODY_TIMEOUT_MS = 10_000;

const sizeWords = (bytes: number) =>
  bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} bytes`;

/** 413 past `maxBytes`, 400 when the client stops half way, 408 when it takes too long. */
export async function readBody(request: Request, maxBytes: number, timeoutMs = BODY_TIMEOUT_MS): Promise<ReadBody> {
  const tooLarge = { status: 413, code: 'too-large', detail: `The body may have at most ${sizeWords(maxBytes)}.` };
  const refuse = (problem: Problem): ReadBody => ({ ok: false, response: problemResponse(problem) });
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return refuse(tooLarge);
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void reader?.cancel().catch(() => undefined);
  }, timeoutMs);
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      length += part.value.byteLength;
      if (length > maxBytes) return refuse(tooLarge);
      chunks.push(part.value);
    }
  } catch {
    return refuse({ status: 400, code: 'body-incomplete', detail: 'The body ended before it was complete.' });
  } finally {
    clearTimeout(timer);
  }
  if (isLate)
    return refuse({ status: 408, code: 'body-too-slow', detail: `The body took more than ${timeoutMs / 1000} s.` });
  return { ok: true, bytes: Buffer.concat(chunks) };
}

export type ReadJson =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly response: Response };

/** A JSON body of the API's: 415 for another type, 413 past 64 KiB, 400 for what is no JSON or says a key twice. */
export async function readJson(request: Request, timeoutMs?: number): Promise<ReadJson> {
  const wrongType = refuseOtherThanJson(request);
  if (wrongType) return { ok: false, response: wrongType };
  const body = await readBody(request, MAX_JSON_BYTES, timeoutMs);
  if (!body.ok) return body;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body.bytes);
    return { ok: true, json: parseStrictJson(text) };
  } catch (error) {
    const detail = `The body is not acceptable JSON: ${messageOf(error)}`;
    return { ok: false, response: problemResponse({ status: 400, code: 'not-json', detail }) };
  }
}

/** 415 unless the body is plain JSON, without a content encoding. */
export function refuseOtherThanJson(request: Request): Response | undefined {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (type === 'application/json' && encoding.trim().toLowerCase() === 'identity') return undefined;
  const detail = 'The body must be application/json without a content encoding.';
  return problemResponse({ status: 415, code: 'unsupported-type', detail });
}
