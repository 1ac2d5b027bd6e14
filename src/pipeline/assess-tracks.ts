/** What each fetched track is worth: decoded once, measured, and compared with what was promised. */

import { integratedLufs } from '../audio/loudness-gating.ts';
import type { RoomTimes } from '../audio/timeline.ts';
import type { TrackFormat } from '../audio/track-formats.ts';
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';
import { type AudioEngine, type TrackAnalysis, UndecodableAudio } from './audio-engine.ts';
import { type FetchedTrack, missing } from './fetch-tracks.ts';
import type { RenderSteps } from './render-job.ts';

/** A track that can be heard, whole or not. */
export interface UsableTrack {
  readonly track: EpisodeTrack;
  readonly file: string;
  readonly sha256: Sha256;
  readonly format: TrackFormat;
  readonly maxSeconds: number;
  readonly analysis: TrackAnalysis;
  /** Null when it is silent. */
  readonly inputLufs: number | null;
}

export interface Assessment {
  /** In the order given, each with its new state and, where it is not well, the reason. */
  readonly tracks: readonly EpisodeTrack[];
  readonly usable: readonly UsableTrack[];
  readonly warnings: readonly Notice[];
}

type Verdict = { readonly track: EpisodeTrack; readonly usable?: UsableTrack };
type Fetched = Extract<FetchedTrack, { kind: 'fetched' }>;

/** A track may be shorter than promised by this much: the platform's clock and ours, a last packet. */
const TOLERATED_SECONDS = 0.5;
const TOLERATED_SHARE = 0.001;
const LONGEST_TRACK_SECONDS = 24 * 3600;
const MARGIN_SECONDS = 60;
const MAX_STEP_BACK_SECONDS = 0.2;

export async function assessTracks(
  fetched: readonly FetchedTrack[],
  manifest: Manifest,
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<Assessment> {
  const verdicts: Verdict[] = [];
  for (const [index, one] of fetched.entries()) {
    verdicts.push(one.kind === 'missing' ? { track: missing(one.track) } : await assess(one, index / fetched.length));
    steps.report('analyse', (index + 1) / fetched.length);
  }
  return {
    tracks: verdicts.map((verdict) => verdict.track),
    usable: verdicts.flatMap((verdict) => verdict.usable ?? []),
    warnings: verdicts.flatMap((verdict) => warningsOn(verdict, manifest)),
  };

  async function assess(one: Fetched, progressFrom: number): Promise<Verdict> {
    const sniffed = await audio.sniff(steps.folder.file(one.file));
    if (sniffed.kind === 'rejected')
      return one.mismatch ? incomplete(one, one.mismatch) : rejected(one, sniffed.reason);
    const maxSeconds = longestUsefulSeconds(one.track, manifest);
    const run = steps.engineRun('analyse', maxSeconds, progressFrom, progressFrom + 1 / fetched.length);
    let analysis: TrackAnalysis;
    try {
      analysis = await audio.analyse(one.file, sniffed.format, maxSeconds, run);
    } catch (error) {
      if (!(error instanceof UndecodableAudio)) throw error;
      return one.mismatch
        ? incomplete(one, one.mismatch)
        : rejected(one, `The ${sniffed.format.label} recording cannot be decoded: ${error.message}.`);
    }
    return judge(one, { ...one, format: sniffed.format, maxSeconds, analysis, inputLufs: loudnessOf(analysis) });
  }
}

function judge(one: Fetched, usable: UsableTrack): Verdict {
  const { timestamps } = usable.analysis;
  if (timestamps.pieces.length === 0) return rejected(one, 'The recording holds no sound at all.');
  if (timestamps.stepBackSeconds > MAX_STEP_BACK_SECONDS) {
    return rejected(
      one,
      `The recording's clock goes back by ${timestamps.stepBackSeconds.toFixed(1)} s: nobody can tell what belongs where.`,
    );
  }
  if (timestamps.extentSeconds > LONGEST_TRACK_SECONDS) {
    return rejected(
      one,
      `The recording's clock spans ${Math.round(timestamps.extentSeconds / 3600)} h; at most 24 h are accepted.`,
    );
  }
  const short = one.mismatch ?? shortness(one.track, timestamps.extentSeconds);
  if (short !== undefined) return { ...incomplete(one, short), usable };
  const { reason: _, ...track } = one.track;
  return { track: { ...track, state: 'present' }, usable };
}

function shortness({ durationSeconds }: EpisodeTrack, extentSeconds: number): string | undefined {
  if (durationSeconds === undefined) return undefined;
  const tolerated = Math.max(TOLERATED_SECONDS, TOLERATED_SHARE * durationSeconds);
  if (durationSeconds - extentSeconds <= tolerated) return undefined;
  return `The recording ends after ${extentSeconds.toFixed(1)} s; ${durationSeconds.toFixed(1)} s were announced.`;
}

/** From its start to the room's end, or as long as it was promised to be: a bomb of silence is not decoded further. */
function longestUsefulSeconds(track: EpisodeTrack, manifest: Manifest): number {
  const untilEnd = (Date.parse(manifest.endedAt) - Date.parse(track.startedAt)) / 1000;
  return Math.min(
    LONGEST_TRACK_SECONDS + MARGIN_SECONDS,
    Math.max(0, untilEnd, track.durationSeconds ?? 0) + MARGIN_SECONDS,
  );
}

function loudnessOf(analysis: TrackAnalysis): number | null {
  return integratedLufs(analysis.blocksLufs);
}

function rejected({ track }: Fetched, reason: string): Verdict {
  return { track: { ...track, state: 'rejected', reason } };
}

function incomplete({ track }: Fetched, reason: string): Verdict {
  return { track: { ...track, state: 'incomplete', reason } };
}

function warningsOn({ track, usable }: Verdict, room: RoomTimes): Notice[] {
  const { key, bytes, sha256, durationSeconds, reason } = track;
  const warnings: Notice[] = [];
  if (track.state === 'expected') warnings.push({ code: 'track-missing', message: `${key}: never arrived.` });
  if (track.state === 'incomplete') warnings.push({ code: 'track-incomplete', message: `${key}: ${reason}` });
  if (track.state === 'rejected') warnings.push({ code: 'track-rejected', message: `${key}: ${reason}` });
  if (usable && bytes === undefined && sha256 === undefined && durationSeconds === undefined) {
    warnings.push({
      code: 'length-unverified',
      message: `${key}: announced without durationSeconds, bytes or sha256, so nobody can tell whether it is whole.`,
    });
  }
  if (usable?.inputLufs === null)
    warnings.push({ code: 'track-silent', message: `${key}: nothing can be heard in it.` });
  if (usable && isOutside(usable, room)) {
    warnings.push({
      code: 'track-outside-room',
      message: `${key}: lies wholly before or after the room; see its startedAt.`,
    });
  }
  return warnings;
}

function isOutside({ track, analysis }: UsableTrack, room: RoomTimes): boolean {
  const startMs = Date.parse(track.startedAt);
  const endMs = startMs + analysis.timestamps.extentSeconds * 1000;
  return endMs <= Date.parse(room.startedAt) || startMs >= Date.parse(room.endedAt);
}
