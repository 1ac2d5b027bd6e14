/** One MP3 of slices that were encoded apart: the frames that belong to it, and what its header has to tell of them. */
import { crc16 } from './crc16.ts';
import { framesOf, type Mp3Frame, Mp3Malformed, mainDataBegin } from './mp3-frames.ts';
import type { Slice } from './slices.ts';

/** What was joined so far, in order. */
export interface Mp3Music {
  /** All are of its kind: same bitrate, sample rate and channels. Null before anything was joined. */
  readonly firstFrame: Mp3Frame | null;
  readonly frameCount: number;
  readonly byteCount: number;
  readonly crc: number;
}

export const NO_MUSIC: Mp3Music = Object.freeze({ firstFrame: null, frameCount: 0, byteCount: 0, crc: 0 });

/**
 * Of what the encoder made of a slice and its rolls, the frames that are the slice's own: a view, nothing is copied.
 * Throws Mp3Malformed when a frame is broken, differs from the others, needs bytes of an earlier one, or is missing.
 */
export function keptFrames(slice: Slice, encoded: Uint8Array): Uint8Array {
  const needed = slice.framesToDrop + slice.framesToKeep;
  let [count, from, to] = [0, 0, 0];
  try {
    for (const frame of alikeFrames(encoded, null)) {
      if (mainDataBegin(encoded, frame) !== 0) {
        throw new Mp3Malformed(`frame ${count} begins in an earlier one: encode with -reservoir 0`);
      }
      if (count === slice.framesToDrop) from = frame.offset;
      count += 1;
      if (count === needed) to = frame.offset + frame.length;
    }
  } catch (error) {
    if (!(error instanceof Mp3Malformed)) throw error;
    throw new Mp3Malformed(`slice ${slice.index} cannot be joined, encode it again: ${error.message}`, {
      cause: error,
    });
  }
  if (count < needed) {
    throw new Mp3Malformed(
      `slice ${slice.index} cannot be joined, encode it again: it has ${count} MP3 frames and needs ${needed}`,
    );
  }
  return encoded.subarray(from, to);
}

/** `music` followed by whole frames. Throws Mp3Malformed when they are broken or of another kind. */
export function withFrames(music: Mp3Music, frames: Uint8Array): Mp3Music {
  let { firstFrame, frameCount } = music;
  for (const frame of alikeFrames(frames, firstFrame)) {
    firstFrame ??= frame;
    frameCount += 1;
  }
  return { firstFrame, frameCount, byteCount: music.byteCount + frames.length, crc: crc16(frames, music.crc) };
}

function* alikeFrames(bytes: Uint8Array, like: Mp3Frame | null): Generator<Mp3Frame> {
  let expected = like;
  for (const frame of framesOf(bytes)) {
    expected ??= frame;
    const isAlike =
      frame.length === expected.length &&
      frame.sampleRateHz === expected.sampleRateHz &&
      frame.channelMode === expected.channelMode;
    if (!isAlike) throw new Mp3Malformed(`byte ${frame.offset}: ${kindOf(frame)} among frames of ${kindOf(expected)}`);
    yield frame;
  }
}

function kindOf(frame: Mp3Frame): string {
  return `${frame.bitrateKbps} kbit/s ${frame.sampleRateHz} Hz ${frame.channelMode}`;
}
