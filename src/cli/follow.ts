/** Watches one episode until nothing is left to do for it, showing how far it is. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Manifest } from '../domain/episode.ts';
import { isSettled } from '../domain/episode-life.ts';
import { PermanentFailure } from '../domain/failure.ts';
import type { EpisodeId, ShowId } from '../domain/ids.ts';
import { readManifest } from '../pipeline/manifests.ts';
import type { JobQueue, ObjectStore } from '../pipeline/ports.ts';
import { currentJob } from '../pipeline/room-flow.ts';
import type { ProgressLine } from './output.ts';

const LOOK_MS = 300;

/** What of an episode a person at the terminal wants to know; the same from the bucket and from a server's API. */
export const FollowedEpisode = z.object({
  id: z.string(),
  showId: z.string(),
  status: z.string(),
  stage: z.string().optional(),
  progress: z.number().optional(),
  failure: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type FollowedEpisode = z.infer<typeof FollowedEpisode>;

/** Resolves with the manifest once the episode is published, scheduled, a draft, or failed. Throws the signal's reason. */
export async function followInBucket(
  ids: { readonly showId: ShowId; readonly episodeId: EpisodeId },
  { bucket, queue }: { readonly bucket: ObjectStore; readonly queue: JobQueue },
  line: ProgressLine,
  signal: AbortSignal,
): Promise<Manifest> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const manifest = (await readManifest(bucket, ids.showId, ids.episodeId))?.value;
      if (!manifest)
        throw new PermanentFailure('not-found', `the episode ${ids.episodeId} is not in the store any more`);
      if (isSettled(manifest) || manifest.status === 'scheduled') {
        line.show(manifest.status, 100);
        return manifest;
      }
      const job = currentJob(manifest);
      const progress = job && (await queue.progressOf(job.queue, job.jobId).catch(() => undefined));
      line.show(progress?.stage ?? manifest.status, progress?.percent ?? 0);
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    line.end();
  }
}

const SETTLED: readonly string[] = ['published', 'draft', 'scheduled', 'unpublished', 'failed', 'erased'];

/** The same, asking a running server. Throws an Error when it does not answer any more. */
export async function followOverHttp(
  look: () => Promise<unknown>,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<FollowedEpisode> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const episode = FollowedEpisode.parse(await look());
      line.show(episode.stage ?? episode.status, episode.progress ?? 0);
      if (SETTLED.includes(episode.status) && episode.stage === undefined) return episode;
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    line.end();
  }
}
