/** Removes covers of shows that were replaced long ago: looks over all shows once in a while. */
import { text } from 'node:stream/consumers';
import { messageOf } from '../domain/failure.ts';
import { coverKeys, type Show } from '../domain/show.ts';
import {
  archivePagesPrefix,
  feedKey,
  showCoversPrefix,
  type Visibility,
  visibilityOf,
} from '../storage/object-keys.ts';
import type { Clock, Log, ObjectInfo, ObjectStore } from './ports.ts';
import { listAll } from './records.ts';
import { GRACE_MS } from './retire.ts';
import { listShows } from './shows.ts';

export interface CoverSweepDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly monotonicMs: () => number;
}

const EVERY_MS = 24 * 3600 * 1000;
/** Covers are named before the first item. */
const CHANNEL_BYTES = 1024 ** 2;

export class CoverSweep {
  readonly #dependencies: CoverSweepDependencies;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: CoverSweepDependencies) {
    this.#dependencies = dependencies;
  }

  /** How many files went. One show's trouble does not keep the others. */
  async look(signal: AbortSignal | undefined): Promise<number> {
    const { bucket, log, monotonicMs } = this.#dependencies;
    if (monotonicMs() - this.#lastMs < EVERY_MS) return 0;
    let count = 0;
    for (const show of await listShows(bucket)) {
      if (signal?.aborted) return count;
      try {
        count += await this.#tidy(show);
      } catch (error) {
        const fields = { showId: show.id, reason: messageOf(error) };
        log.error(fields, 'sweep could not look after replaced covers; it will look again');
      }
    }
    this.#lastMs = monotonicMs();
    return count;
  }

  /**
   * A cover is written before it is recorded, and again when it is chosen again: what is as old as the grace while the current one is
   * too was replaced by then, and what was written since may be about to be recorded.
   */
  async #tidy({ id, cover, private: isPrivate }: Show): Promise<number> {
    if (!cover) return 0;
    const { bucket, clock } = this.#dependencies;
    const visibility = visibilityOf({ private: isPrivate });
    const current = new Set(coverKeys(cover));
    const isOld = ({ lastModified }: ObjectInfo) => clock.now().getTime() - lastModified.getTime() >= GRACE_MS;
    const there: ObjectInfo[] = [];
    for await (const file of listAll(bucket, showCoversPrefix(id, visibility))) there.push(file);
    const replaced = there.filter((file) => !current.has(file.key) && isOld(file));
    if (replaced.length === 0 || !there.filter(({ key }) => current.has(key)).every(isOld)) return 0;
    const named = await this.#channels(id, visibility);
    let count = 0;
    for (const { key } of replaced) {
      if (named.some((channel) => channel.includes(key.slice(key.lastIndexOf('/') + 1)))) continue;
      // Chosen again at this very moment: then it was written again.
      const now = await bucket.head(key);
      if (!now || !isOld(now)) continue;
      await bucket.delete(key);
      count++;
    }
    return count;
  }

  /** What the feed and its archive pages say of the show: none must name what is gone. */
  async #channels(id: Show['id'], visibility: Visibility): Promise<string[]> {
    const { bucket } = this.#dependencies;
    const keys = [feedKey(id, visibility)];
    for await (const { key } of listAll(bucket, archivePagesPrefix(id, visibility))) keys.push(key);
    const channels: string[] = [];
    for (const key of keys) {
      const found = await bucket.get(key, { range: { start: 0, end: CHANNEL_BYTES - 1 } });
      if (found) channels.push(await text(found.body));
    }
    return channels;
  }
}
