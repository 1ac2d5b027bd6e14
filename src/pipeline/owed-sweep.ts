/** Sweep's look at what is owed to others: messages of pending episodes, pings of every show's hub. */
import type { Manifest } from '../domain/episode.ts';
import type { ShowId } from '../domain/ids.ts';
import { firstOwed, isDue } from '../domain/outbox.ts';
import { isPurgeDue, isPurgeOwed } from '../domain/purge.ts';
import { HUB_PINGS_PREFIX, showIdOfPingKey } from '../storage/object-keys.ts';
import { isPingDue, isPingOwed, readPing } from './hub-pings.ts';
import { callbackOf } from './notify.ts';
import type { Clock, JobQueue, Log, ObjectStore } from './ports.ts';
import type { PurgeDependencies } from './purge.ts';
import { listAll } from './records.ts';
import { hint, newsJob, notifyJob } from './room-flow.ts';
import { readShow } from './shows.ts';

interface OwedDependencies extends Pick<PurgeDependencies, 'callbackUrl' | 'purgeUrl'> {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
  readonly queue: JobQueue;
  readonly log: Log;
}

export class OwedSweep {
  readonly #dependencies: OwedDependencies;
  /** Pings that were found to be settled, by key: only a changed one is read again. */
  #settled = new Map<string, string>();
  #hasCallback = new Map<ShowId, boolean>();

  constructor(dependencies: OwedDependencies) {
    this.#dependencies = dependencies;
  }

  /** Shows are asked anew where their messages go. Call at the beginning of each sweep. */
  begin(): void {
    this.#hasCallback.clear();
  }

  /** Whether somebody is still to be told something of this episode. What nobody is there to hear is not owed. */
  async owes(manifest: Manifest): Promise<boolean> {
    if (isPurgeOwed(manifest) && this.#dependencies.purgeUrl !== undefined) return true;
    return firstOwed(manifest) !== undefined && this.#hasListener(manifest);
  }

  async #hasListener(manifest: Manifest): Promise<boolean> {
    const { showId } = manifest;
    const known = this.#hasCallback.get(showId);
    if (known !== undefined) return known;
    const { bucket } = this.#dependencies;
    const has = callbackOf(await readShow(bucket, showId), this.#dependencies) !== undefined;
    this.#hasCallback.set(showId, has);
    return has;
  }

  /** Puts the job into the queue that tells what is due. */
  async remind(manifest: Manifest): Promise<void> {
    const { clock, queue, log } = this.#dependencies;
    const message = firstOwed(manifest);
    const isMessageDue = message && isDue(message, clock.now()) && (await this.#hasListener(manifest));
    const isPurging = this.#dependencies.purgeUrl !== undefined && isPurgeDue(manifest, clock.now());
    if (!isMessageDue && !isPurging) return;
    await hint(queue, log, newsJob(manifest));
  }

  async remindHubs(signal?: AbortSignal): Promise<void> {
    const { bucket, clock, queue, log } = this.#dependencies;
    const settled = new Map<string, string>();
    for await (const { key, etag } of listAll(bucket, HUB_PINGS_PREFIX)) {
      if (signal?.aborted) return;
      const showId = showIdOfPingKey(key);
      if (showId === undefined) continue;
      if (this.#settled.get(key) === etag) {
        settled.set(key, etag);
        continue;
      }
      const ping = await readPing(bucket, showId);
      if (ping && isPingDue(ping, clock.now())) await hint(queue, log, notifyJob({ showId }));
      // Its tag is older than what was read, if anything: then it is only read once more.
      if (ping && !isPingOwed(ping)) settled.set(key, etag);
    }
    this.#settled = settled;
  }
}
