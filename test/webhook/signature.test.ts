import { describe, expect, it } from 'vitest';
import { signMessage, verifySignature } from '../../src/webhook/signature.ts';
import { OTHER_SECRET, signedHeaders, TEST_SECRET } from '../support/webhook.ts';

const body = Buffer.from('{"type":"room.ended"}');
const now = new Date();
const nowSeconds = Math.floor(now.getTime() / 1000);

function verdict(change: Partial<{ id: string; timestamp: string; signature: string }> = {}, bytes: Uint8Array = body) {
  const signed = signedHeaders(body, TEST_SECRET, now);
  const headers = {
    id: signed['webhook-id'],
    timestamp: signed['webhook-timestamp'],
    signature: signed['webhook-signature'],
    ...change,
  };
  return verifySignature(bytes, headers, [OTHER_SECRET, TEST_SECRET], nowSeconds);
}

const signature = (at = now) => signedHeaders(body, TEST_SECRET, at)['webhook-signature'] ?? '';

describe('A webhook signature', () => {
  it('passes when either of two active secrets made it', () => {
    expect(verdict()).toEqual({ ok: true });
    const old = signedHeaders(body, OTHER_SECRET, now);
    const headers = {
      id: old['webhook-id'],
      timestamp: old['webhook-timestamp'],
      signature: old['webhook-signature'],
    };
    expect(verifySignature(body, headers, [OTHER_SECRET, TEST_SECRET], nowSeconds)).toEqual({ ok: true });
    expect(verifySignature(body, headers, [TEST_SECRET], nowSeconds).ok).toBe(false);
  });

  it('passes among others, up to eight', () => {
    const signed = signedHeaders(body, TEST_SECRET, now);
    const many = (count: number) => [...Array(count - 1).fill('v1,AAAA'), signed['webhook-signature']].join(' ');
    const headers = {
      id: signed['webhook-id'],
      timestamp: signed['webhook-timestamp'],
    };
    expect(verifySignature(body, { ...headers, signature: many(8) }, [TEST_SECRET], nowSeconds).ok).toBe(true);
    expect(verifySignature(body, { ...headers, signature: many(9) }, [TEST_SECRET], nowSeconds).ok).toBe(false);
  });

  it.each([
    ['no signature', { signature: '' }],
    ['no id', { id: '' }],
    ['no timestamp', { timestamp: '' }],
    ['another id', { id: 'msg_other' }],
    ['a version we do not know', { signature: signature().replace('v1,', 'v1a,') }],
    ['a shortened signature', { signature: signature().slice(0, -4) }],
    ['an empty v1', { signature: 'v1,' }],
    ['no comma at all', { signature: 'v1' }],
    ['a timestamp with junk behind it', { timestamp: `${nowSeconds}junk` }],
    ['a timestamp of three digits and junk', { timestamp: '123junk' }],
    ['a fractional timestamp', { timestamp: `${nowSeconds}.5` }],
    ['a negative timestamp', { timestamp: `-${nowSeconds}` }],
  ])('is refused with %s', (_name, change) => {
    expect(verdict(change)).toMatchObject({ ok: false, code: 'signature' });
  });

  it('is refused when one bit of the body differs, or it was serialised again', () => {
    const flipped = Buffer.from(body);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    expect(verdict({}, flipped).ok).toBe(false);
    expect(verdict({}, Buffer.from('{ "type": "room.ended" }')).ok).toBe(false);
  });

  it.each([
    [-301, false],
    [-290, true],
    [290, true],
    [310, false],
  ])('made %i s from now is accepted: %s', (offsetSeconds, ok) => {
    const signed = signedHeaders(body, TEST_SECRET, new Date((nowSeconds + offsetSeconds) * 1000));
    const headers = {
      id: signed['webhook-id'],
      timestamp: signed['webhook-timestamp'],
      signature: signed['webhook-signature'],
    };
    expect(verifySignature(body, headers, [TEST_SECRET], nowSeconds).ok).toBe(ok);
  });

  it('never passes for bytes that are not UTF-8, whatever they decode to', () => {
    const broken = Buffer.from([0x7b, 0xff, 0x7d]);
    const lookalike = Buffer.from(broken.toString());
    const signed = signedHeaders(lookalike, TEST_SECRET, now);
    const headers = {
      id: signed['webhook-id'],
      timestamp: signed['webhook-timestamp'],
      signature: signed['webhook-signature'],
    };
    expect(verifySignature(broken, headers, [TEST_SECRET], nowSeconds)).toMatchObject({ ok: false, code: 'not-utf8' });
  });

  it('of ours is what any Standard Webhooks receiver computes', () => {
    const ours = signMessage(TEST_SECRET, 'msg_1', now, body.toString());
    const headers = {
      id: ours['webhook-id'],
      timestamp: ours['webhook-timestamp'],
      signature: ours['webhook-signature'],
    };
    expect(verifySignature(body, headers, [TEST_SECRET], nowSeconds).ok).toBe(true);
  });
});
