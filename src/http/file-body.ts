/** The body of an answer: read as fast as the client takes it, exactly as long as was announced, and broken when it fails. */
import type { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { SentBytes } from './served-file.ts';

export interface FileBodyOptions {
  /** Undefined where only the body's own end is the end. */
  readonly lengthBytes?: number;
  /** Counts what was given. */
  readonly sent?: SentBytes;
  /** Where it goes; without it, as in a test, a failing body is a failing stream. */
  readonly outgoing?: HttpBindings['outgoing'] | undefined;
  /** Told of a body that broke off by itself, not of a client that went away. */
  readonly onBroken?: (error: unknown) => void;
}

/**
 * Asks for a chunk only when one was taken, so memory stays constant; closes the source when the client goes away.
 * One that fails or ends before `lengthBytes` ends the connection, before the server puts an error's words after the
 * bytes: with them a short answer could come out as long as it should be. What comes beyond `lengthBytes` is not sent:
 * the client would take it for its next answer.
 */
export function fileBody(body: Readable, options: FileBodyOptions): ReadableStream<Uint8Array> {
  const { lengthBytes, sent, outgoing, onBroken } = options;
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let leftBytes = lengthBytes ?? Number.POSITIVE_INFINITY;

  async function give(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { done, value } = await chunks.next();
    if (done && lengthBytes !== undefined && leftBytes > 0) {
      throw new Error(`the store gave ${leftBytes} of ${lengthBytes} bytes too few`);
    }
    if (!done) {
      const chunk = value.length > leftBytes ? value.subarray(0, leftBytes) : value;
      leftBytes -= chunk.length;
      sent?.gives(chunk.length);
      controller.enqueue(chunk);
    }
    if (!done && leftBytes > 0) return;
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
          await give(controller);
        } catch (error) {
          if (!outgoing?.destroyed) onBroken?.(error);
          if (!outgoing) throw error;
          outgoing.destroy();
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
