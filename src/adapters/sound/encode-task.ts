/** Mixes a slice of the episode straight into ffmpeg's encoder, and draws its outline. */
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { WaveformPeaks } from '../../audio/waveform-peaks.ts';
import { feedFfmpeg } from './fed-and-heard.ts';
import { mixed } from './mix-stream.ts';
import type { EncodeAnswer, EncodeTask } from './thread-messages.ts';

export async function encodeTask(
  task: EncodeTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<EncodeAnswer> {
  const waveform = new WaveformPeaks();
  await feedFfmpeg(task.ffmpeg, task.plan, signal, pieces());
  return { waveform: waveform.end() };

  function* pieces(): Generator<Buffer> {
    const begin = task.fromSample - task.preRollSamples;
    let at = begin;
    for (const channels of mixed(task.source, begin, task.toSample + task.postRollSamples)) {
      const length = channels[0]?.length ?? 0;
      const from = Math.min(length, Math.max(0, task.fromSample - at));
      const to = Math.min(length, Math.max(0, task.toSample - at));
      if (from < to) waveform.add(channels[0]?.subarray(from, to) ?? new Float32Array());
      at += length;
      yield interleaved(channels);
      onProgress((at - begin) / SAMPLE_RATE_HZ);
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
