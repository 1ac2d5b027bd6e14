/** A proxy between a client and an HTTP server that misbehaves on request. It forwards bytes as they are: signatures hold. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `drop-answer`: the server gets and does it all, the client's connection is cut instead of the answer.
 * `stall-body`: headers and half of the body, then nothing. `cut-body`: the same, then the connection is cut.
 * A number: answered with that status, the server never hears of it.
 */
type Fault = 'none' | 'drop-answer' | 'stall-body' | 'cut-body' | number;

export interface FaultyProxy {
  readonly endpoint: string;
  /** Decides what happens to a request. */
  fault: (request: IncomingMessage) => Fault;
  /** How many requests came. */
  readonly requests: () => number;
  close(): Promise<void>;
}

function half(chunks: Buffer[]): Buffer {
  const whole = Buffer.concat(chunks);
  return whole.subarray(0, Math.floor(whole.length / 2));
}

function forward(target: URL, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault): void {
  const { method, url, rawHeaders } = incoming;
  const upstream = request({
    host: target.hostname,
    port: target.port,
    method,
    path: url,
    headers: rawHeaders,
    agent: false,
  });
  upstream.on('continue', () => outgoing.writeContinue());
  upstream.on('error', () => outgoing.destroy());
  upstream.on('response', (answer) => {
    if (fault === 'none') {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      if (fault === 'drop-answer') {
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      outgoing.write(half(chunks), () => {
        if (fault === 'cut-body') incoming.socket.destroy();
      });
    });
  });
  incoming.pipe(upstream);
}

export async function startFaultyProxy(endpoint: string): Promise<FaultyProxy> {
  const target = new URL(endpoint);
  let count = 0;
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    count += 1;
    const fault = proxy.fault(incoming);
    if (typeof fault === 'number') {
      incoming.resume();
      outgoing.writeHead(fault, { connection: 'close' }).end();
    } else forward(target, incoming, outgoing, fault);
  };
  const server = createServer(answer);
  server.on('checkContinue', answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => 'none',
    requests: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
