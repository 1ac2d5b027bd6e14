/** Mixes a stretch of the episode straight into ffmpeg's encoder. */
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { feedFfmpeg } from './fed-and-heard.ts';
import { mixed } from './mix-stream.ts';
import type { EncodeTask } from './thread-messages.ts';

/** `hear` is given every piece on its way, with the episode sample it begins at. */
export async function encodeTask(
  { ffmpeg, plan, source, fromSample, toSample }: EncodeTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
  hear: (channels: readonly Float32Array[], at: number) => void = () => {},
): Promise<null> {
  await feedFfmpeg(ffmpeg, plan, signal, pieces());
  return null;

  function* pieces(): Generator<Buffer> {
    let at = fromSample;
    for (const channels of mixed(source, fromSample, toSample)) {
      hear(channels, at);
      at += channels[0]?.length ?? 0;
      yield interleaved(channels);
      onProgress((at - fromSample) / SAMPLE_RATE_HZ);
    }
  }
}

function interleaved(channels: readonly Float32Array[]): Buffer {
  const [left, right] = channels;
  if (left === undefined) return Buffer.alloc(0);
  const samples = right === undefined ? left : new Float32Array(2 * left.length);
  if (right !== undefined) {
    for (let n = 0; n < left.length; n += 1) {
      samples[2 * n] = left[n] ?? 0;
      samples[2 * n + 1] = right[n] ?? 0;
    }
  }
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
