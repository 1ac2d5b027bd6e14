/** POST /webhooks/room-ended on a real server: every answer of its table, and what each leaves in the bucket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';
import { OTHER_SECRET, signedHeaders, TEST_SECRET } from '../support/webhook.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ secrets: [TEST_SECRET, OTHER_SECRET] });
});
afterAll(() => app?.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(`${app.url}/webhooks/room-ended`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
const postSigned = (body: string | Uint8Array<ArrayBuffer>) => post(body, signedHeaders(body, TEST_SECRET));
const send = (event: unknown, secret?: string) => sendWebhook(app.url, event, secret);

/** An RFC 9457 document, as every error is. */
async function problem(response: Response, status: number) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as {
    code: string;
    detail: string;
    issues?: { path: string; message: string }[];
  };
  expect(body).toMatchObject({ type: 'about:blank', status, title: expect.any(String), detail: expect.any(String) });
  expect(response.status).toBe(status);
  return body;
}

describe('an event that is taken', () => {
  it('answers 202 with ids, and the room, its episode and its show are in the bucket', async () => {
    const response = await send(smallRoom('rm-taken'));
    expect(response.status).toBe(202);
    const body = (await response.json()) as Record<string, string>;
    expect(body).toEqual({
      roomId: 'rm-taken',
      showId: 'late-table',
      episodeId: expect.stringMatching(/^ep-[0-9a-f]{32}$/),
      status: 'accepted',
    });
    expect(app.keys()).toEqual([
      expect.stringMatching(/^intake\/[0-9a-f]{64}\/000000\.json$/),
      expect.stringMatching(/^pending\/[0-9a-f]{64}$/),
      `shows/late-table/episodes/${body['episodeId']}.json`,
      'shows/late-table/show.json',
    ]);
  });

  it('answers 200 to the same data again, in another envelope, order of keys and white space', async () => {
    const event = smallRoom('rm-again');
    const first = (await (await send(event)).json()) as Record<string, string>;
    const { markers, tracks, participants, room } = event.data;
    const again = {
      data: { markers, tracks, participants, room },
      type: event.type,
      timestamp: '2030-01-01T00:00:00Z',
    };
    const response = await postSigned(JSON.stringify(again, undefined, 4));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...first, status: 'duplicate' });
  });

  it('answers 409 to the same room with other data, and keeps what it had', async () => {
    const event = smallRoom('rm-differs');
    const { episodeId } = (await (await send(event)).json()) as { episodeId: string };
    const other = smallRoom('rm-differs', ({ room }) => {
      room['title'] = 'Another night';
    });
    expect((await problem(await send(other), 409)).code).toBe('room-differs');
    const elsewhere = smallRoom('rm-differs', ({ room }) => {
      room['showId'] = 'another-show';
    });
    await problem(await send(elsewhere), 409);
    expect(app.keys('shows/another-show')).toEqual([]);
    expect(app.read(`shows/late-table/episodes/${episodeId}.json`).toString()).toContain('Album night');
  });

  it('answers 200 "ignored" to other types and stores nothing', async () => {
    const before = app.keys();
    const response = await send({ type: 'room.started', data: { anything: true } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ignored' });
    expect(app.keys()).toEqual(before);
  });

  it('is accepted under either of two secrets while they rotate', async () => {
    expect((await send(smallRoom('rm-old'), TEST_SECRET)).status).toBe(202);
    expect((await send(smallRoom('rm-new'), OTHER_SECRET)).status).toBe(202);
  });

  it('is accepted when one of several signatures is right', async () => {
    const body = JSON.stringify(smallRoom('rm-several'));
    const headers = signedHeaders(body, TEST_SECRET);
    const signature = `v1,${'A'.repeat(43)}= v1a,xyz ${headers['webhook-signature']}`;
    expect((await post(body, { ...headers, 'webhook-signature': signature })).status).toBe(202);
  });

  it('creates an unknown show with defaults', async () => {
    const event = smallRoom('rm-first', ({ room }) => {
      room['showId'] = 'night-owls-2';
    });
    expect((await send(event)).status).toBe(202);
    const show = JSON.parse(app.read('shows/night-owls-2/show.json').toString());
    expect(show).toMatchObject({ title: 'Night owls 2', language: 'en', type: 'episodic', publishMode: 'auto' });
  });

  it('keeps the names, links and tracks of who gave no consent out of the bucket', async () => {
    const event = smallRoom('rm-silent', ({ participants, tracks, room }) => {
      const link = 'https://petra.example.org/';
      participants.push({ id: 'p9', name: 'Petra Unheard', consent: false, url: link, imageUrl: `${link}me.jpg` });
      tracks.push({ participantId: 'p9', key: 'rooms/small/withheld.wav', startedAt: room['startedAt'] });
    });
    expect((await send(event)).status).toBe(202);
    expect([...app.keysHolding('Unheard'), ...app.keysHolding('petra'), ...app.keysHolding('withheld')]).toEqual([]);
    expect((await send(event)).status).toBe(200);
  });
});

describe('an event without a right signature', () => {
  const body = JSON.stringify(smallRoom('rm-forged'));
  const right = () => signedHeaders(body, TEST_SECRET);
  const at = (seconds: number) => signedHeaders(body, TEST_SECRET, new Date(Date.now() + seconds * 1000));
  const without = (name: string) => Object.fromEntries(Object.entries(right()).filter(([key]) => key !== name));
  const stamped = (change: (stamp: string) => string) => {
    const headers = right();
    return { ...headers, 'webhook-timestamp': change(headers['webhook-timestamp'] ?? '') };
  };
  const signed = (change: (signature: string) => string) => {
    const headers = right();
    return { ...headers, 'webhook-signature': change(headers['webhook-signature'] ?? '') };
  };
  const flipped = (signature: string) => {
    const bytes = Buffer.from(signature.slice(3), 'base64');
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    return `v1,${bytes.toString('base64')}`;
  };

  it.each<[string, () => Record<string, string>]>([
    ['no headers at all', () => ({})],
    ['no webhook-id', () => without('webhook-id')],
    ['no webhook-timestamp', () => without('webhook-timestamp')],
    ['no webhook-signature', () => without('webhook-signature')],
    ['another secret', () => signedHeaders(body, `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`)],
    ['another body', () => signedHeaders(`${body} `, TEST_SECRET)],
    ['another id', () => ({ ...right(), 'webhook-id': 'msg_other' })],
    ['one bit off', () => signed(flipped)],
    ['a signature cut short', () => signed((signature) => signature.slice(0, -8))],
    ['an empty signature', () => signed(() => '')],
    ['v1 without a signature', () => signed(() => 'v1,')],
    ['scheme v1a', () => signed((signature) => signature.replace('v1,', 'v1a,'))],
    ['no scheme', () => signed((signature) => signature.slice(3))],
    ['nine signatures', () => signed((signature) => Array(9).fill(signature).join(' '))],
    ['301 s old', () => at(-302)],
    ['301 s ahead', () => at(302)],
    ['a timestamp with junk behind it', () => stamped((stamp) => `${stamp}junk`)],
    ['a timestamp with a fraction', () => stamped((stamp) => `${stamp}.0`)],
    ['a negative timestamp', () => stamped((stamp) => `-${stamp}`)],
    ['a timestamp in milliseconds', () => stamped((stamp) => `${stamp}000`)],
  ])('answers 401 to %s, and writes nothing', async (_, headers) => {
    const before = app.keys();
    expect((await problem(await post(body, headers()), 401)).code).toBe('unauthorized');
    expect(app.keys()).toEqual(before);
  });

  it('answers 401 to JSON that was serialised again after it was signed', async () => {
    await problem(await post(JSON.stringify(JSON.parse(body), undefined, 1), right()), 401);
  });

  it('accepts one that is 299 s old', async () => {
    expect((await post(body, at(-298))).status).toBe(202);
  });
});

describe('other methods', () => {
  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('answers 405 to %s and says what is allowed', async (method) => {
    const response = await fetch(`${app.url}/webhooks/room-ended`, { method });
    expect(response.headers.get('allow')).toBe('POST');
    await problem(response, 405);
  });
});
