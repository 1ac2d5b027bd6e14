/** The timed look for what fell through: the bucket says what is unfinished, whatever became of the queue. */
import type { Manifest } from '../domain/episode.ts';
import { isScheduleDue, isSettled } from '../domain/episode-life.ts';
import { askedAgain, publishWanted } from '../domain/episode-wishes.ts';
import { messageOf } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { audioWanted } from '../domain/new-episode.ts';
import { publicKeys } from '../domain/public-files.ts';
import { CoverSweep } from './cover-sweep.ts';
import { forgetIntake, removeErasedAudio } from './erase.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { type IntakeDependencies, resumeIntake } from './intake.ts';
import { awaitsLateTracks, LateTracks } from './late-tracks.ts';
import { LiveSweep } from './live-sweep.ts';
import { changeManifest, idsOf, keepPending, type PendingMark, pendingRooms, readManifest } from './manifests.ts';
import { OwedSweep } from './owed-sweep.ts';
import { sweepMoves } from './place-show.ts';
import type { Log, WorkFolders } from './ports.ts';
import { RemovalSweep } from './removal-sweep.ts';
import { RetentionSweep } from './retention-sweep.ts';
import { removeUnwantedFiles } from './retire.ts';
import { currentJob, hint, nextJob } from './room-flow.ts';
import { TrackUsers } from './track-users.ts';

export interface SweepDependencies extends FeedDependencies, IntakeDependencies {
  readonly log: Log;
  readonly monotonicMs: () => number;
  readonly callbackUrl?: string | undefined;
  readonly purgeUrl?: string | undefined;
  /** False: the track store is somebody else's, and nothing in it is ever removed. */
  readonly ownsTracks: boolean;
  readonly workFolders: WorkFolders;
}

export interface SweepReport {
  readonly pending: number;
  readonly hinted: number;
  readonly settled: number;
}

/** A pending mark outlives its work by this much, so that one written for work that is just beginning is not taken back. */
const SETTLE_MS = 60_000;
/** A mark without any event: its webhook was never answered, and nobody sent it again. */
const ABANDONED_MS = 24 * 3600 * 1000;

interface SettledRoom {
  readonly mark: PendingMark;
  readonly manifest: Manifest;
  readonly seen: { readonly sinceMs: number; passes: number };
}

/** Remembers between sweeps which pending marks it saw settled, and since when by this process's own clock. */
export class Sweeper {
  readonly #dependencies: SweepDependencies;
  readonly #lateTracks: LateTracks;
  readonly #live: LiveSweep;
  readonly #owed: OwedSweep;
  readonly #removals: RemovalSweep;
  readonly #retention: RetentionSweep;
  readonly #covers: CoverSweep;
  #settled = new Map<string, SettledRoom['seen']>();

  constructor(dependencies: SweepDependencies) {
    this.#dependencies = dependencies;
    this.#lateTracks = new LateTracks(dependencies.trackStore);
    this.#owed = new OwedSweep(dependencies);
    this.#live = new LiveSweep(dependencies);
    const users = new TrackUsers(dependencies.bucket, dependencies.log);
    this.#removals = new RemovalSweep(dependencies, users);
    this.#retention = new RetentionSweep(dependencies, users);
    this.#covers = new CoverSweep(dependencies);
  }

  /** One look at everything pending, until `signal` aborts. One room's trouble does not hide the others. */
  async sweep(signal?: AbortSignal): Promise<SweepReport> {
    const report = { pending: 0, hinted: 0, settled: 0 };
    const settled: SettledRoom[] = [];
    this.#owed.begin();
    await sweepMoves(this.#dependencies, signal);
    const skipped = (pending: string, error: Error) =>
      this.#dependencies.log.error({ pending, reason: error.message }, 'sweep cannot read what is pending');
    for await (const mark of pendingRooms(this.#dependencies.bucket, skipped)) {
      if (signal?.aborted) return report;
      report.pending++;
      await this.#guarded(mark, async () => {
        const found = await this.#find(mark);
        if (!found) return;
        const manifest = await this.#removals.goOn(found, signal);
        if (await this.#ask(manifest)) report.hinted++;
        await this.#owed.remind(manifest);
        if (isSettled(manifest)) settled.push({ mark, manifest, seen: this.#seenSettled(mark, manifest) });
      });
    }
    this.#settled = new Map(settled.map(({ mark, manifest, seen }) => [settledName(mark, manifest), seen]));
    report.settled = await this.#settle(settled, signal);
    await this.#owed.remindHubs(signal);
    await this.#live.sweep(signal);
    await this.#retention.look(signal);
    await this.#covers.look(signal);
    return report;
  }

  async #guarded(mark: PendingMark, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      const fields = { pending: mark.key, reason: messageOf(error) };
      this.#dependencies.log.error(fields, 'sweep could not look after a room; it will look again');
    }
  }

  /** The manifest as it is after its schedule came due, or a track came late. */
  async #find({ key, lastModified, room }: PendingMark): Promise<Manifest | undefined> {
    const { bucket, clock } = this.#dependencies;
    const manifest = (await readManifest(bucket, room.showId, room.episodeId))?.value;
    if (!manifest) {
      const isResumed = await resumeIntake(room.roomId, this.#dependencies);
      if (!isResumed && clock.now().getTime() - lastModified.getTime() > ABANDONED_MS) await bucket.delete(key);
      return undefined;
    }
    const change = (step: (latest: Manifest) => Manifest | undefined) =>
      changeManifest(bucket, manifest.showId, manifest.id, step);
    const now = clock.now();
    if (isScheduleDue(manifest, now)) {
      return (await change((latest) => (isScheduleDue(latest, now) ? publishWanted(latest, 'sweep', now) : undefined)))
        .value;
    }
    if (!awaitsLateTracks(manifest, now)) {
      this.#lateTracks.forget(manifest);
      return manifest;
    }
    if (!(await this.#lateTracks.haveCome(manifest))) return manifest;
    const again = (latest: Manifest) =>
      latest.version === manifest.version ? audioWanted(latest, 'sweep', 'a track came late', now) : undefined;
    return (await change(again)).value;
  }

  /** Puts its job into the queue again. One that is finished, though its work is not to be seen, gets another id. */
  async #ask(manifest: Manifest): Promise<boolean> {
    const { bucket, queue, clock, log } = this.#dependencies;
    const job = nextJob(manifest);
    if (!job || !(await hint(queue, log, job))) return false;
    const current = currentJob(manifest);
    if (current && (await queue.state(current.queue, current.jobId).catch(() => 'absent')) === 'completed') {
      const { value, isChanged } = await changeManifest(bucket, manifest.showId, manifest.id, (latest) =>
        currentJob(latest)?.jobId === current.jobId ? askedAgain(latest, clock.now()) : undefined,
      );
      if (isChanged) {
        log.warn({ jobId: current.jobId }, 'a job is finished, but not its work: it is asked for again');
        await hint(queue, log, nextJob(value));
      }
    }
    return true;
  }

  #seenSettled(mark: PendingMark, manifest: Manifest): SettledRoom['seen'] {
    const { monotonicMs } = this.#dependencies;
    return this.#settled.get(settledName(mark, manifest)) ?? { sinceMs: monotonicMs(), passes: 0 };
  }

  /**
   * Derives feeds when a room is first seen settled and once more when it stayed so, tidies, and takes the mark back:
   * unless tracks may still come or superseded files have their time of grace. Every manifest was read before the feeds
   * are derived, so what goes is named by none.
   */
  async #settle(rooms: readonly SettledRoom[], signal: AbortSignal | undefined): Promise<number> {
    const { monotonicMs } = this.#dependencies;
    const isDue = ({ passes, sinceMs }: SettledRoom['seen']) =>
      passes === 0 || (passes === 1 && monotonicMs() - sinceMs >= SETTLE_MS);
    const due = new Set(rooms.filter(({ seen }) => isDue(seen)));
    const derived = new Map<ShowId, Promise<unknown>>();
    for (const { manifest } of due) {
      if (!derived.has(manifest.showId)) derived.set(manifest.showId, deriveFeed(manifest.showId, this.#dependencies));
    }
    await Promise.allSettled(derived.values());
    let count = 0;
    for (const room of rooms) {
      if (signal?.aborted) break;
      await this.#guarded(room.mark, async () => {
        await derived.get(room.manifest.showId);
        if (due.has(room)) room.seen.passes++;
        await this.#tidy(room.manifest);
        if (room.seen.passes >= 2 && (await this.#takeBack(room))) count++;
      });
    }
    return count;
  }

  async #tidy(manifest: Manifest): Promise<void> {
    // Carried out already, but for a last look.
    if (manifest.status === 'erased' && manifest.removal) return;
    if (manifest.status === 'erased') {
      await forgetIntake(manifest, this.#dependencies);
      await removeErasedAudio(manifest, this.#dependencies);
    }
    await removeUnwantedFiles(manifest, this.#dependencies);
  }

  async #takeBack({ mark, manifest }: SettledRoom): Promise<boolean> {
    const { bucket, clock } = this.#dependencies;
    if (awaitsLateTracks(manifest, clock.now()) || manifest.superseded.length > 0) return false;
    if (manifest.removal || (manifest.stemsFrom && manifest.master)) return false;
    if (await this.#lostFiles(manifest)) return false;
    if (await this.#owed.owes(manifest)) return false;
    await bucket.delete(mark.key);
    // Whoever marked it meanwhile finds the mark gone, or is found here.
    const latest = (await readManifest(bucket, manifest.showId, manifest.id))?.value;
    if (latest && latest.version !== manifest.version) await keepPending(bucket, idsOf(latest));
    return true;
  }

  /** A feed must not name what is not there: public files that went away are made anew. */
  async #lostFiles(manifest: Manifest): Promise<boolean> {
    const { bucket, clock, log } = this.#dependencies;
    if (manifest.status !== 'published') return false;
    for (const key of publicKeys(manifest)) {
      if (await bucket.head(key)) continue;
      log.warn({ key }, 'a public file went away: it is made anew');
      await changeManifest(bucket, manifest.showId, manifest.id, (latest) =>
        latest.version === manifest.version ? askedAgain(latest, clock.now()) : undefined,
      );
      return true;
    }
    return false;
  }
}

/** Another mark, or another manifest, is another story: its feed is derived anew. */
const settledName = (mark: PendingMark, manifest: Manifest) => `${mark.key} ${mark.etag} ${manifest.version}`;
