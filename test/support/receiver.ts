/** A platform's or a hub's server on loopback: keeps what it was sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { TEST_SECRET } from './webhook.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of a webhook: its `webhook-id`. */
  readonly id: string;
}

export interface ToldEpisode {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly showId: string;
    readonly roomId: string;
    readonly episodeId: string;
    readonly guid: string;
    readonly status: string;
    readonly audio?: { readonly url: string; readonly lengthBytes: number };
    readonly failure?: { readonly code: string; readonly message: string };
  };
}

type Answer = (request: Received, response: ServerResponse) => void | Promise<void>;

export interface Receiver {
  readonly url: string;
  /** Every request, in the order in which they came. */
  readonly received: readonly Received[];
  /** How it answers from now on; 204 until it is told otherwise. */
  answer: Answer;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(code, headers).end();
  };

/** On a port of its own, or on that of one that was closed. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const id = String(request.headers['webhook-id'] ?? '');
    const one = { path: request.url ?? '', headers: request.headers, body, id };
    received.push(one);
    await receiver.answer(one, response);
  };
  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: status(204),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** Throws unless the signature is good, by the library that platforms use. */
export function verified({ body, headers }: Received, secret = TEST_SECRET): ToldEpisode {
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return new Webhook(secret).verify(body, signed) as ToldEpisode;
}
