/** Lanes on disk: the kept sound of one track, written once while it is listened to, read in pieces while it is mixed. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { StepRange } from '../../audio/sample-clock.ts';

/** Where a lane lies, and what it holds. */
export interface LaneFile {
  readonly path: string;
  readonly kept: readonly StepRange[];
}

const WRITE_BYTES = 1024 * 1024;

export class LaneWriter {
  readonly #descriptor: number;
  readonly #pending = Buffer.alloc(WRITE_BYTES);
  #length = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w');
  }

  add(packed: Uint8Array): void {
    if (this.#length + packed.length > WRITE_BYTES) this.#flush();
    this.#pending.set(packed, this.#length);
    this.#length += packed.length;
  }

  /** Afterwards the writer may not be used. */
  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #flush(): void {
    let written = 0;
    while (written < this.#length) {
      written += writeSync(this.#descriptor, this.#pending, written, this.#length - written);
    }
    this.#length = 0;
  }
}
