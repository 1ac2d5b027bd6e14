/** Writes one MP3 of slices that were encoded apart. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { infoFrame, infoFrameBytes } from '../../audio/mp3-info-frame.ts';
import { type Mp3Music, NO_MUSIC, withFrames } from '../../audio/mp3-join.ts';

/** `slicePaths`: the frames of each slice and nothing else, in their order. One is held in memory at a time. */
export async function joinSlices(
  slicePaths: readonly string[],
  durationSamples: number,
  outputPath: string,
): Promise<void> {
  const file = await open(outputPath, 'w');
  try {
    let music: Mp3Music = NO_MUSIC;
    let headerBytes: number | undefined;
    for (const path of slicePaths) {
      const frames = await readFile(path);
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
