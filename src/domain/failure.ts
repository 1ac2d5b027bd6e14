/** Two kinds of failure: permanent (bad input; trying again changes nothing) and passing (try again later). */
import { z } from 'zod';

export type FailureCode =
  | 'no-usable-track'
  | 'all-silent'
  | 'tracks-missing'
  | 'track-rejected'
  | 'tracks-gone'
  | 'mix-out-of-bounds'
  | 'public-url-differs'
  | 'format-too-new'
  | 'feed-ahead'
  | 'feed-locked'
  | 'not-found'
  | 'store-unsafe'
  | 'data-folder-in-use'
  | 'bad-request'
  | 'ffmpeg-failed'
  | 'internal';

/** No retry will help. `message` is plain language for the creator; details for the operator go in `cause`. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Worth trying again: something outside was away, slow, or changed meanwhile. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A conditional write lost: the object was there already, or is no longer what was read. */
export class PreconditionFailed extends Error {
  override readonly name = 'PreconditionFailed';
  readonly key: string;
  constructor(key: string) {
    super(`${key} was changed by another writer meanwhile`);
    this.key = key;
  }
}

/** Something a person should know about a result that came out all the same. */
export const Notice = z.object({ code: z.string(), message: z.string() });
export type Notice = Readonly<z.infer<typeof Notice>>;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
