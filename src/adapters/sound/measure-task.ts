/** Decodes a finished file and measures it as it is heard: loudness, true peak, length, whether its channels are alike. */
import { STEP_SAMPLES } from '../../audio/sample-clock.ts';
import { StepMeter } from '../../audio/step-meter.ts';
import { PEAK_REACH, truePeak } from '../../audio/true-peak.ts';
import { hearFfmpeg } from './fed-and-heard.ts';
import { StepFrames } from './step-frames.ts';
import type { MeasureAnswer, MeasureTask } from './thread-messages.ts';

/** Peaks below this (-3 dBFS) are only looked for as long as none was higher. */
const ALWAYS_MEASURED = 0.7;

export async function measureTask(
  task: MeasureTask,
  signal: AbortSignal,
  onProgress: (seconds: number) => void,
): Promise<MeasureAnswer> {
  const energies: number[] = [];
  const peaks = Array.from({ length: task.channels }, () => new PeakWatch());
  const meters = Array.from({ length: task.channels }, () => new StepMeter());
  let decodedSamples = 0;
  let channelsAreEqual = true;
  const frames = new StepFrames(task.channels, (channels, count) => {
    decodedSamples += count;
    const [left, right] = channels;
    if (channelsAreEqual && left && right && !isEqual(left, right)) channelsAreEqual = false;
    let energy = 0;
    for (const [index, channel] of channels.entries()) {
      // What is the same on both channels is measured once.
      if (index === 1 && channelsAreEqual) {
        energy *= 2;
        continue;
      }
      peaks[index]?.add(channel);
      meters[index]?.measure(channel);
      energy += meters[index]?.energy ?? 0;
    }
    energies.push(energy);
  });
  await hearFfmpeg(task.ffmpeg, task.plan, { signal, onProgress }, (samples) => frames.add(samples));
  frames.end();
  const [first = new Float32Array(), second] = peaks.map((watch) => watch.end());
  return {
    energies: Float64Array.from(energies),
    truePeaks:
      second === undefined || channelsAreEqual ? first : first.map((peak, n) => Math.max(peak, second[n] ?? 0)),
    decodedSamples,
    channelsAreEqual,
  };
}

function isEqual(a: Float32Array, b: Float32Array): boolean {
  for (let n = 0; n < a.length; n += 1) if (a[n] !== b[n]) return false;
  return true;
}

/** True peaks step by step: a peak between two samples is shaped by what follows, so each step waits for the next. */
class PeakWatch {
  readonly #window = new Float32Array(STEP_SAMPLES + 2 * PEAK_REACH);
  readonly #peaks: number[] = [];
  #highest = 0;
  #isWaiting = false;

  add(step: Float32Array): void {
    if (this.#isWaiting) this.#look(step);
    this.#window.copyWithin(0, STEP_SAMPLES, STEP_SAMPLES + PEAK_REACH);
    this.#window.set(step, PEAK_REACH);
    this.#isWaiting = true;
  }

  end(): Float32Array {
    if (this.#isWaiting) this.#look(new Float32Array(PEAK_REACH));
    return Float32Array.from(this.#peaks);
  }

  #look(next: Float32Array): void {
    this.#window.set(next.subarray(0, PEAK_REACH), PEAK_REACH + STEP_SAMPLES);
    const floor = Math.min(ALWAYS_MEASURED, this.#highest);
    const peak = truePeak(this.#window, PEAK_REACH, PEAK_REACH + STEP_SAMPLES, floor);
    this.#peaks.push(peak > floor ? peak : 0);
    this.#highest = Math.max(this.#highest, peak);
  }
}
