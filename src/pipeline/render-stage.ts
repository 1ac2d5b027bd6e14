/** The render job: reads the manifest, makes the master, writes down what became of it. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import { needsRender, renderBegan, renderFinished, renderWaits, stageFailed } from '../domain/episode-life.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import type { Show } from '../domain/show.ts';
import { changeManifest, idsOf, markPending, readManifest } from './manifests.ts';
import type { Clock, JobContext, JobOutcome } from './ports.ts';
import { awaitedTracks, type RenderDependencies, type RenderInput, renderEpisode } from './render.ts';
import { RenderFailure } from './render-failure.ts';
import type { EpisodeJob } from './room-flow.ts';
import { ensureShow, type ShowDependencies } from './shows.ts';

export interface RenderStageDependencies extends RenderDependencies, ShowDependencies {
  readonly clock: Clock;
}

/** A render that ends its worker this often is given up: it would take the others with it. */
const MAX_RENDER_ATTEMPTS = 20;
const FIRST_LOOK_AGAIN_MS = 2_000;
const LONGEST_LOOK_AGAIN_MS = 30_000;

export async function runRender(
  { showId, episodeId, request }: EpisodeJob,
  job: JobContext,
  dependencies: RenderStageDependencies,
): Promise<JobOutcome> {
  const { bucket, clock } = dependencies;
  const record = await readManifest(bucket, showId, episodeId);
  // A job of an older request leaves the work to the newer one's.
  if (!record || !needsRender(record.value) || record.value.renderRequest !== request) return { kind: 'done' };
  if (record.value.renderAttempts >= MAX_RENDER_ATTEMPTS) {
    throw new PermanentFailure(
      'internal',
      'Making the audio ended unexpectedly again and again. Please try it later, or ask the operator.',
    );
  }
  const deadlinePassed = clock.now().getTime() >= Date.parse(record.value.tracksDeadlineAt);
  // Looking for tracks is no attempt: neither version nor history should grow with every look.
  const awaited = deadlinePassed ? undefined : await awaitedTracks(record.value, dependencies, job.signal);
  if (awaited) return waitOn(record.value, awaited, dependencies);
  const show = await ensureShow(showId, dependencies);
  const { value: manifest } = await changeManifest(bucket, showId, episodeId, (now) =>
    needsRender(now) && now.renderRequest === request ? renderBegan(now, clock.now()) : undefined,
  );
  if (!needsRender(manifest) || manifest.renderRequest !== request) return { kind: 'done' };
  const announce = (renderKey: Sha256) => announceRender({ showId, episodeId, request }, renderKey, dependencies);
  const result = await render({ ...inputOf(manifest, show, deadlinePassed), announce }, dependencies, job);
  if (result.kind === 'waiting') return waitOn(manifest, result.tracks, dependencies);
  const { value } = await changeManifest(bucket, showId, episodeId, (now) =>
    renderFinished(
      now,
      {
        request,
        master: result.master,
        tracks: result.tracks,
        warnings: result.warnings,
        mayPublish: result.isComplete || show.incompleteTracks === 'publish-marked',
      },
      clock.now(),
    ),
  );
  // Erased while it was made, or somebody left: sweep finds the mark, and then what is to be removed.
  if (value.removal) await markPending(bucket, idsOf(value));
  return { kind: 'done' };
}

/** Written down before anything is stored under it: erasing finds it. Throws PassingFailure when another render is wanted by now. */
async function announceRender(
  { showId, episodeId, request }: EpisodeJob,
  renderKey: Sha256,
  { bucket }: RenderStageDependencies,
): Promise<void> {
  await changeManifest(bucket, showId, episodeId, (now) => {
    if (!needsRender(now) || now.renderRequest !== request) {
      throw new PassingFailure('superseded', `render ${request} of ${episodeId} is not wanted any more`);
    }
    // No reader of the feed sees it: the version stays, and with it the feed's bytes.
    return now.renderKeys.includes(renderKey) ? undefined : { ...now, renderKeys: [...now.renderKeys, renderKey] };
  });
}

/** An attempt that ended because something outside was away, or because it was told to stop, is none of the audio's. */
async function render(input: RenderInput, dependencies: RenderStageDependencies, job: JobContext) {
  try {
    return await renderEpisode(input, dependencies, job);
  } catch (error) {
    const isOutage = error instanceof PassingFailure && !error.code.startsWith('ffmpeg-');
    if (isOutage || job.signal.aborted) {
      const { showId, id } = input.manifest;
      const uncount = (now: Manifest) => ({ ...now, renderAttempts: Math.max(0, now.renderAttempts - 1) });
      await changeManifest(dependencies.bucket, showId, id, uncount).catch(() => undefined);
    }
    throw error;
  }
}

function inputOf(manifest: Manifest, show: Show, deadlinePassed: boolean) {
  return {
    manifest,
    target: show.loudness,
    sound: show.sound,
    incompleteTracks: show.incompleteTracks,
    deadlinePassed,
  };
}

async function waitOn(
  manifest: Manifest,
  tracks: readonly EpisodeTrack[],
  { bucket, clock }: RenderStageDependencies,
): Promise<JobOutcome> {
  const { showId, id, tracksDeadlineAt } = manifest;
  await changeManifest(bucket, showId, id, (now) => renderWaits(now, manifest.renderRequest, tracks, clock.now()));
  const leftMs = Date.parse(tracksDeadlineAt) - clock.now().getTime();
  const waitedMs = clock.now().getTime() - Date.parse(manifest.createdAt);
  const pauseMs = Math.min(LONGEST_LOOK_AGAIN_MS, Math.max(FIRST_LOOK_AGAIN_MS, waitedMs / 4));
  return { kind: 'later', delayMs: Math.max(500, Math.min(pauseMs, leftMs)) };
}

/** What a permanent failure leaves behind for the creator to read. */
export async function recordFailure(
  stage: 'render' | 'publish',
  { showId, episodeId, request }: EpisodeJob,
  failure: PermanentFailure,
  { bucket, clock }: Pick<RenderStageDependencies, 'bucket' | 'clock'>,
): Promise<void> {
  const { code, message } = failure;
  const tracks = failure instanceof RenderFailure ? { tracks: failure.tracks } : {};
  await changeManifest(bucket, showId, episodeId, (now) =>
    stageFailed(now, { stage, renderRequest: request, failure: { code, message }, ...tracks }, clock.now()),
  );
}
