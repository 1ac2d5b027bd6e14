/** The body of an answer: read from the store as fast as the client takes it, and exactly as long as was announced. */
import type { Readable } from 'node:stream';
import type { SentBytes } from './served-file.ts';

/**
 * Asks for a chunk only when one was taken, so memory stays constant; closes the object when the client goes away.
 * One that ends before `lengthBytes`, or fails, breaks the connection by `breakOff`: a short answer must not look like a
 * whole one. (Without `breakOff` the stream fails.) What comes beyond `lengthBytes` is not sent: the client would take
 * it for its next answer.
 */
export function fileBody(
  body: Readable,
  lengthBytes: number,
  sent: SentBytes,
  breakOff?: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let leftBytes = lengthBytes;

  async function next(): Promise<Uint8Array | undefined> {
    const { done, value } = await chunks.next();
    if (done && leftBytes > 0) throw new Error(`the store gave ${leftBytes} of ${lengthBytes} bytes too few`);
    return done ? undefined : value;
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const value = await next();
    if (value) {
      const chunk = value.length > leftBytes ? value.subarray(0, leftBytes) : value;
      leftBytes -= chunk.length;
      sent.gives(chunk.length);
      controller.enqueue(chunk);
    }
    if (leftBytes > 0) return;
    controller.close();
    await release();
  }

  /** A body read to its end gives its connection back to the store; one that has more is cut off. */
  async function release(): Promise<void> {
    try {
      if (!(await chunks.next()).done) body.destroy();
    } catch {
      // The client has all it was promised.
    }
  }

  return new ReadableStream(
    {
      async pull(controller) {
        try {
          await pull(controller);
        } catch (error) {
          if (!breakOff) throw error;
          breakOff(error);
          controller.close();
        }
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
