/** Waits for what must come, without saying when. */
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 20_000;

/** What `look` gives once it is neither undefined nor false; an Error naming `what` when that never happens. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false | null>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen as Exclude<T, undefined | false | null>;
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(20);
  }
}
