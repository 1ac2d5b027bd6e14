/** Where each track lies on the room's clock, and markers on the episode's. Pure: no files, no ffmpeg. */
import type { Chapter } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { type EditList, type Marker, type Room, roomDurationSeconds, type Track } from '../domain/room.ts';
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
  const trimStartSeconds = edit.trimStartSeconds ?? 0;
  const trimEndSeconds = edit.trimEndSeconds ?? 0;
  const durationSeconds = roomDurationSeconds(room) - trimStartSeconds - trimEndSeconds;
  const durationSamples = Math.round(durationSeconds * SAMPLE_RATE_HZ);
  if (!(durationSamples > 0)) {
    throw new PermanentFailure(
      'bad-request',
      `nothing is left to hear: the room lasted ${roomDurationSeconds(room)} s, and ${trimStartSeconds} s at its start and ${trimEndSeconds} s at its end are to be cut; cut less`,
    );
  }
  return {
    startMs: Date.parse(room.startedAt) + trimStartSeconds * 1000,
    durationSamples,
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

/**
 * Chapters of the finished audio. What was marked before its beginning is moved to it (the last such marker wins),
 * what was marked at or after its end is dropped, and of several at one instant the last stays.
 */
export function chaptersFromMarkers(markers: readonly Marker[], room: RoomTimes, edit: EditList): Chapter[] {
  const { startMs, durationSamples } = episodeWindow(room, edit);
  const durationMs = (durationSamples / SAMPLE_RATE_HZ) * 1000;
  const byStart = new Map<number, Marker>();
  for (const marker of markers.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const atMs = Math.max(0, Math.round(Date.parse(marker.at) - startMs));
    if (atMs < durationMs) byStart.set(atMs, marker);
  }
  return [...byStart].map(([atMs, { title, url }]) => ({
    startSeconds: atMs / 1000,
    title,
    ...(url === undefined ? {} : { url }),
  }));
}
