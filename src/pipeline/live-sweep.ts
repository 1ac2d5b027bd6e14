/** The timed look at rooms that are announced or on air: what ended unseen, what never began, what nobody need know any more. */

import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { afterTime, type LiveRoom, type LiveRooms } from '../domain/live-room.ts';
import { onAirKey } from '../storage/object-keys.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { closeIfOver } from './live-intake.ts';
import { changeLiveRooms, readLiveRooms, showsOnAir } from './live-rooms.ts';
import type { Log } from './ports.ts';

export interface LiveSweepDependencies extends FeedDependencies {
  readonly log: Log;
}

/** Remembers which state of a show's rooms this process has seen in the feed. */
export class LiveSweep {
  readonly #dependencies: LiveSweepDependencies;
  readonly #inFeed = new Map<ShowId, number>();

  constructor(dependencies: LiveSweepDependencies) {
    this.#dependencies = dependencies;
  }

  /** One show's trouble does not hide the others. */
  async sweep(signal?: AbortSignal): Promise<void> {
    for await (const showId of showsOnAir(this.#dependencies.bucket)) {
      if (signal?.aborted) return;
      try {
        await this.#look(showId);
      } catch (error) {
        const fields = { showId, reason: messageOf(error) };
        this.#dependencies.log.error(fields, 'sweep could not look after live rooms; it will look again');
      }
    }
  }

  async #look(showId: ShowId): Promise<void> {
    const { bucket, clock } = this.#dependencies;
    for (const room of (await readLiveRooms(bucket, showId))?.rooms ?? []) {
      await closeIfOver({ ...room, showId }, this.#dependencies);
    }
    const now = clock.now();
    const { live } = await changeLiveRooms(showId, this.#dependencies, (rooms) => {
      const after = rooms.flatMap((room): LiveRoom[] => {
        const next = afterTime(room, now);
        return next ? [next] : [];
      });
      return after.length === rooms.length && after.every((room, index) => room === rooms[index]) ? rooms : after;
    });
    // The queue may have lost what it was asked for: the feed is looked at once for each state.
    if (live && this.#inFeed.get(showId) !== live.version) {
      await deriveFeed(showId, this.#dependencies);
      this.#inFeed.set(showId, live.version);
    }
    if (!live || live.rooms.length === 0) await this.#takeBack(showId, live);
  }

  /** Whoever announces something meanwhile finds the mark gone, or is found here. */
  async #takeBack(showId: ShowId, seen: LiveRooms | undefined): Promise<void> {
    const { bucket } = this.#dependencies;
    await bucket.delete(onAirKey(showId));
    const latest = await readLiveRooms(bucket, showId);
    if (latest && latest.version !== seen?.version) {
      await bucket.put(onAirKey(showId), '{}\n', { contentType: 'application/json' });
    } else this.#inFeed.delete(showId);
  }
}
