/** Texts written one behind the other into one piece of memory: ten thousand small ones, and joining them, cost the collector more than their making. */
import { Buffer } from 'node:buffer';

/** A unit of UTF-16 takes three bytes of UTF-8 at most. */
const MOST_BYTES_OF_A_UNIT = 3;
const DOUBLED = 2;
/** Texts differ: so much more is reserved than those before would have all of them take. */
const RESERVE = 1.1;

export class GrowingBytes {
  #bytes = Buffer.alloc(0);
  #used = 0;

  /** `times`: how often as much as there is now will be there in the end. */
  write(text: string, times = DOUBLED): void {
    const needed = this.#used + text.length * MOST_BYTES_OF_A_UNIT;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.ceil(Math.max(needed, this.#used * times) * RESERVE));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    this.#used += this.#bytes.write(text, this.#used);
  }

  end(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }
}
