/** Reads the same moments of two lanes, and tells how alike they sound. */
import { setImmediate } from 'node:timers/promises';
import { compareMoment, type MomentComparison } from '../../audio/bleed.ts';
import { LaneReader } from './lane-reader.ts';
import type { CompareAnswer, CompareTask } from './thread-messages.ts';

export async function compareTask(task: CompareTask, signal: AbortSignal): Promise<CompareAnswer> {
  const reader = new LaneReader(task.lanes);
  const likenesses: MomentComparison[] = [];
  try {
    for (const { a, b, sampleCount } of task.moments) {
      const first = reader.read(a.lane, a.fromSample, sampleCount).slice();
      const second = reader.read(b.lane, b.fromSample, sampleCount);
      likenesses.push(compareMoment(first, second));
      // Between moments, a word to stop is heard.
      await setImmediate();
      signal.throwIfAborted();
    }
    return { likenesses };
  } finally {
    reader.close();
  }
}
