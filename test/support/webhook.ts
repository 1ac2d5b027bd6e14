/** Signs events as a live platform does. */
import { createHmac, randomUUID } from 'node:crypto';

/** Written out here rather than taken from src/, so that a shared mistake cannot hide. */
export function signedHeaders(
  body: string | Uint8Array,
  secret: string,
  at: Date = new Date(),
): Record<string, string> {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const mac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
  mac.update(`${id}.${timestamp}.`).update(body);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac.digest('base64')}`,
  };
}

export const TEST_SECRET = `whsec_${Buffer.from('a secret that only tests know, 32+').toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.from('the next secret, while it rotates').toString('base64')}`;
