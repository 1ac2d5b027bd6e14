/** Decodes a track once: listens to every sample, keeps what is active, and reads the file's own clock. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { readTimestamps } from '../../audio/timestamps.ts';
import { TrackListener } from '../../audio/track-listener.ts';
import { hearFfmpeg } from './fed-and-heard.ts';
import { LaneWriter } from './lane-file.ts';
import type { ListenAnswer, ListenTask } from './thread-messages.ts';

export async function listenTask(
  task: ListenTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<ListenAnswer> {
  const lane = new LaneWriter(task.lanePath);
  try {
    const { trackKind: kind, known } = task;
    const listener = new TrackListener({ kind, ...(known === undefined ? {} : { known }) }, (step) => lane.add(step));
    const enough = new AbortController();
    let left = task.maxSamples;
    await hearFfmpeg(task.ffmpeg, task.plan, { signal, enough: enough.signal, onProgress }, (samples) => {
      if (left > 0) listener.hear(samples.subarray(0, left));
      left -= samples.length;
      if (left < 0) enough.abort();
    });
    const hearing = listener.end();
    const lines = createInterface({
      input: createReadStream(task.timestampsPath),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    const timestamps = await readTimestamps(lines, task.maxSamples / SAMPLE_RATE_HZ);
    await rm(task.timestampsPath);
    return { hearing, timestamps };
  } finally {
    lane.close();
  }
}
