/** The timed look for what fell through: the bucket says what is unfinished, whatever became of the queue. */
import type { Manifest } from '../domain/episode.ts';
import { askedAgain, isScheduleDue, isSettled, publishWanted } from '../domain/episode-life.ts';
import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { audioWanted } from '../domain/new-episode.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { type IntakeDependencies, resumeIntake } from './intake.ts';
import { changeManifest, type PendingMark, pendingRooms, readManifest } from './manifests.ts';
import { removeUnwantedFiles } from './retire.ts';
import { currentJob, hint, nextJob } from './room-flow.ts';

export interface SweepDependencies extends FeedDependencies, IntakeDependencies {
  readonly monotonicMs: () => number;
}

export interface SweepReport {
  readonly pending: number;
  readonly hinted: number;
  readonly settled: number;
}

/** A pending mark outlives its work by this much, so that one written for work that is just beginning is not taken back. */
const SETTLE_MS = 60_000;
const LATE_TRACKS_MS = 24 * 3600 * 1000;

/** Remembers between sweeps which pending marks it saw settled, and since when by this process's own clock. */
export class Sweeper {
  readonly #dependencies: SweepDependencies;
  readonly #settled = new Map<string, { readonly sinceMs: number; passes: number }>();

  constructor(dependencies: SweepDependencies) {
    this.#dependencies = dependencies;
  }

  /** One look at everything pending. One room's trouble does not hide the others. */
  async sweep(): Promise<SweepReport> {
    const { bucket, log } = this.#dependencies;
    const report = { pending: 0, hinted: 0, settled: 0 };
    const derived = new Map<ShowId, Promise<unknown>>();
    const present = new Set<string>();
    for await (const mark of pendingRooms(bucket)) {
      const { key, etag, room } = mark;
      present.add(`${key} ${etag}`);
      report.pending++;
      try {
        const manifest = (await readManifest(bucket, room.showId, room.episodeId))?.value;
        if (!manifest) {
          if (await resumeIntake(room.roomId, room.showId, this.#dependencies)) report.hinted++;
          continue;
        }
        const current = await this.#wake(manifest);
        const job = nextJob(current);
        if (job && (await hint(this.#dependencies.queue, log, job))) report.hinted++;
        if (job) await this.#unstick(current);
        if (isSettled(current) && (await this.#settle(mark, current, derived))) report.settled++;
      } catch (error) {
        log.error({ roomHash: key, reason: messageOf(error) }, 'sweep could not look after a room; it will look again');
      }
    }
    for (const name of this.#settled.keys()) if (!present.has(name)) this.#settled.delete(name);
    return report;
  }

  /** Time may have come for a schedule, or a track may have come late. */
  async #wake(manifest: Manifest): Promise<Manifest> {
    const { bucket, clock } = this.#dependencies;
    const now = clock.now();
    if (isScheduleDue(manifest, now)) {
      const due = (latest: Manifest) => (isScheduleDue(latest, now) ? publishWanted(latest, 'sweep', now) : undefined);
      return (await changeManifest(bucket, manifest.showId, manifest.id, due)).value;
    }
    if (!(await this.#hasLateTrack(manifest))) return manifest;
    const again = (latest: Manifest) =>
      latest.version === manifest.version ? audioWanted(latest, 'sweep', 'a track came late', now) : undefined;
    return (await changeManifest(bucket, manifest.showId, manifest.id, again)).value;
  }

  async #hasLateTrack(manifest: Manifest): Promise<boolean> {
    const { trackStore } = this.#dependencies;
    if (!this.#awaitsLateTracks(manifest)) return false;
    for (const track of manifest.tracks) {
      if (track.state === 'present' || track.state === 'rejected') continue;
      const object = await trackStore.head(track.key);
      const isNewer = object && object.lastModified.getTime() > Date.parse(manifest.updatedAt);
      if (object && (track.state === 'expected' || isNewer)) return true;
    }
    return false;
  }

  #awaitsLateTracks(manifest: Manifest): boolean {
    if (!isSettled(manifest) || manifest.status === 'erased') return false;
    const since = this.#dependencies.clock.now().getTime() - Date.parse(manifest.createdAt);
    return (
      since < LATE_TRACKS_MS && manifest.tracks.some(({ state }) => state === 'expected' || state === 'incomplete')
    );
  }

  /** A finished job whose work is not to be seen will not run again under its id: it is asked for under another. */
  async #unstick(manifest: Manifest): Promise<void> {
    const { bucket, queue, clock, log } = this.#dependencies;
    const job = currentJob(manifest);
    if (!job || (await queue.state(job.queue, job.jobId).catch(() => 'absent')) !== 'completed') return;
    const { value, isChanged } = await changeManifest(bucket, manifest.showId, manifest.id, (latest) =>
      currentJob(latest)?.jobId === job.jobId ? askedAgain(latest, clock.now()) : undefined,
    );
    if (!isChanged) return;
    log.warn({ jobId: job.jobId }, 'a job is finished, but not its work: it is asked for again');
    await hint(queue, log, nextJob(value));
  }

  /**
   * Derives the feed when a room is first seen settled and once more when it stayed so; then the mark is taken back,
   * unless tracks may still come or superseded files have their time of grace.
   */
  async #settle(mark: PendingMark, manifest: Manifest, derived: Map<ShowId, Promise<unknown>>): Promise<boolean> {
    const { bucket, monotonicMs } = this.#dependencies;
    const name = `${mark.key} ${mark.etag}`;
    const seen = this.#settled.get(name) ?? { sinceMs: monotonicMs(), passes: 0 };
    this.#settled.set(name, seen);
    const isOld = monotonicMs() - seen.sinceMs >= SETTLE_MS;
    if (seen.passes === 0 || (seen.passes === 1 && isOld)) {
      const feed = derived.get(manifest.showId) ?? deriveFeed(manifest.showId, this.#dependencies);
      derived.set(manifest.showId, feed);
      await feed;
      seen.passes++;
    }
    await removeUnwantedFiles(manifest, this.#dependencies);
    if (seen.passes < 2 || this.#awaitsLateTracks(manifest) || manifest.superseded.length > 0) return false;
    await bucket.delete(mark.key);
    return true;
  }
}
