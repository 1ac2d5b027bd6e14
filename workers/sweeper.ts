/** Sweep on a timer, in every process; a lease in the bucket keeps it to one at a time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../src/domain/failure.ts';
import { DownloadTidying } from '../src/pipeline/download-days.ts';
import { LeaseKeeper } from '../src/pipeline/lease.ts';
import { type SweepDependencies, Sweeper } from '../src/pipeline/sweep.ts';

const STOP_TIMEOUT_MS = 5_000;
/** Counts of downloads are in no hurry. */
const TIDY_DOWNLOADS_MS = 5 * 60_000;

export interface RunningSweep {
  stop(): Promise<void>;
}

export function startSweep(everySeconds: number, dependencies: SweepDependencies): RunningSweep {
  const { bucket, log, monotonicMs } = dependencies;
  const stopping = new AbortController();
  const sweeper = new Sweeper(dependencies);
  const downloads = new DownloadTidying(dependencies);
  let tidiedAtMs = Number.NEGATIVE_INFINITY;
  const everyMs = everySeconds * 1000;
  // A holder renews it at every turn: twice missed, and it is taken to have gone.
  const lease = new LeaseKeeper(bucket, 'sweep', randomUUID(), everyMs * 2, monotonicMs);

  const turn = async () => {
    try {
      if (!(await lease.acquire())) return;
      const report = await sweeper.sweep(stopping.signal);
      if (report.hinted > 0 || report.settled > 0) log.info({ ...report }, 'swept');
      if (monotonicMs() - tidiedAtMs < TIDY_DOWNLOADS_MS) return;
      tidiedAtMs = monotonicMs();
      await downloads.tidy(stopping.signal);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'sweep could not look; it will look again');
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await turn();
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await lease.release().catch(() => undefined);
  })();
  return {
    stop: async () => {
      stopping.abort();
      // A store that does not answer must not hold up the end: the lease runs out by itself.
      await Promise.race([running, pause(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
