/** What a creator asks of an episode: edit, publish, unpublish, retry, erase. The bucket first, the queue after. */
import type { Manifest } from '../domain/episode.ts';
import { type EpisodePatch, patched, refuseToPublishFailed } from '../domain/episode-edit.ts';
import { publishWanted, retryWanted, tombstone, unpublishWanted } from '../domain/episode-wishes.ts';
import { messageOf, PermanentFailure } from '../domain/failure.ts';
import type { EpisodeId, ParticipantId, ShowId } from '../domain/ids.ts';
import { audioWanted } from '../domain/new-episode.ts';
import { forgetIntake } from './erase.ts';
import { deriveFeed, type FeedDependencies } from './feed-stage.ts';
import { carryOutRemoval, removalDue } from './leave-episode.ts';
import { forgetLiveRoom } from './live-rooms.ts';
import { changeAndMark, readManifest } from './manifests.ts';
import type { JobQueue, Log } from './ports.ts';
import { feedJob, hint, newsJob, nextJob, scheduleJob } from './room-flow.ts';
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
  const leaving = patch.edit?.excludeParticipantIds ?? [];
  const isRemade = await mustBeRemade(show, episode, patch.edit !== undefined, leaving, dependencies);
  let isStale = false;
  const manifest = await ask(show, episode, dependencies, (now) => {
    isStale = !isSeen(now);
    if (isStale) return undefined;
    const at = dependencies.clock.now();
    return patched(isRemade && !patch.edit ? audioWanted(now, 'creator', 'audio made again', at) : now, patch, at);
  });
  if (isStale) return { kind: 'stale' };
  if (removalDue(manifest, dependencies.clock.now()) === 'first') await removeAtOnce(manifest, dependencies);
  return { kind: 'changed', manifest };
}

/**
 * Whether retention has removed what this episode's files are made of. Throws PermanentFailure('tracks-gone') where its
 * audio cannot be made: told at once rather than by a render that fails. Those who leave are not needed.
 */
async function mustBeRemade(
  show: ShowId,
  episode: EpisodeId,
  isAudioEdited: boolean,
  leaving: readonly ParticipantId[],
  { bucket, trackStore }: EpisodeDependencies,
): Promise<boolean> {
  const manifest = (await readManifest(bucket, show, episode))?.value;
  const isRetired = manifest?.retired?.stemsAndMasters !== undefined;
  if (!manifest || manifest.imported || !(isAudioEdited || isRetired)) return isRetired;
  const staying = manifest.tracks.filter(({ participantId }) => !leaving.includes(participantId));
  try {
    await trackSources({ ...manifest, tracks: staying }, { bucket, trackStore });
  } catch (error) {
    if (leaving.length === 0 || !(error instanceof PermanentFailure)) throw error;
    const advice = 'To take this voice out all the same, erase or unpublish the episode.';
    throw new PermanentFailure(error.code, `${error.message} ${advice}`, { cause: error });
  }
  return isRetired;
}

/** What is public of those who left goes now. Should anything fail, sweep goes on: the change itself is written. */
async function removeAtOnce(manifest: Manifest, dependencies: EpisodeDependencies): Promise<void> {
  try {
    await deriveFeed(manifest.showId, dependencies);
    await carryOutRemoval(manifest, dependencies);
  } catch (error) {
    const fields = { showId: manifest.showId, episodeId: manifest.id, reason: messageOf(error) };
    dependencies.log.error(fields, 'what somebody who left had said could not all be removed yet; sweep goes on');
  }
}

export async function publishEpisode(
  show: ShowId,
  episode: EpisodeId,
  dependencies: EpisodeDependencies,
): Promise<Manifest> {
  const isRemade = await mustBeRemade(show, episode, false, [], dependencies);
  return ask(show, episode, dependencies, (now) => {
    refuseToPublishFailed(now);
    const at = dependencies.clock.now();
    return publishWanted(isRemade ? audioWanted(now, 'creator', 'audio made again', at) : now, 'creator', at);
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
  { bucket, queue, log, clock }: EpisodeDependencies,
  change: (manifest: Manifest) => Manifest | undefined,
): Promise<Manifest> {
  const record = await readManifest(bucket, show, episode);
  if (!record) throw new PermanentFailure('not-found', `The show ${show} has no episode ${episode}.`);
  if (record.value.status === 'erased') throw new PermanentFailure('not-found', 'This episode was erased.');
  const { value, isChanged } = await changeAndMark(bucket, record.value, change);
  if (isChanged) {
    await hint(queue, log, nextJob(value));
    await hint(queue, log, scheduleJob(value, clock.now()));
    await hint(queue, log, feedJob(show));
    await hint(queue, log, newsJob(value));
  }
  return value;
}

/**
 * Audio, companions, renders and what the platform told of the room: gone when this returns. Sweep removes the recordings
 * themselves, unless another episode is made of them too. The GUID stays taken.
 */
export async function eraseEpisode(
  show: ShowId,
  episode: EpisodeId,
  dependencies: EpisodeDependencies,
): Promise<Manifest> {
  const { bucket, clock } = dependencies;
  const record = await readManifest(bucket, show, episode);
  if (!record) throw new PermanentFailure('not-found', `The show ${show} has no episode ${episode}.`);
  const { value } = await changeAndMark(bucket, record.value, (now) =>
    now.status === 'erased' ? undefined : tombstone(now, clock.now()),
  );
  // Names at once, whatever becomes of the feed.
  await forgetIntake(value, dependencies);
  await forgetLiveRoom(value, dependencies);
  // The feed first: it must not name what is no longer there.
  await deriveFeed(show, dependencies);
  await carryOutRemoval(value, dependencies);
  await hint(dependencies.queue, dependencies.log, newsJob(value));
  return value;
}
