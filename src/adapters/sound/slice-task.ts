/** Encodes a slice, draws its outline, and leaves of its file the frames that are joined: all that can be done apart. */
import { readFileSync, writeFileSync } from 'node:fs';
import { keptFrames } from '../../audio/mp3-join.ts';
import { withEmptySideChannel } from '../../audio/mp3-stereo.ts';
import { WaveformPeaks } from '../../audio/waveform-peaks.ts';
import { encodeTask } from './encode-task.ts';
import type { SliceAnswer, SliceTask } from './thread-messages.ts';

export async function sliceTask(
  { encode, slice, path, stereoKbps }: SliceTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<SliceAnswer> {
  const waveform = new WaveformPeaks();
  await encodeTask(encode, signal, onProgress, ([first = new Float32Array()], at) => {
    const from = Math.min(first.length, Math.max(0, slice.fromSample - at));
    const to = Math.min(first.length, Math.max(0, slice.toSample - at));
    if (from < to) waveform.add(first.subarray(from, to));
  });
  const own = keptFrames(slice, readFileSync(path));
  writeFileSync(path, stereoKbps === undefined ? own : withEmptySideChannel(own, stereoKbps));
  return { waveform: waveform.end() };
}
