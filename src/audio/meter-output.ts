/** Reads what ffmpeg wrote while it decoded and measured. The edge where its text becomes numbers. */
import { z } from 'zod';
import type { TrackPiece } from './timeline.ts';
import { type ClockSegment, GAP_SECONDS, TrackClock } from './track-clock.ts';

/** What a meter saw. Numbers that ffmpeg gives as nan or -inf are silence, and not in here. */
export interface MeterReading {
  /** Loudness of a 400 ms block, every 100 ms, in LUFS. */
  readonly blocksLufs: readonly number[];
  readonly loudnessRangeLu: number;
  /** The highest of all channels; null for digital silence. */
  readonly peakDb: number | null;
}

const SILENCE_LUFS = -120;
/** ffmpeg prints `nan`, `-nan`, `inf` and `-inf` as well as numbers. */
const MeterNumber = z.string().transform((text) => {
  if (/^-?inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
});
const MeterLine = /^lavfi\.r128\.(M|LRA|(?:true|sample)_peaks_ch\d+)=(\S+)$/;

/** Lines of `ebur128=metadata=1,ametadata=print`. */
export async function readMeter(lines: AsyncIterable<string> | Iterable<string>): Promise<MeterReading> {
  const blocksLufs: number[] = [];
  let loudnessRangeLu = 0;
  let peakFactor = 0;
  for await (const line of lines) {
    const [, name, text] = MeterLine.exec(line) ?? [];
    if (name === undefined || text === undefined) continue;
    const value = MeterNumber.parse(text);
    if (name === 'M') blocksLufs.push(Number.isFinite(value) ? value : SILENCE_LUFS);
    else if (!Number.isFinite(value)) continue;
    else if (name === 'LRA') loudnessRangeLu = value;
    else peakFactor = Math.max(peakFactor, value);
  }
  return {
    blocksLufs,
    loudnessRangeLu,
    peakDb: peakFactor > 0 ? 20 * Math.log10(peakFactor) : null,
  };
}

/** Where a file's sound lies on its own clock. */
export interface TimestampReading {
  /** Of what was really decoded. */
  readonly decodedSeconds: number;
  /** From its first sample to the end of its last, gaps included. */
  readonly extentSeconds: number;
  /** Sum of the gaps, and how many. */
  readonly gapSeconds: number;
  readonly gapCount: number;
  /** The longest stretch of sound that lay where other sound was already: the clock had gone back. 0 in a sound file. */
  readonly stepBackSeconds: number;
  /** At least one unless nothing was decoded. */
  readonly pieces: readonly TrackPiece[];
  /** Its clock, gap by gap; at least one unless nothing was decoded. */
  readonly segments: readonly ClockSegment[];
}

/** Longer gaps part a track into pieces. A resampler fills shorter ones, but would hold a long one in memory. */
const PIECE_GAP_SECONDS = 2;

const TimeBase = /^#tb 0: (\d+)\/(\d+)$/;
/** Stream, dts, pts, duration, size, checksum. A plain expression: a track of hours has a million of them. */
const FrameLine = /^0, *-?\d+, *(-?\d+), *(\d+), /;

/** Lines of ffmpeg's framecrc output of decoded audio. Throws Error when they are not. */
export async function readTimestamps(lines: AsyncIterable<string> | Iterable<string>): Promise<TimestampReading> {
  let secondsPerTick = 0;
  let first: number | undefined;
  let end = 0;
  let decoded = 0;
  let gaps = 0;
  let gapCount = 0;
  let stepBack = 0;
  let standingStill = 0;
  let clock = new TrackClock(0);
  const pieces: { startSeconds: number; fromPts?: number; toPts?: number }[] = [];
  for await (const line of lines) {
    const base = TimeBase.exec(line);
    if (base) {
      secondsPerTick = Number(base[1]) / Number(base[2]);
      clock = new TrackClock(secondsPerTick);
    }
    if (line === '' || line.startsWith('#')) continue;
    const frame = FrameLine.exec(line);
    if (frame === null) throw new Error(`ffmpeg wrote "${line.slice(0, 80)}" where it lists a decoded frame`);
    const [pts, duration] = [Number(frame[1]), Number(frame[2])];
    clock.add(pts, duration);
    if (first === undefined) {
      first = pts;
      pieces.push({ startSeconds: 0 });
    } else {
      const gap = pts - end;
      // ffmpeg writes down a clock that goes back as one that stands still until it has caught up.
      standingStill = gap < -duration / 2 ? standingStill - gap : 0;
      stepBack = Math.max(stepBack, standingStill);
      if (gap * secondsPerTick > GAP_SECONDS) {
        gaps += gap;
        gapCount += 1;
      }
      if (gap * secondsPerTick > PIECE_GAP_SECONDS) {
        const boundary = Math.round((pts + end) / 2);
        const before = pieces.at(-1);
        if (before) before.toPts = boundary;
        pieces.push({
          startSeconds: (pts - first) * secondsPerTick,
          fromPts: boundary,
        });
      }
    }
    end = Math.max(end, pts + duration);
    decoded += duration;
  }
  return {
    decodedSeconds: decoded * secondsPerTick,
    extentSeconds: first === undefined ? 0 : (end - first) * secondsPerTick,
    gapSeconds: gaps * secondsPerTick,
    gapCount,
    stepBackSeconds: stepBack * secondsPerTick,
    pieces,
    segments: clock.segments(),
  };
}
