/** Encodes a slice, and leaves of its file the frames that are joined: all that can be done apart is done here. */
import { readFileSync, writeFileSync } from 'node:fs';
import { keptFrames } from '../../audio/mp3-join.ts';
import { withEmptySideChannel } from '../../audio/mp3-stereo.ts';
import { encodeTask } from './encode-task.ts';
import type { EncodeAnswer, SliceTask } from './thread-messages.ts';

export async function sliceTask(
  { encode, slice, path, stereoKbps }: SliceTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<EncodeAnswer> {
  const answer = await encodeTask(encode, signal, onProgress);
  const own = keptFrames(slice, readFileSync(path));
  writeFileSync(path, stereoKbps === undefined ? own : withEmptySideChannel(own, stereoKbps));
  return answer;
}
