/** What is odd about a feed that is imported, each named: nothing is guessed or left out in silence. */
import { error, type Finding, warning } from '../feed-check.ts';

/** `error`: something is not taken over; `warning`: it is, but was read leniently, guessed or changed. */
export type Oddity = Finding;

/** Longer texts of a feed are cut where they are quoted. */
const QUOTED_CHARACTERS = 120;

export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= QUOTED_CHARACTERS ? `“${line}”` : `“${line.slice(0, QUOTED_CHARACTERS)}…”`;
}

/** Collects what is found in one place of the feed. */
export class Oddities {
  readonly found: Oddity[] = [];
  readonly #where: string | undefined;

  constructor(where?: string) {
    this.#where = where;
  }

  /** Empty, of the same place: for what may have to be told anew. */
  fresh(): Oddities {
    return new Oddities(this.#where);
  }

  /** Taken over, but not as it was written. */
  changed(code: string, message: string): void {
    this.found.push(warning(code, message, this.#where));
  }

  /** Not taken over. */
  lost(code: string, message: string): void {
    this.found.push(error(code, message, this.#where));
  }
}
