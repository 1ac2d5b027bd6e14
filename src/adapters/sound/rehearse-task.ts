/** Mixes the stretches whose loudness cannot be known from their parts, and measures them. */
import { setImmediate } from 'node:timers/promises';
import { STEP_SAMPLES } from '../../audio/sample-clock.ts';
import { mixed } from './mix-stream.ts';
import { StepEnergies } from './step-energies.ts';
import type { RehearseAnswer, RehearseTask } from './thread-messages.ts';

/** So long before a stretch everything is begun: filters and limiter have settled when it starts. */
export const SETTLING_SAMPLES = 10 * STEP_SAMPLES;

export async function rehearseTask(task: RehearseTask, signal: AbortSignal): Promise<RehearseAnswer> {
  const energies: Float64Array[] = [];
  for (const { fromSample, toSample } of task.ranges) {
    const begin = Math.max(0, fromSample - SETTLING_SAMPLES);
    const cues = task.source.cues.filter((cue) => cue.start < toSample && cue.start + cue.length > begin);
    const meter = new StepEnergies(task.source.channels);
    for (const channels of mixed({ ...task.source, cues }, begin, toSample)) meter.add(channels);
    energies.push(meter.end().slice((fromSample - begin) / STEP_SAMPLES));
    // Between stretches, a word to stop is heard.
    await setImmediate();
    signal.throwIfAborted();
  }
  return { energies };
}
