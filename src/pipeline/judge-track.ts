/** What a track is worth, once it was fetched and listened to: compared with what was promised, and with what can be placed. */

import type { TimestampReading } from '../audio/timestamps.ts';
import type { TrackFormat } from '../audio/track-formats.ts';
import type { TrackHearing } from '../audio/track-hearing.ts';
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import type { Notice } from '../domain/failure.ts';
import type { Sha256 } from '../domain/ids.ts';

/** A track that can be heard, whole or not. */
export interface UsableTrack {
  readonly track: EpisodeTrack;
  readonly sha256: Sha256;
  readonly format: TrackFormat;
  readonly hearing: TrackHearing;
  readonly timestamps: TimestampReading;
  /** The recorder ended it where it meant to. */
  readonly hasEndMark: boolean;
  /** The stem of an earlier render, as the recording is gone; the file, within the work folder, is kept as the next stem. */
  readonly stem?: { readonly file: string };
  /** Its kept sound, within the work folder. */
  readonly lane: string;
  /** Present where the sound was not kept yet, as all was known of it: see `keepSound`. */
  readonly unheard?: {
    readonly file: string;
    readonly maxSeconds: number;
    readonly reducedNoiseLufs?: number | undefined;
  };
}

export interface Verdict {
  readonly track: EpisodeTrack;
  readonly usable?: UsableTrack;
}

/** A track may be shorter than promised by this much: the platform's clock and ours, a last packet. */
const TOLERATED_SECONDS = 0.5;
const TOLERATED_SHARE = 0.001;
const LONGEST_TRACK_SECONDS = 24 * 3600;
const MARGIN_SECONDS = 60;
const MAX_STEP_BACK_SECONDS = 0.2;

/** `mismatch`: what already showed in its bytes. */
export function judge(usable: UsableTrack, mismatch: string | undefined): Verdict {
  const { timestamps, track } = usable;
  if (timestamps.segments.length === 0) return rejected(track, 'The recording holds no sound at all.');
  if (timestamps.stepBackSeconds > MAX_STEP_BACK_SECONDS) {
    return rejected(
      track,
      `The recording's clock goes back by ${timestamps.stepBackSeconds.toFixed(1)} s: nobody can tell what belongs where.`,
    );
  }
  if (timestamps.extentSeconds > LONGEST_TRACK_SECONDS) {
    return rejected(
      track,
      `The recording's clock spans ${Math.round(timestamps.extentSeconds / 3600)} h; at most 24 h are accepted.`,
    );
  }
  const short = mismatch ?? shortness(track, timestamps.extentSeconds);
  if (short !== undefined) return { ...incomplete(track, short), usable };
  const { reason: _, ...found } = track;
  return { track: { ...found, state: 'present' }, usable };
}

const toleratedSeconds = (durationSeconds: number) => Math.max(TOLERATED_SECONDS, TOLERATED_SHARE * durationSeconds);

function shortness({ durationSeconds }: EpisodeTrack, extentSeconds: number): string | undefined {
  if (durationSeconds === undefined) return undefined;
  if (durationSeconds - extentSeconds <= toleratedSeconds(durationSeconds)) return undefined;
  return `The recording ends after ${extentSeconds.toFixed(1)} s; ${durationSeconds.toFixed(1)} s were announced.`;
}

/** From its start to the room's end, or as long as it was promised to be: a bomb of silence is not decoded further. */
export function longestUsefulSeconds(track: EpisodeTrack, manifest: Manifest): number {
  const untilEnd = (Date.parse(manifest.endedAt) - Date.parse(track.startedAt)) / 1000;
  return Math.min(
    LONGEST_TRACK_SECONDS + MARGIN_SECONDS,
    Math.max(0, untilEnd, track.durationSeconds ?? 0) + MARGIN_SECONDS,
  );
}

export function rejected(track: EpisodeTrack, reason: string): Verdict {
  return { track: { ...track, state: 'rejected', reason } };
}

export function incomplete(track: EpisodeTrack, reason: string): Verdict {
  return { track: { ...track, state: 'incomplete', reason } };
}

export function warningsOn({ track, usable }: Verdict, room: Pick<Manifest, 'startedAt' | 'endedAt'>): Notice[] {
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
  if (usable && durationSeconds !== undefined) {
    const { extentSeconds } = usable.timestamps;
    if (extentSeconds - durationSeconds > toleratedSeconds(durationSeconds)) {
      warnings.push({
        code: 'length-differs',
        message: `${key}: lasts ${extentSeconds.toFixed(1)} s; ${durationSeconds.toFixed(1)} s were announced. If it sounds too low and slow, its file tells a wrong sample rate.`,
      });
    }
  }
  if (usable && usable.hearing.kept.length === 0) {
    warnings.push({ code: 'track-silent', message: `${key}: nothing can be heard in it.` });
  }
  if (usable && isOutside(usable, room)) {
    warnings.push({
      code: 'track-outside-room',
      message: `${key}: lies wholly before or after the room; see its startedAt.`,
    });
  }
  return warnings;
}

function isOutside({ track, timestamps }: UsableTrack, room: Pick<Manifest, 'startedAt' | 'endedAt'>): boolean {
  const startMs = Date.parse(track.startedAt);
  const endMs = startMs + timestamps.extentSeconds * 1000;
  return endMs <= Date.parse(room.startedAt) || startMs >= Date.parse(room.endedAt);
}
