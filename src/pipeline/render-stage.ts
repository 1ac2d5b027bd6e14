/** The render job: reads the manifest, makes the master, writes down what became of it. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import { needsRender, renderBegan, renderFinished, renderWaits, stageFailed } from '../domain/episode-life.ts';
import { PassingFailure, PermanentFailure } from '../domain/failure.ts';
import type { Show } from '../domain/show.ts';
import { changeManifest, readManifest } from './manifests.ts';
import type { Clock, JobContext, JobOutcome } from './ports.ts';
import { awaitedTracks, type RenderDependencies, type RenderInput, renderEpisode } from './render.ts';
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
  { showId, episodeId }: EpisodeJob,
  job: JobContext,
  dependencies: RenderStageDependencies,
): Promise<JobOutcome> {
  const { bucket, clock } = dependencies;
  const record = await readManifest(bucket, showId, episodeId);
  if (!record || !needsRender(record.value)) return { kind: 'done' };
  if (record.value.renderAttempts >= MAX_RENDER_ATTEMPTS) {
    throw new PermanentFailure(
      'internal',
      'Making the audio ended unexpectedly again and again. Please try it later, or ask the operator.',
    );
  }
  const deadlinePassed = clock.now().getTime() >= Date.parse(record.value.tracksDeadlineAt);
  // Looking for tracks is no attempt: neither version nor history should grow with every look.
  const awaited = deadlinePassed ? undefined : await awaitedTracks(record.value, dependencies.trackStore, job.signal);
  if (awaited) return waitOn(record.value, awaited, dependencies);
  const show = await ensureShow(showId, dependencies);
  const { value: manifest } = await changeManifest(bucket, showId, episodeId, (now) =>
    needsRender(now) ? renderBegan(now, clock.now()) : undefined,
  );
  const result = await render(inputOf(manifest, show, deadlinePassed), dependencies, job);
  if (result.kind === 'waiting') return waitOn(manifest, result.tracks, dependencies);
  await changeManifest(bucket, showId, episodeId, (now) =>
    renderFinished(
      now,
      {
        request: manifest.renderRequest,
        master: result.master,
        tracks: result.tracks,
        warnings: result.warnings,
        mayPublish: result.isComplete || show.incompleteTracks === 'publish-marked',
      },
      clock.now(),
    ),
  );
  return { kind: 'done' };
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
  return { manifest, target: show.loudness, incompleteTracks: show.incompleteTracks, deadlinePassed };
}

async function waitOn(
  manifest: Manifest,
  tracks: readonly EpisodeTrack[],
  { bucket, clock }: RenderStageDependencies,
): Promise<JobOutcome> {
  const { showId, id, tracksDeadlineAt } = manifest;
  await changeManifest(bucket, showId, id, (now) =>
    now.renderRequest === manifest.renderRequest ? renderWaits(now, tracks, clock.now()) : undefined,
  );
  const leftMs = Date.parse(tracksDeadlineAt) - clock.now().getTime();
  const waitedMs = clock.now().getTime() - Date.parse(manifest.createdAt);
  const pauseMs = Math.min(LONGEST_LOOK_AGAIN_MS, Math.max(FIRST_LOOK_AGAIN_MS, waitedMs / 4));
  return { kind: 'later', delayMs: Math.max(500, Math.min(pauseMs, leftMs)) };
}

/** What a permanent failure leaves behind for the creator to read. */
export async function recordFailure(
  { showId, episodeId }: EpisodeJob,
  failure: PermanentFailure,
  { bucket, clock }: Pick<RenderStageDependencies, 'bucket' | 'clock'>,
): Promise<void> {
  await changeManifest(bucket, showId, episodeId, (now) =>
    stageFailed(now, { code: failure.code, message: failure.message }, clock.now()),
  );
}
