/** Enforces how long shows keep what: looks over all episodes once in a while, and removes what is due. */
import type { Manifest } from '../domain/episode.ts';
import { unpublishWanted } from '../domain/episode-wishes.ts';
import { messageOf } from '../domain/failure.ts';
import { type Due, dueOf, type RetentionClass } from '../domain/retention.ts';
import type { FeedDependencies } from './feed-stage.ts';
import { changeAndMark, changeManifest, readManifest } from './manifests.ts';
import type { JobQueue, Log } from './ports.ts';
import { retireIntake, retireStemsAndMasters, retireTracks } from './retention.ts';
import { feedJob, hint } from './room-flow.ts';
import type { KnownEpisode, TrackUsers } from './track-users.ts';

export interface RetentionSweepDependencies extends FeedDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
  readonly monotonicMs: () => number;
  /** False: the track store is somebody else's, and nothing in it is ever removed. */
  readonly ownsTracks: boolean;
}

/** Limits are in days: an hour more is none. */
const EVERY_MS = 3600 * 1000;

export class RetentionSweep {
  readonly #dependencies: RetentionSweepDependencies;
  readonly #users: TrackUsers;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: RetentionSweepDependencies, users: TrackUsers) {
    this.#dependencies = dependencies;
    this.#users = users;
  }

  /** How many classes of how many episodes went. One episode's trouble does not keep the others. */
  async look(signal: AbortSignal | undefined): Promise<number> {
    const { monotonicMs, clock, ownsTracks, log } = this.#dependencies;
    if (monotonicMs() - this.#lastMs < EVERY_MS) return 0;
    await this.#users.refresh(signal);
    if (signal?.aborted) return 0;
    const now = clock.now().toISOString();
    let count = 0;
    for (const known of this.#users.episodes) {
      for (const due of this.#due(known, now)) {
        if (signal?.aborted) return count;
        if (due.class === 'tracks' && !ownsTracks) continue;
        try {
          if (await this.#retire(known, due, now)) count++;
        } catch (error) {
          const fields = { showId: known.showId, episodeId: known.id, class: due.class, reason: messageOf(error) };
          log.error(fields, 'retention could not remove what is due; it will try again');
        }
      }
    }
    this.#lastMs = monotonicMs();
    return count;
  }

  #due({ showId, retained }: KnownEpisode, now: string): Due[] {
    const show = this.#users.showOf(showId);
    return show ? dueOf(retained, show.retention).filter(({ at }) => at <= now) : [];
  }

  async #retire(known: KnownEpisode, { class: name, because }: Due, now: string): Promise<boolean> {
    const { bucket, trackStore, log } = this.#dependencies;
    const manifest = (await readManifest(bucket, known.showId, known.id))?.value;
    // Changed since: the next look tells whether it is still due.
    if (manifest?.version !== known.version) return false;
    if (name === 'published') return this.#withdraw(manifest);
    const isNeeded = (key: string) =>
      this.#users.isUsed(key, manifest.id, (other) => {
        return !other.retained.retired?.tracks && !this.#due(other, now).some((due) => due.class === 'tracks');
      });
    const isGone =
      name === 'tracks'
        ? await retireTracks(manifest, isNeeded, this.#isDue(known, 'stemsAndMasters', now), { bucket, trackStore })
        : name === 'intake'
          ? await retireIntake(manifest, this.#dependencies)
          : await retireStemsAndMasters(manifest, bucket);
    const fields = { showId: manifest.showId, episodeId: manifest.id, class: name, because };
    if (!isGone) log.warn(fields, 'recordings stay although their time is over: there are no stems to edit from');
    if (!isGone) return false;
    await this.#note(manifest, name, now);
    log.info(fields, 'removed, as the show keeps it no longer');
    return true;
  }

  #isDue(known: KnownEpisode, name: RetentionClass, now: string): boolean {
    return (
      known.retained.retired?.stemsAndMasters !== undefined || this.#due(known, now).some((due) => due.class === name)
    );
  }

  /** Housekeeping that no reader of the feed sees: the version stays. */
  async #note({ showId, id, version }: Manifest, name: Exclude<RetentionClass, 'published'>, at: string) {
    await changeManifest(this.#dependencies.bucket, showId, id, (now) =>
      now.version === version ? { ...now, retired: { ...now.retired, [name]: at } } : undefined,
    );
  }

  async #withdraw(manifest: Manifest): Promise<boolean> {
    const { bucket, clock, queue, log } = this.#dependencies;
    const { showId, version } = manifest;
    const { isChanged } = await changeAndMark(bucket, manifest, (now) =>
      now.version === version ? unpublishWanted(now, clock.now(), 'sweep') : undefined,
    );
    if (isChanged) await hint(queue, log, feedJob(showId));
    return isChanged;
  }
}
