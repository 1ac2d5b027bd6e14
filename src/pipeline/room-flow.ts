/** The one place that knows the order: render, then publish, then the show's feed. Pure but for `hint`. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Manifest } from '../domain/episode.ts';
import { needsPublish, needsRender } from '../domain/episode-life.ts';
import { messageOf } from '../domain/failure.ts';
import { EpisodeId, ShowId } from '../domain/ids.ts';
import { firstOwed } from '../domain/outbox.ts';
import { isPurgeOwed } from '../domain/purge.ts';
import type { JobQueue, JobRequest, Log, QueueName } from './ports.ts';

/** `request`: which render request the job was made for. */
export const EpisodeJob = z.object({ showId: ShowId, episodeId: EpisodeId, request: z.int() });
export type EpisodeJob = z.infer<typeof EpisodeJob>;
export const FeedJob = z.object({ showId: ShowId });
/** Without an episode: the hub is told that the show's feed has changed. */
export const NotifyJob = z.object({ showId: ShowId, episodeId: EpisodeId.optional() });
export type NotifyJob = z.infer<typeof NotifyJob>;

function renderJobId(manifest: Manifest): string {
  return `render-${manifest.showId}-${manifest.id}-${manifest.renderRequest}`;
}

function publishJobId(manifest: Manifest): string {
  return `publish-${manifest.showId}-${manifest.id}-${manifest.renderRequest}-${manifest.publishRequest}`;
}

/** Which episode a job works on, from its id alone. */
export function episodeOfJob(jobId: string): { showId: ShowId; episodeId: EpisodeId } | undefined {
  const match = /^(?:render|publish)-([a-z0-9-]{1,64})-(ep-[0-9a-f]{32})-[\d-]+$/.exec(jobId);
  return match ? { showId: match[1] as ShowId, episodeId: match[2] as EpisodeId } : undefined;
}

/** The job that works on this episode now, if one should. */
export function currentJob(manifest: Manifest): { queue: QueueName; jobId: string } | undefined {
  if (needsRender(manifest)) return { queue: 'render', jobId: renderJobId(manifest) };
  if (needsPublish(manifest)) return { queue: 'publish', jobId: publishJobId(manifest) };
  return undefined;
}

/** What to put in the queue for a manifest as it is now; undefined when nothing is to be done. */
export function nextJob(manifest: Manifest): JobRequest | undefined {
  const payload: EpisodeJob = { showId: manifest.showId, episodeId: manifest.id, request: manifest.renderRequest };
  const publish: JobRequest = { queue: 'publish', jobId: publishJobId(manifest), payload };
  if (needsRender(manifest)) {
    return { ...publish, children: [{ queue: 'render', jobId: renderJobId(manifest), payload }] };
  }
  return needsPublish(manifest) ? publish : undefined;
}

/** Longer than this no queue is asked to remember anything. */
const FURTHEST_SCHEDULE_MS = 90 * 24 * 3_600_000;

/**
 * Wakes a scheduled episode at its time, prompter than sweep comes by. Undefined for what is not scheduled, and for what
 * is months ahead: sweep alone finds that, as it finds everything when the queue was lost.
 */
export function scheduleJob(manifest: Manifest, now: Date): JobRequest | undefined {
  const { status, scheduledFor, showId, id, renderRequest } = manifest;
  if (status !== 'scheduled' || scheduledFor === undefined) return undefined;
  const delayMs = Date.parse(scheduledFor) - now.getTime();
  if (delayMs > FURTHEST_SCHEDULE_MS) return undefined;
  const jobId = `${publishJobId(manifest)}-${Date.parse(scheduledFor)}`;
  const payload: EpisodeJob = { showId, episodeId: id, request: renderRequest };
  return { queue: 'publish', jobId, payload, delayMs: Math.max(0, delayMs) };
}

export function feedJob(showId: ShowId): JobRequest {
  return { queue: 'feed', jobId: `feed-${showId}`, payload: { showId }, deduplicationKey: `feed-${showId}` };
}

/** To send what is owed of an episode; undefined when nothing is. */
export function newsJob(manifest: Manifest): JobRequest | undefined {
  const isOwed = firstOwed(manifest) !== undefined || isPurgeOwed(manifest);
  return isOwed ? notifyJob({ showId: manifest.showId, episodeId: manifest.id }) : undefined;
}

export function notifyJob(payload: NotifyJob): JobRequest {
  const jobId = `notify-${payload.showId}-${payload.episodeId ?? 'hub'}`;
  return { queue: 'notify', jobId, payload, deduplicationKey: jobId };
}

/** For another try after a pause. Apart from the jobs for now: one that waits must not hold those up. */
export function laterNotifyJob(payload: NotifyJob, delayMs: number): JobRequest {
  return { queue: 'notify', jobId: `notify-later-${randomUUID()}`, payload, delayMs };
}

/** The queue only hints: when it is away, sweep asks again. So this never throws. */
export async function hint(queue: JobQueue, log: Log, job: JobRequest | undefined): Promise<boolean> {
  if (!job) return true;
  try {
    await queue.add(job);
    return true;
  } catch (error) {
    log.warn({ jobId: job.jobId, reason: messageOf(error) }, 'the queue did not take a job; sweep will ask again');
    return false;
  }
}
