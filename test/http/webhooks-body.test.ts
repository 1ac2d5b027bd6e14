/** Bodies that are too large, too slow, of another kind, or not what their headers say: answered, bounded, never stored. */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { rawRequest, requestHead } from '../support/raw-http.ts';
import { sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';
import { signedHeaders, TEST_SECRET } from '../support/webhook.ts';

const PATH = '/webhooks/room-ended';
const MIB = 1024 * 1024;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ bodyTimeoutMs: 300 });
});
afterAll(() => app?.close());

let before: string[];
beforeEach(() => {
  before = app.keys();
});
afterEach(() => {
  expect(app.keys()).toEqual(before);
});

const body = JSON.stringify(smallRoom('rm-body'));
/** Signed and otherwise in order, so that only what is under test is wrong. */
const headersFor = (bytes: string | Uint8Array) => ({
  'content-type': 'application/json',
  ...signedHeaders(bytes, TEST_SECRET),
});
const post = (bytes: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(`${app.url}${PATH}`, { method: 'POST', headers: { ...headersFor(bytes), ...headers }, body: bytes });
const padded = (bytes: number) => body + ' '.repeat(bytes - Buffer.byteLength(body));

describe('a body of another kind', () => {
  it('is answered 415 when it is gzip', async () => {
    expect((await post(gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'application/json5', ''])(
    'is answered 415 when its type is "%s"',
    async (type) => {
      const response = await post(body, { 'content-type': type });
      expect(response.status).toBe(415);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    },
  );
});

describe('a body over 1 MiB', () => {
  it('is answered 413 when it says so', async () => {
    const response = await post(padded(MIB + 1), {});
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is answered 413 when it comes in chunks without saying how long it is', async () => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const answer = await rawRequest(app.port, (socket) => {
      socket.write(requestHead('POST', PATH, { ...headersFor(body), 'transfer-encoding': 'chunked' }));
      for (let sent = 0; sent <= MIB; sent += chunk.length) {
        socket.write(`${chunk.length.toString(16)}\r\n`);
        socket.write(chunk);
        socket.write('\r\n');
      }
    });
    expect(answer.status).toBe(413);
  });

  it('is answered 413 before it is sent, where the client asks first', async () => {
    const length = String(512 * MIB);
    const answer = await rawRequest(app.port, (socket) =>
      socket.write(requestHead('POST', PATH, { ...headersFor(body), 'content-length': length })),
    );
    expect(answer.status).toBe(413);
  });

  it('is refused for its size alone: exactly 1 MiB gets as far as its signature', async () => {
    const response = await fetch(`${app.url}${PATH}`, {
      method: 'POST',
      headers: headersFor('another body'),
      body: padded(MIB),
    });
    expect(response.status).toBe(401);
  });
});

describe('a body that is not what its headers say', () => {
  const lyingHead = (length: number) =>
    requestHead('POST', PATH, { ...headersFor(body), 'content-length': `${length}` });

  it('is answered 408 when less comes than was said, and the client waits', async () => {
    const answer = await rawRequest(app.port, (socket) => socket.write(lyingHead(body.length + 10) + body));
    expect(answer.status).toBe(408);
  });

  it('is dropped when less comes than was said, and the client hangs up', async () => {
    const answer = await rawRequest(app.port, (socket) => {
      socket.write(lyingHead(body.length + 10) + body);
      socket.end();
    });
    expect([0, 400, 408]).toContain(answer.status);
  });

  it('is refused when more comes than was said', async () => {
    const answer = await rawRequest(app.port, (socket) => socket.write(lyingHead(body.length - 10) + body));
    expect([400, 401]).toContain(answer.status);
  });

  it('is answered 400 when it has two lengths', async () => {
    const head = requestHead('POST', PATH, { ...headersFor(body), 'content-length': `${body.length}` });
    const answer = await rawRequest(app.port, (socket) =>
      socket.write(head.replace('\r\n\r\n', `\r\ntransfer-encoding: chunked\r\n\r\n`) + body),
    );
    expect(answer.status).toBe(400);
  });

  it('is answered 408 when it drips', async () => {
    let drip: NodeJS.Timeout | undefined;
    const answer = await rawRequest(app.port, (socket) => {
      socket.write(lyingHead(body.length));
      let sent = 0;
      drip = setInterval(() => {
        if (socket.writable) socket.write(body.charAt(sent));
        sent++;
      }, 20);
    });
    clearInterval(drip);
    expect(answer.status).toBe(408);
  });
});

it('is still served after all that', async () => {
  const response = await sendWebhook(app.url, { type: 'ping' });
  expect(response.status).toBe(200);
});
