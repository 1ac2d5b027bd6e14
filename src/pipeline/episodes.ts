/** What a creator asks of an episode: edit, publish, unpublish, retry, erase. The bucket first, the queue after. */
import type { Manifest } from '../domain/episode.ts';
import { type EpisodePatch, patched, refuseToPublishFailed } from '../domain/episode-edit.ts';
import { publishWanted, retryWanted, tombstone, unpublishWanted } from '../domain/episode-life.ts';
import { PermanentFailure } from '../domain/failure.ts';
import type { EpisodeId, ParticipantId, ShowId } from '../domain/ids.ts';
import { forgetIntake, removeErasedAudio } from './erase.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { forgetLiveRoom } from './live-rooms.ts';
import { changeManifest, idsOf, keepPending, markPending, readManifest } from './manifests.ts';
import type { JobQueue, Log } from './ports.ts';
import { feedJob, hint, newsJob, nextJob } from './room-flow.ts';
import { trackSources } from './track-sources.ts';

export interface EpisodeDependencies extends FeedDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
}

export type PatchResult = { readonly kind: 'changed'; readonly manifest: Manifest } | { readonly kind: 'stale' };

/** `isSeen`: whether this is what the editor saw. Throws PermanentFailure('not-found'), and 'bad-request' for what cannot be. */
export async function patchEpisode(
  show: ShowId,
  episode: EpisodeId,
  isSeen: (manifest: Manifest) => boolean,
  patch: EpisodePatch,
  dependencies: EpisodeDependencies,
): Promise<PatchResult> {
  if (patch.edit) await refuseEditWithoutTracks(show, episode, patch.edit.excludeParticipantIds ?? [], dependencies);
  let isStale = false;
  const manifest = await ask(show, episode, dependencies, (now) => {
    isStale = !isSeen(now);
    return isStale ? undefined : patched(now, patch, dependencies.clock.now());
  });
  return isStale ? { kind: 'stale' } : { kind: 'changed', manifest };
}

/** Told at once rather than by a render that fails. Those who leave are not needed. */
async function refuseEditWithoutTracks(
  show: ShowId,
  episode: EpisodeId,
  leaving: readonly ParticipantId[],
  { bucket, trackStore }: EpisodeDependencies,
): Promise<void> {
  const manifest = (await readManifest(bucket, show, episode))?.value;
  if (!manifest) return;
  const staying = manifest.tracks.filter(({ participantId }) => !leaving.includes(participantId));
  await trackSources({ ...manifest, tracks: staying }, { bucket, trackStore });
}

export function publishEpisode(show: ShowId, episode: EpisodeId, dependencies: EpisodeDependencies): Promise<Manifest> {
  return ask(show, episode, dependencies, (now) => {
    refuseToPublishFailed(now);
    return publishWanted(now, 'creator', dependencies.clock.now());
  });
}

export function unpublishEpisode(
  show: ShowId,
  episode: EpisodeId,
  dependencies: EpisodeDependencies,
): Promise<Manifest> {
  return ask(show, episode, dependencies, (now) => unpublishWanted(now, dependencies.clock.now()));
}

export function retryEpisode(show: ShowId, episode: EpisodeId, dependencies: EpisodeDependencies): Promise<Manifest> {
  return ask(show, episode, dependencies, (now) => retryWanted(now, 'creator', dependencies.clock.now()));
}

/** Marks the room first, so that what was asked for is found again whatever happens next. */
async function ask(
  show: ShowId,
  episode: EpisodeId,
  { bucket, queue, log }: EpisodeDependencies,
  change: (manifest: Manifest) => Manifest | undefined,
): Promise<Manifest> {
  const record = await readManifest(bucket, show, episode);
  if (!record) throw new PermanentFailure('not-found', `The show ${show} has no episode ${episode}.`);
  if (record.value.status === 'erased') throw new PermanentFailure('not-found', 'This episode was erased.');
  await markPending(bucket, idsOf(record.value));
  const { value, isChanged } = await changeManifest(bucket, show, episode, change);
  if (isChanged) {
    await keepPending(bucket, idsOf(value));
    await hint(queue, log, nextJob(value));
    await hint(queue, log, feedJob(show));
    await hint(queue, log, newsJob(value));
  }
  return value;
}

/** Audio, companions, renders and what the platform told of the room: gone when this returns. The GUID stays taken. */
export async function eraseEpisode(
  show: ShowId,
  episode: EpisodeId,
  dependencies: EpisodeDependencies,
): Promise<Manifest> {
  const { bucket, clock } = dependencies;
  const record = await readManifest(bucket, show, episode);
  if (!record) throw new PermanentFailure('not-found', `The show ${show} has no episode ${episode}.`);
  await markPending(bucket, idsOf(record.value));
  const { value } = await changeManifest(bucket, show, episode, (now) =>
    now.status === 'erased' ? undefined : tombstone(now, clock.now()),
  );
  await keepPending(bucket, idsOf(value));
  await forgetIntake(value, dependencies);
  await forgetLiveRoom(value, dependencies);
  // The feed first: it must not name what is no longer there.
  await deriveFeed(show, dependencies);
  await removeErasedAudio(value, dependencies);
  await hint(dependencies.queue, dependencies.log, newsJob(value));
  return value;
}
