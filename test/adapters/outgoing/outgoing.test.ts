/** Requests to places that others named, against real servers on loopback that behave, and some that do not. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { OutgoingFailure, type Resolve } from '../../../src/adapters/outgoing/allowed-place.ts';
import { requestOut } from '../../../src/adapters/outgoing/outgoing.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const failureOf = async (doing: Promise<unknown>): Promise<OutgoingFailure> => {
  const error = await doing.then(
    () => new Error('it was answered'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OutgoingFailure)) throw error;
  return error;
};
const LIMITS = { maxBytes: 10_000 };

describe('a request to a host of the settings', () => {
  it('may go to a private address without TLS, with its body and headers', async () => {
    let seen = '';
    const url = await serve(async (request, response) => {
      seen = `${request.method} ${request.url} ${request.headers['x-mark']} ${await text(request)}`;
      response.writeHead(201).end('thank you');
    });
    const options = { ...LIMITS, trustedUrls: [`${url}/other`], method: 'POST' as const };
    const answer = await requestOut(`${url}/hook?a=1`, { ...options, headers: { 'x-mark': 'm' }, body: 'grüße' });
    expect(answer.status).toBe(201);
    expect(await text(answer.body)).toBe('thank you');
    expect(seen).toBe('POST /hook?a=1 m grüße');
  });

  it('sends the credentials of the address as Basic, and none of them in its words', async () => {
    let seen: string | undefined;
    const url = await serve((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    });
    const secret = url.replace('//', '//ana:s%40cret@');
    const error = await failureOf(requestOut(`${secret}/?token=hidden`, { ...LIMITS, trustedUrls: [url] }));
    expect(seen).toBe(`Basic ${Buffer.from('ana:s@cret').toString('base64')}`);
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).not.toMatch(/cret|hidden/);
  });
});

describe('a request elsewhere', () => {
  it.each([
    'http://hooks.example.org/',
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'gopher://example.org/',
    'no address',
  ])('%s is refused without a look-up', async (address) => {
    const resolve: Resolve = () => Promise.reject(new Error('looked up'));
    expect(await failureOf(requestOut(address, { ...LIMITS, resolve }))).toMatchObject({ kind: 'refused' });
  });

  it('is refused where the name leads to a private address, even beside a public one', async () => {
    for (const addresses of [['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['2606:4700::1', '::1']]) {
      const resolve: Resolve = async () =>
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const error = await failureOf(requestOut('https://rebinding.example.org/', { ...LIMITS, resolve }));
      expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('rebinding.example.org') });
    }
  });

  it('looks a name up once, so what was checked is what is connected to', async () => {
    const port = await new Promise<number>((resolve) => {
      const blackHole = createTcpServer((socket) => socket.destroy());
      blackHole.listen(0, '127.0.0.1', () => resolve((blackHole.address() as AddressInfo).port));
      closing.push(() => blackHole.close());
    });
    let asked = 0;
    const resolve: Resolve = async () => {
      asked++;
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const url = `http://named.example.org:${port}/`;
    const error = await failureOf(requestOut(url, { ...LIMITS, resolve, trustedUrls: [url] }));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(asked).toBe(1);
  });

  it('says in words when a name is not known, nobody listens, or the port speaks no TLS', async () => {
    const resolve: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    const unknown = await failureOf(requestOut('https://nowhere.example.org/secret', { ...LIMITS, resolve }));
    expect(unknown.message).toBe('the name nowhere.example.org cannot be found (ENOTFOUND)');
    const url = await serve(() => undefined);
    closing.splice(0).forEach((close) => {
      close();
    });
    const refused = await failureOf(requestOut(url, { ...LIMITS, trustedUrls: [url] }));
    expect(refused.message).toContain('takes no connections');
    const plain = await serve((_, response) => response.end());
    const address = plain.replace('http:', 'https:');
    const tls = await failureOf(requestOut(address, { ...LIMITS, trustedUrls: [address] }));
    expect(tls.message).toContain('does not speak TLS');
  });
});

describe('a redirect', () => {
  it('is followed with method and body when it keeps them, three times at most', async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      seen.push(`${request.method} ${request.url} ${await text(request)}`);
      const step = Number(request.url?.slice(1));
      if (step < 3) response.writeHead(307, { location: `/${step + 1}` }).end('elsewhere');
      else response.end('here');
    });
    const options = { ...LIMITS, trustedUrls: [url], method: 'POST' as const, body: 'b' };
    const answer = await requestOut(`${url}/0`, options);
    expect(await text(answer.body)).toBe('here');
    expect(answer.url).toBe(`${url}/3`);
    expect(seen).toEqual(['POST /0 b', 'POST /1 b', 'POST /2 b', 'POST /3 b']);
    expect(await failureOf(requestOut(`${url}/-1`, options))).toMatchObject({ kind: 'redirect' });
  });

  it('that would turn a POST into a GET is told rather than followed; a GET follows it', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new' }).end();
      else response.end('new');
    });
    const options = { ...LIMITS, trustedUrls: [url] };
    const error = await failureOf(requestOut(`${url}/old`, { ...options, method: 'POST', body: 'b' }));
    expect(error).toMatchObject({ kind: 'redirect', message: expect.stringContaining('302') });
    expect(await text((await requestOut(`${url}/old`, options)).body)).toBe('new');
  });

  it('to a private address, or to another protocol, is refused even from a host of the settings', async () => {
    let reached = 0;
    const inside = await serve((_, response) => {
      reached++;
      response.end();
    });
    for (const location of [inside, 'https://127.0.0.1/', 'http://example.org/', 'file:///etc/passwd']) {
      const url = await serve((_, response) => response.writeHead(307, { location }).end());
      const error = await failureOf(requestOut(url, { ...LIMITS, trustedUrls: [url] }));
      expect(error).toMatchObject({ kind: 'refused' });
    }
    expect(reached).toBe(0);
  });
});

describe('an answer', () => {
  it('that never comes, comes in drops or stops half way, ends in words', async () => {
    const silent = await serve(() => undefined);
    const never = await failureOf(requestOut(silent, { ...LIMITS, trustedUrls: [silent], silenceMs: 150 }));
    expect(never).toMatchObject({ kind: 'timeout', message: expect.stringContaining('did not answer within') });

    const dripping = await serve((_, response) => {
      const drops = setInterval(() => response.write('x'), 20);
      response.once('close', () => clearInterval(drops));
    });
    const drips = await requestOut(dripping, { ...LIMITS, trustedUrls: [dripping], totalMs: 200 });
    expect(await failureOf(text(drips.body))).toMatchObject({ kind: 'timeout' });

    const stopping = await serve(
      (_, response) => void response.writeHead(200, { 'content-length': '10' }).write('half'),
    );
    const stops = await requestOut(stopping, { ...LIMITS, trustedUrls: [stopping], silenceMs: 150 });
    expect(await failureOf(text(stops.body))).toMatchObject({ kind: 'timeout' });

    const breaking = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
    });
    const breaks = await requestOut(breaking, { ...LIMITS, trustedUrls: [breaking] });
    expect(await failureOf(text(breaks.body))).toMatchObject({ kind: 'unreachable' });
  });

  it('without end is cut off', async () => {
    const url = await serve((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536))) {
          /* until it is full */
        }
      };
      response.on('drain', more);
      more();
    });
    const answer = await requestOut(url, { ...LIMITS, trustedUrls: [url] });
    expect(await failureOf(text(answer.body))).toMatchObject({ kind: 'too-large' });
  });

  it('is no longer waited for when its asker stops', async () => {
    const url = await serve(() => undefined);
    const stopping = new AbortController();
    const asking = requestOut(url, { ...LIMITS, trustedUrls: [url], signal: stopping.signal });
    setTimeout(() => stopping.abort(new Error('stopped')), 50);
    await expect(asking).rejects.toThrow('stopped');
  });
});
