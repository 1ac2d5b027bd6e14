/** Writes one MP3 of slices that were encoded apart. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { infoFrame, infoFrameBytes } from '../../audio/mp3-info-frame.ts';
import { keptFrames, type Mp3Music, NO_MUSIC, withFrames } from '../../audio/mp3-join.ts';
import { withEmptySideChannel } from '../../audio/mp3-stereo.ts';
import type { Slice } from '../../audio/slices.ts';

export interface SliceFile {
  readonly slice: Slice;
  readonly path: string;
}

/**
 * `stereoKbps`: the slices are mono, and both channels of the result carry it at this bitrate. Slices come in their
 * order. One is held in memory at a time.
 */
export async function joinSlices(
  slices: readonly SliceFile[],
  durationSamples: number,
  stereoKbps: number | undefined,
  outputPath: string,
): Promise<void> {
  const file = await open(outputPath, 'w');
  try {
    let music: Mp3Music = NO_MUSIC;
    let headerBytes: number | undefined;
    for (const { slice, path } of slices) {
      const own = keptFrames(slice, await readFile(path));
      const frames = stereoKbps === undefined ? own : withEmptySideChannel(own, stereoKbps);
      music = withFrames(music, frames);
      headerBytes ??= infoFrameBytes(music);
      await writeAt(file, frames, headerBytes + music.byteCount - frames.length);
    }
    // What is in the header is only known at the end.
    await writeAt(file, infoFrame(music, durationSamples), 0);
  } finally {
    await file.close();
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
