/** What a bad recording is, to the table of them: how it is made, and what must come of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { addAt, babble, chirp } from './sounds.ts';

export interface BadTrack {
  readonly name: string;
  /** Its file's name, which nobody believes. */
  readonly file: string;
  readonly make: (path: string, lures: Lures) => void;
  /** Announced beside key, participant and start. */
  readonly announced?: { readonly durationSeconds?: number };
  readonly becomes:
    | { readonly state: 'rejected'; readonly reason: RegExp }
    | (Heard & { readonly state: 'incomplete'; readonly reason: RegExp })
    | (Heard & { readonly state: 'present'; readonly warnings?: readonly string[] });
}

interface Heard {
  /** Instants of the room at which its chirps are heard, to 20 ms; and at which they are not. */
  readonly chirps?: readonly number[];
  readonly noChirps?: readonly number[];
}

/** What a recording would reach for that names other things. */
export interface Lures {
  /** A server on 127.0.0.1 that nobody may connect to. */
  readonly port: number;
  /** A sound file and a text that nobody may open. */
  readonly soundPath: string;
  readonly textPath: string;
}

export const SPOKEN_SECONDS = 6;
const CHIRPS_SECONDS: readonly number[] = [1.5, 4.5];

/** Six seconds like a voice, with a chirp after a quarter and after three quarters. */
export function spoken(seconds = SPOKEN_SECONDS): Float32Array {
  const sound = babble(seconds, 0.2, 2);
  for (const at of CHIRPS_SECONDS) addAt(sound, chirp(), at);
  return sound;
}

/** Of the file at `path`, written by `write` before it is changed. */
export function changed(path: string, write: (path: string) => void, change: (bytes: Buffer) => Uint8Array): void {
  write(path);
  writeFileSync(path, change(readFileSync(path)));
}
