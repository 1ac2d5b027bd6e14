/** The body of an answer, whose failures are ours: cut short, stalled, aborted. */
import { Readable } from 'node:stream';
import { PassingFailure } from '../../domain/failure.ts';

/** `translate` makes one of our errors of what the connection says. Destroying the result frees the connection. */
export function guardedBody(
  source: Readable,
  lengthBytes: number,
  name: string,
  translate: (error: unknown) => unknown,
) {
  let received = 0;
  const body = new Readable({
    read: () => void source.resume(),
    destroy: (error, done) => {
      source.destroy();
      done(error);
    },
  });
  const fail = (error: unknown) => {
    const reason = translate(error);
    body.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  };
  const cut = () =>
    new PassingFailure('store-unreachable', `${name} was cut after ${received} of ${lengthBytes} bytes`);
  source.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (!body.push(chunk)) source.pause();
  });
  source.pause();
  source.once('end', () => {
    if (received === lengthBytes) body.push(null);
    else body.destroy(cut());
  });
  source.once('error', fail);
  source.once('close', () => {
    if (!source.readableEnded && !body.destroyed) body.destroy(cut());
  });
  return body;
}
