/** Reads when ffmpeg's decoded frames sound: the edge where its text becomes numbers. */
import { type ClockSegment, GAP_SECONDS, TrackClock } from './track-clock.ts';

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
  /** Its clock, gap by gap; at least one unless nothing was decoded. */
  readonly segments: readonly ClockSegment[];
}

const TimeBase = /^#tb 0: (\d+)\/(\d+)$/;
/** Stream, dts, pts, duration, size, checksum. A plain expression: a track of hours has a million of them. */
const FrameLine = /^0, *-?\d+, *(-?\d+), *(\d+), /;

/**
 * Lines of ffmpeg's framecrc output of decoded audio, up to the frame with which `maxSeconds` are decoded. Throws Error
 * when they are not.
 */
export async function readTimestamps(
  lines: AsyncIterable<string> | Iterable<string>,
  maxSeconds = Number.POSITIVE_INFINITY,
): Promise<TimestampReading> {
  let secondsPerTick = 0;
  let first: number | undefined;
  let end = 0;
  let decoded = 0;
  let gaps = 0;
  let gapCount = 0;
  let stepBack = 0;
  let standingStill = 0;
  let clock = new TrackClock(0);
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
    } else {
      const gap = pts - end;
      // ffmpeg writes down a clock that goes back as one that stands still until it has caught up.
      standingStill = gap < -duration / 2 ? standingStill - gap : 0;
      stepBack = Math.max(stepBack, standingStill);
      if (gap * secondsPerTick > GAP_SECONDS) {
        gaps += gap;
        gapCount += 1;
      }
    }
    end = Math.max(end, pts + duration);
    decoded += duration;
    if (decoded * secondsPerTick >= maxSeconds) break;
  }
  return {
    decodedSeconds: decoded * secondsPerTick,
    extentSeconds: first === undefined ? 0 : (end - first) * secondsPerTick,
    gapSeconds: gaps * secondsPerTick,
    gapCount,
    stepBackSeconds: stepBack * secondsPerTick,
    segments: clock.segments(),
  };
}
