/** What an answer really gave of a public file, told once it has ended. Delivery never waits for whoever listens. */
import type { ServerResponse } from 'node:http';

export interface ServedFile {
  /** As it was asked for, without its query. */
  readonly path: string;
  /** Of the object. */
  readonly key: string;
  readonly method: 'GET' | 'HEAD';
  readonly status: 200 | 206;
  /** Where in the file the answer began; 0 for a whole one. */
  readonly fromByte: number;
  /** What was really handed to the socket when the answer ended or broke off; of a compressed file its compressed bytes. */
  readonly sentBytes: number;
  /** Of the whole file as it is stored. */
  readonly lengthBytes: number;
  /** Empty when the client named none. */
  readonly userAgent: string;
  /** Of the client, behind trusted proxies theirs; undefined when the connection was gone before it was looked at. */
  readonly address: string | undefined;
}

export type OnServed = (served: ServedFile) => void;

/** Counts what the body gives out. What was given last counts only when more is asked for, which is when it was taken. */
export class SentBytes {
  private taken = 0;
  private last = 0;

  gives(bytes: number): void {
    this.taken += this.last;
    this.last = bytes;
  }

  /** `isWhole`: the answer reached its end. */
  total(isWhole: boolean): number {
    return isWhole ? this.taken + this.last : this.taken;
  }
}

/** Calls once, when `answer` has ended or broken off. An error of the listener's is the listener's: delivery goes on. */
export function tellWhenServed(
  answer: ServerResponse,
  served: Omit<ServedFile, 'sentBytes'>,
  sent: SentBytes,
  onServed: OnServed,
): void {
  answer.once('close', () => {
    const sentBytes = answer.headersSent ? sent.total(answer.writableFinished) : 0;
    try {
      onServed({ ...served, sentBytes });
    } catch {
      // Nothing here could mend it, and nobody's download breaks because it was not counted.
    }
  });
}
