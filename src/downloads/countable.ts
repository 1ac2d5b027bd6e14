/** Which answers may be part of a download, before anything is said of how much was sent. Pure. */
import { type NotAListener, notAListener } from './agents.ts';
import { MINIMUM_SECONDS } from './method.ts';

/** An answer to a request for a file, from our own delivery or from somebody's log. */
export interface Answer {
  readonly method: string;
  readonly status: number;
  /** Of the body. */
  readonly sentBytes: number;
  readonly userAgent: string;
}

export type LeftOut = NotAListener | 'not-get' | 'not-sent' | 'probe';

/** Players ask for two bytes first, to see whether ranges work. */
const PROBE_BYTES = 2;

/** Why it is no part of a download; undefined when it may be. */
export function leftOut({ method, status, sentBytes, userAgent }: Answer): LeftOut | undefined {
  if (method !== 'GET') return 'not-get';
  if ((status !== 200 && status !== 206) || sentBytes <= 0) return 'not-sent';
  if (sentBytes <= PROBE_BYTES) return 'probe';
  return notAListener(userAgent);
}

/** Where the sound of a file lies, and how much of it is a download. */
export interface FileMeasure {
  readonly lengthBytes: number;
  /** What comes before is tags and cover: sent, and not listened to. */
  readonly soundFromByte: number;
  /** So many bytes of sound are a minute; all of them where the file is shorter. */
  readonly minimumBytes: number;
}

/** MP3 at 128 kbit/s, where nobody knows how long the file plays. */
const UNKNOWN_BYTES_PER_SECOND = 16_000;

/** `bytesPerSecond` is used where the duration of this very file is not known. */
export function measureFile(file: {
  readonly lengthBytes: number;
  readonly soundFromByte: number;
  readonly durationSeconds?: number;
  readonly bytesPerSecond?: number;
}): FileMeasure {
  const { lengthBytes, durationSeconds, bytesPerSecond = UNKNOWN_BYTES_PER_SECOND } = file;
  const soundFromByte = Math.min(file.soundFromByte, lengthBytes);
  const soundBytes = lengthBytes - soundFromByte;
  const rate = durationSeconds !== undefined && durationSeconds > 0 ? soundBytes / durationSeconds : bytesPerSecond;
  const minimumBytes = Math.max(1, Math.min(Math.ceil(rate * MINIMUM_SECONDS), soundBytes));
  return { lengthBytes, soundFromByte, minimumBytes };
}

const ID3_HEADER_BYTES = 10;

/** How long the ID3v2 tag at the front is (ID3v2.4, 3.1), 0 without one. `head`: the first ten bytes. */
export function id3Length(head: Uint8Array): number {
  if (head.length < ID3_HEADER_BYTES || String.fromCharCode(...head.subarray(0, 3)) !== 'ID3') return 0;
  const size = [...head.subarray(6, 10)].reduce((sum, byte) => (sum << 7) | (byte & 0x7f), 0);
  const hasFooter = ((head[5] ?? 0) & 0x10) !== 0;
  return ID3_HEADER_BYTES + size + (hasFooter ? ID3_HEADER_BYTES : 0);
}
