/** Verifies Standard Webhooks signatures over the raw bytes (https://www.standardwebhooks.com). */
import { isUtf8 } from 'node:buffer';
import { Webhook } from 'standardwebhooks';

const SIGNATURE_TOLERANCE_SECONDS = 300;
const MAX_SIGNATURES = 8;

export interface SignatureHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'signature' | 'not-utf8'; readonly detail: string };

const refused = (detail: string): Verdict => ({ ok: false, code: 'signature', detail });

/**
 * Any of `secrets` (whsec_…) may have signed. The timestamp's form and the body's UTF-8 are checked here first,
 * because the library reads `123junk` as 123 and signs the text that broken bytes decode to.
 */
export function verifySignature(
  body: Uint8Array,
  headers: SignatureHeaders,
  secrets: readonly string[],
  nowSeconds: number,
): Verdict {
  const { id, timestamp, signature } = headers;
  if (!id || !timestamp || !signature) {
    return refused('webhook-id, webhook-timestamp and webhook-signature are needed');
  }
  if (!/^\d{10}$/.test(timestamp)) return refused('webhook-timestamp must be ten digits: seconds since 1970');
  if (Math.abs(nowSeconds - Number(timestamp)) > SIGNATURE_TOLERANCE_SECONDS) {
    return refused(`webhook-timestamp is more than ${SIGNATURE_TOLERANCE_SECONDS} s away from this server's clock`);
  }
  if (signature.split(' ').length > MAX_SIGNATURES)
    return refused(`at most ${MAX_SIGNATURES} signatures are looked at`);
  if (!isUtf8(body)) return { ok: false, code: 'not-utf8', detail: 'the body is not UTF-8' };
  const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const wanted = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return secrets.some((secret) => isSignedWith(secret, payload, wanted))
    ? { ok: true }
    : refused('no signature matches: it is computed over the exact bytes of the body with the shared whsec_ secret');
}

function isSignedWith(secret: string, payload: Buffer, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(payload, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

/** The three headers of a message that we send. */
export function signMessage(secret: string, id: string, at: Date, body: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}
