/** Sends messages of ours, and puts into words what came of them. */
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';
import type { Post, PostAnswer } from '../../pipeline/ports.ts';
import { OutgoingFailure } from './allowed-place.ts';
import { requestOut } from './outgoing.ts';

/** What Standard Webhooks asks receivers to answer within. */
const TOTAL_MS = 15_000;
/** Nobody reads what is answered; it is only let come to its end. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** `settingsUrls`: addresses of the settings; their hosts may be local, whoever names them. */
export function createPost(
  settingsUrls: readonly (string | undefined)[],
  { totalMs = TOTAL_MS }: { readonly totalMs?: number } = {},
): Post {
  const trusted = settingsUrls.filter((url) => url !== undefined);
  return async ({ url, headers, body, isOperators, signal }) => {
    try {
      const answer = await requestOut(url, {
        method: 'POST',
        headers,
        body,
        signal,
        trustedUrls: isOperators ? [...trusted, url] : trusted,
        maxBytes: MAX_ANSWER_BYTES,
        totalMs,
      });
      await drained(answer.body);
      const words = `answered ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
      return { words, status: answer.status, ...retryAfter(answer.headers['retry-after']) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OutgoingFailure) return { words: error.message };
      throw error;
    }
  };
}

/** The status is the answer, whatever becomes of the words after it. */
async function drained(body: Readable): Promise<void> {
  try {
    for await (const _ of body);
  } catch {
    body.destroy();
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | undefined): Pick<PostAnswer, 'retryAfterSeconds'> {
  if (header === undefined) return {};
  const seconds = /^\d{1,9}$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {};
}
