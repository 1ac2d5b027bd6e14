/** The publish job: the public files, a look that they are there, and only then the manifest; the feed follows. */
import type { Manifest } from '../domain/episode.ts';
import { isScheduleDue, needsPublish, type Published, publishFinished } from '../domain/episode-life.ts';
import { askedAgain, publishWanted } from '../domain/episode-wishes.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { ShowId } from '../domain/ids.ts';
import { filesOf, publicKeys } from '../domain/public-files.ts';
import type { Show } from '../domain/show.ts';
import { visibilityOf } from '../storage/object-keys.ts';
import { ownShow } from './feed-stage.ts';
import { changeManifest, readManifest } from './manifests.ts';
import { callbackOf } from './notify.ts';
import type { JobContext, JobOutcome, JobQueue, Log, WorkFolder, WorkFolders } from './ports.ts';
import { makePublicFiles, type PublicFileDependencies } from './public-files.ts';
import { checkFolder, listPublicFolder } from './public-folder.ts';
import { makeImportedFiles } from './publish-imported.ts';
import { type EpisodeJob, feedJob, hint, nextJob, notifyJob, scheduleJob } from './room-flow.ts';
import { withCover } from './show-cover.ts';
import type { ShowDependencies } from './shows.ts';

export interface PublishDependencies extends ShowDependencies, PublicFileDependencies {
  readonly workFolders: WorkFolders;
  readonly callbackUrl?: string | undefined;
  readonly queue: JobQueue;
  readonly log: Log;
}

export async function runPublish(
  { showId, episodeId }: EpisodeJob,
  job: JobContext,
  dependencies: PublishDependencies,
): Promise<JobOutcome> {
  const { bucket, clock, queue, log, workFolders } = dependencies;
  const read = await readManifest(bucket, showId, episodeId);
  const manifest = read?.value;
  if (manifest?.status === 'scheduled') return wakeWhenDue(manifest, dependencies);
  if (!manifest || !(manifest.master || manifest.imported) || !needsPublish(manifest)) {
    // A job that ended after the manifest was written, but before the feed was asked for, comes by here again.
    if (manifest) await hint(queue, log, feedJob(showId));
    return { kind: 'done' };
  }
  const { publishRequest: request } = manifest;
  const show = await withCover(await showToPublish(showId, dependencies), dependencies);
  await job.progress({ stage: 'publish', percent: 0 });
  const work = await workFolders.create(job.jobId);
  try {
    const files = await filesFor(manifest, show, work, job, dependencies);
    checkFolder(await listPublicFolder(bucket, showId, episodeId, visibilityOf(show)), filesOf(files));
    const finished = (now: Manifest) => publishFinished(now, { request, ...files }, clock.now());
    const { value } = await changeManifest(bucket, showId, episodeId, finished, read);
    await removeRefusedFiles(value, files, dependencies);
    await confirmPublicFiles(value, show, dependencies);
    // Something may have been asked for while these files were made; what nobody names of them, sweep removes.
    await hint(queue, log, nextJob(value));
  } finally {
    await work.remove();
  }
  await hint(queue, log, feedJob(showId));
  if (callbackOf(show, dependencies)) await hint(queue, log, notifyJob({ showId, episodeId }));
  await job.progress({ stage: 'publish', percent: 100 });
  return { kind: 'done' };
}

/** By the schedule's own job when it is time; by the job that came after the render, it is put on the queue's clock. */
async function wakeWhenDue(
  { showId, id }: Manifest,
  { bucket, clock, queue, log }: PublishDependencies,
): Promise<JobOutcome> {
  const now = clock.now();
  const { value } = await changeManifest(bucket, showId, id, (latest) =>
    isScheduleDue(latest, now) ? publishWanted(latest, 'pipeline', now) : undefined,
  );
  await hint(queue, log, nextJob(value) ?? scheduleJob(value, now));
  await hint(queue, log, feedJob(showId));
  return { kind: 'done' };
}

type PublishedFiles = Omit<Published, 'request'>;

async function filesFor(
  manifest: Manifest,
  show: Show,
  work: WorkFolder,
  job: JobContext,
  dependencies: PublishDependencies,
): Promise<PublishedFiles> {
  const { master, imported } = manifest;
  if (imported) {
    const visibility = visibilityOf(show);
    const material = { manifest, imported, showTitle: show.title, visibility, work, signal: job.signal };
    return makeImportedFiles(material, dependencies);
  }
  if (!master) throw new PermanentFailure('tracks-gone', 'There is no finished audio. Try again to have it made anew.');
  const folder = await folderOf(manifest, show, job, dependencies);
  return {
    renderKey: master.renderKey,
    ...(await makePublicFiles({ manifest, master, show, work, folder }, job, dependencies)),
  };
}

/** Nothing lies there before the first publication; what an earlier attempt left may be written once more. */
async function folderOf(
  { showId, id, publishedRequest }: Manifest,
  show: Show,
  job: JobContext,
  { bucket }: PublishDependencies,
) {
  return publishedRequest === 0 && job.attempt === 1
    ? new Map()
    : listPublicFolder(bucket, showId, id, visibilityOf(show));
}

/** A worker that may not write this show's feed may not publish either. It is the operator's to mend: nothing failed. */
async function showToPublish(showId: ShowId, dependencies: PublishDependencies): Promise<Show> {
  try {
    return await ownShow(showId, dependencies);
  } catch (error) {
    throw error instanceof PermanentFailure ? new PassingFailure(error.code, error.message, { cause: error }) : error;
  }
}

/** Files that came too late may hold a voice or a name that has left: none stays behind unnamed. */
async function removeRefusedFiles(
  manifest: Manifest,
  files: PublishedFiles,
  { bucket }: PublishDependencies,
): Promise<void> {
  const named = new Set([...publicKeys(manifest), ...manifest.superseded.map(({ key }) => key)]);
  for (const { key } of filesOf(files)) if (!named.has(key)) await bucket.delete(key);
}

/** A file that was withdrawn at this very moment is noticed before the feed names it; the job then makes it anew. */
async function confirmPublicFiles(
  manifest: Manifest,
  show: Show,
  { bucket, clock }: PublishDependencies,
): Promise<void> {
  if (manifest.status !== 'published') return;
  const folder = await listPublicFolder(bucket, manifest.showId, manifest.id, visibilityOf(show));
  for (const key of publicKeys(manifest)) {
    if (folder.has(key)) continue;
    await changeManifest(bucket, manifest.showId, manifest.id, (now) =>
      now.version === manifest.version ? askedAgain(now, clock.now()) : undefined,
    );
    throw new PassingFailure('store-inconsistent', `${key} went away while it was being published`);
  }
}
