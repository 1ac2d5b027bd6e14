/** Rendering an episode, in order: fetch its tracks, assess them, wait or refuse, make the master. */

import { trimmedRange } from '../audio/edited-clock.ts';
import type { RenderReport } from '../audio/report.ts';
import type { EpisodeTrack, Manifest, Master } from '../domain/episode.ts';
import { type Notice, PermanentFailure } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import { roomDurationSeconds } from '../domain/room.ts';
import type { LoudnessTarget, SoundSettings } from '../domain/show.ts';
import type { AudioEngine } from './audio-engine.ts';
import { absentTracks } from './fetch-tracks.ts';
import { refuseGoneTracks } from './gone-tracks.ts';
import { hearStems } from './hear-stems.ts';
import { type HeardTracks, hearTracks } from './hear-tracks.ts';
import { makeMaster } from './make-master.ts';
import type { Log, ObjectStore, WorkFolders } from './ports.ts';
import { RenderFailure } from './render-failure.ts';
import { type RenderJob, type RenderSteps, renderSteps } from './render-job.ts';
import { trackSources } from './track-sources.ts';

export interface RenderInput {
  readonly manifest: Manifest;
  readonly target: LoudnessTarget;
  readonly sound: SoundSettings;
  readonly incompleteTracks: 'draft' | 'publish-marked' | 'fail';
  readonly deadlinePassed: boolean;
  /** Told of the render key before anything is stored under it; may throw to end a render that nobody waits for. */
  readonly announce?: (renderKey: Sha256) => Promise<void>;
}

export interface RenderDependencies {
  readonly bucket: ObjectStore;
  readonly trackStore: ObjectStore;
  readonly audio: AudioEngine;
  readonly workFolders: WorkFolders;
  readonly log: Log;
}

/** `waiting`: something is missing or incomplete, and the deadline has not passed. `tracks` are all of the manifest's. */
export type RenderResult =
  | {
      readonly kind: 'rendered';
      readonly master: Master;
      readonly tracks: EpisodeTrack[];
      readonly warnings: Notice[];
      /** False when any track is missing, incomplete or rejected. */
      readonly isComplete: boolean;
    }
  | { readonly kind: 'waiting'; readonly tracks: EpisodeTrack[] };

/**
 * Throws RenderFailure, which carries the tracks as they were found, with one of: tracks-missing, track-rejected,
 * no-usable-track, all-silent, mix-out-of-bounds, ffmpeg-failed; PermanentFailure before anything is known of them:
 * bad-request, tracks-gone, ffmpeg-failed; PassingFailure when trying again may help; the signal's reason when aborted.
 */
export async function renderEpisode(
  input: RenderInput,
  dependencies: RenderDependencies,
  job: RenderJob,
): Promise<RenderResult> {
  const { manifest, deadlinePassed } = input;
  // What trims leave nothing of need not be fetched.
  trimmedRange(roomDurationSeconds(manifest), manifest.edit);
  const awaited = deadlinePassed ? undefined : await awaitedTracks(manifest, dependencies, job.signal);
  if (awaited) return { kind: 'waiting', tracks: awaited };
  const folder = await dependencies.workFolders.create(`render-${manifest.id}`);
  try {
    const steps = renderSteps(folder, job);
    const options = { reduceNoise: input.sound.noiseReduction };
    const sources = await trackSources(manifest, dependencies);
    const heard = await hearTracks(sources.recordings, manifest, options, dependencies, steps);
    // What went away while the others were fetched.
    refuseGoneTracks(
      manifest,
      heard.tracks.filter(({ state }) => state === 'expected'),
    );
    const stems = await hearStems(sources.stems, manifest, dependencies, steps);
    const tracks = withStates(manifest, heard.tracks);
    if (!deadlinePassed && heard.tracks.some(isAwaited)) return { kind: 'waiting', tracks };
    const report = await masterOrRefuse({ ...heard, usable: [...heard.usable, ...stems] }, tracks, steps);
    return {
      kind: 'rendered',
      master: masterOf(report),
      tracks,
      warnings: report.warnings,
      isComplete: heard.tracks.every((track) => track.state === 'present'),
    };
  } finally {
    await folder.remove();
  }

  async function masterOrRefuse(heard: HeardTracks, tracks: readonly EpisodeTrack[], steps: RenderSteps) {
    try {
      refuseWhatCannotBeHeard(heard, input);
      return await makeMaster({ ...input, ...heard }, dependencies, steps);
    } catch (error) {
      throw error instanceof PermanentFailure ? new RenderFailure(error, tracks) : error;
    }
  }
}

/** All tracks, with what a look without fetching tells of them; undefined when none has to be waited for. Throws PermanentFailure('tracks-gone'). */
export async function awaitedTracks(
  manifest: Manifest,
  { bucket, trackStore }: Pick<RenderDependencies, 'bucket' | 'trackStore'>,
  signal: AbortSignal,
): Promise<EpisodeTrack[] | undefined> {
  const { recordings } = await trackSources(manifest, { bucket, trackStore });
  const absent = await absentTracks(recordings, trackStore, signal);
  if (absent.length === 0) return undefined;
  const missing = new Set(absent.map(({ key }) => key));
  const there = recordings
    .filter(({ key }) => !missing.has(key))
    .map(({ reason: _, ...track }): EpisodeTrack => ({ ...track, state: 'present' }));
  return withStates(manifest, [...there, ...absent]);
}

const isAwaited = (track: EpisodeTrack) => track.state === 'expected' || track.state === 'incomplete';

/** The manifest's tracks, with what was found out about some of them. */
function withStates(manifest: Manifest, known: readonly EpisodeTrack[]): EpisodeTrack[] {
  const byKey = new Map(known.map((track) => [track.key, track]));
  return manifest.tracks.map((track) => byKey.get(track.key) ?? track);
}

function refuseWhatCannotBeHeard({ tracks, usable }: HeardTracks, { incompleteTracks }: RenderInput): void {
  const whyOf = (unwell: readonly EpisodeTrack[]) => unwell.map(({ key, reason }) => `${key}: ${reason}`).join(' ');
  if (incompleteTracks === 'fail') {
    const awaited = tracks.filter(isAwaited);
    if (awaited.length > 0) {
      throw new PermanentFailure(
        'tracks-missing',
        `The show wants whole recordings, and not all came. ${whyOf(awaited)}`,
      );
    }
    const rejected = tracks.filter((track) => track.state === 'rejected');
    if (rejected.length > 0) {
      throw new PermanentFailure('track-rejected', `The show wants whole recordings. ${whyOf(rejected)}`);
    }
  }
  if (usable.length === 0) {
    throw new PermanentFailure(
      'no-usable-track',
      `There is no recording to make an episode of. ${whyOf(tracks)}`.trim(),
    );
  }
  if (usable.every(({ hearing }) => hearing.kept.length === 0)) {
    throw new PermanentFailure(
      'all-silent',
      'Nothing can be heard in any of the recordings. Please check the microphones.',
    );
  }
}

function masterOf({ renderKey, durationSeconds, loudness, chapters }: RenderReport): Master {
  return { renderKey, durationSeconds, loudness: loudness.after, chapters };
}
