/** The highest of the last so many values, at constant cost a value; nothing but zeros costs next to nothing. */

/** Values are at least zero. Before the first, all were zero. */
export class SlidingMaximum {
  readonly #span: number;
  /** Of what may still become the highest, descending, in a ring; with the time at which each is forgotten. */
  readonly #values: Float64Array;
  readonly #expiries: Float64Array;
  #first = 0;
  #count = 0;
  #now = 0;

  constructor(span: number) {
    this.#span = span;
    this.#values = new Float64Array(span);
    this.#expiries = new Float64Array(span);
  }

  /** Takes the next value and returns the highest of the last `span`, itself included. */
  push(value: number): number {
    const [span, values, expiries] = [this.#span, this.#values, this.#expiries];
    this.#now += 1;
    if (this.#count > 0 && (expiries[this.#first] ?? 0) <= this.#now) {
      this.#first = (this.#first + 1) % span;
      this.#count -= 1;
    }
    if (value > 0) {
      // What came before and is no higher cannot become the highest any more.
      while (this.#count > 0 && (values[(this.#first + this.#count - 1) % span] ?? 0) <= value) this.#count -= 1;
      const last = (this.#first + this.#count) % span;
      values[last] = value;
      expiries[last] = this.#now + span;
      this.#count += 1;
    }
    return this.#count === 0 ? 0 : (values[this.#first] ?? 0);
  }

  /** All of the last `span` values were zero. */
  get isZero(): boolean {
    return this.#count === 0;
  }
}
