/** The body of an answer: read from the store as fast as the client takes it, and exactly as long as was announced. */
import type { Readable } from 'node:stream';
import type { SentBytes } from './served-file.ts';

/**
 * Asks for a chunk only when one was taken, so memory stays constant; closes the object when the client goes away.
 * One that ends before `lengthBytes` breaks the connection: a short answer must not look like a whole one. What comes
 * beyond is not sent: the client would take it for its next answer. Without `lengthBytes` the body's own end is the end.
 */
export function fileBody(body: Readable, lengthBytes: number | undefined, sent: SentBytes): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let leftBytes = lengthBytes ?? Number.POSITIVE_INFINITY;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) {
          if (lengthBytes !== undefined && leftBytes > 0) {
            throw new Error(`the store gave ${leftBytes} of ${lengthBytes} bytes too few`);
          }
          controller.close();
          return;
        }
        const chunk = value.length > leftBytes ? value.subarray(0, leftBytes) : value;
        leftBytes -= chunk.length;
        sent.gives(chunk.length);
        controller.enqueue(chunk);
        if (leftBytes > 0) return;
        body.destroy();
        controller.close();
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
