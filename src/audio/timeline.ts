/** Where each track lies on the room's clock, and markers on the episode's. Pure: no files, no ffmpeg. */
import type { Chapter } from '../domain/episode.ts';
import { type EditList, type Marker, type Room, roomDurationSeconds, type Track } from '../domain/room.ts';
import { type EditedClock, editedClock, trimmedRange } from './edited-clock.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';

export type RoomTimes = Pick<Room, 'startedAt' | 'endedAt'>;

/** The part of the room that becomes the episode. */
export interface EpisodeWindow {
  /** The episode's first instant, in milliseconds since 1970. */
  readonly startMs: number;
  readonly durationSamples: number;
}

/** One uninterrupted stretch of a track: what its timestamps leave no long gap in. */
export interface TrackPiece {
  /** After the track's first sample. */
  readonly startSeconds: number;
  /** Which of the file's own timestamps belong to this piece, in ticks of its sample rate; absent means unbounded. */
  readonly fromPts?: number;
  readonly toPts?: number;
}

/** A piece on the episode's timeline. */
export interface PlacedPiece {
  readonly piece: TrackPiece;
  /** Where its first kept sample sounds; never negative. */
  readonly startSample: number;
  /** How much of its beginning lies before the episode and is cut. */
  readonly cutSamples: number;
  /** Where the next piece or the end of the episode takes over. */
  readonly endSample: number;
}

/** Throws PermanentFailure('bad-request') when nothing is left of the room. */
export function episodeWindow(room: RoomTimes, edit: EditList): EpisodeWindow {
  const { fromSample, toSample } = trimmedRange(roomDurationSeconds(room), edit);
  return {
    startMs: Date.parse(room.startedAt) + (edit.trimStartSeconds ?? 0) * 1000,
    durationSamples: toSample - fromSample,
  };
}

/** Where a track's first sample lies on the episode's timeline; negative when it was recorded before the episode starts. */
export function startOffsetSamples(track: Pick<Track, 'startedAt'>, window: EpisodeWindow): number {
  return Math.round(((Date.parse(track.startedAt) - window.startMs) / 1000) * SAMPLE_RATE_HZ);
}

/** Seconds of silence before a track's first sample, never negative: what was recorded before the room opened is cut. */
export function leadInSeconds(track: Pick<Track, 'startedAt'>, window: EpisodeWindow): number {
  return Math.max(0, startOffsetSamples(track, window) / SAMPLE_RATE_HZ);
}

/** The pieces of one track that can be heard, in order; none when all of it lies before or after the episode. */
export function placePieces(
  pieces: readonly TrackPiece[],
  offsetSamples: number,
  episode: EpisodeWindow,
): readonly PlacedPiece[] {
  const starts = pieces.map((piece) => offsetSamples + Math.round(piece.startSeconds * SAMPLE_RATE_HZ));
  return pieces.flatMap((piece, index) => {
    const begin = starts[index] ?? 0;
    const endSample = Math.min(starts[index + 1] ?? episode.durationSamples, episode.durationSamples);
    const startSample = Math.max(0, begin);
    return startSample < endSample ? [{ piece, startSample, cutSamples: startSample - begin, endSample }] : [];
  });
}

/** Chapters where nothing but the ends is cut. */
export function chaptersFromMarkers(markers: readonly Marker[], room: RoomTimes, edit: EditList): Chapter[] {
  const roomDurationSamples = roomDurationSeconds(room) * SAMPLE_RATE_HZ;
  const clock = editedClock({ roomDurationSamples, edit, trimDeadAir: false, shortenSilences: false, sound: [] });
  return chaptersOnClock(markers, room.startedAt, clock);
}

/**
 * Chapters of the finished audio, to the millisecond. What was marked at an instant that is cut moves to the next that
 * is heard, what was marked after the last is dropped, and of several at one instant the last stays.
 */
export function chaptersOnClock(markers: readonly Marker[], roomStartedAt: string, clock: EditedClock): Chapter[] {
  const startMs = Date.parse(roomStartedAt);
  const durationMs = (clock.durationSamples / SAMPLE_RATE_HZ) * 1000;
  const byStart = new Map<number, Marker>();
  for (const marker of markers.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const roomSample = ((Date.parse(marker.at) - startMs) / 1000) * SAMPLE_RATE_HZ;
    const episodeSample = clock.toEpisodeOrNext(roomSample);
    if (episodeSample === undefined) continue;
    const atMs = Math.round((episodeSample / SAMPLE_RATE_HZ) * 1000);
    if (atMs < durationMs) byStart.set(atMs, marker);
  }
  return [...byStart].map(([atMs, { title, url }]) => ({
    startSeconds: atMs / 1000,
    title,
    ...(url === undefined ? {} : { url }),
  }));
}
