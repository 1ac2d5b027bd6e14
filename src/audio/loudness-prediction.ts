/**
 * How loud a mix will be, from what is known of its parts: voices are uncorrelated, so in every step the energy of the
 * sum is the sum of the energies, each times its gain squared.
 */
import type { Cue, CueSheet } from './cue-sheet.ts';
import { factorAt } from './mixer.ts';
import { STEP_SAMPLES } from './sample-clock.ts';

export interface PredictedSteps {
  /** K-weighted mean square of every 20 ms of the episode, over all its channels. */
  readonly energies: Float64Array;
  /** No sample of either channel in a step can be higher, but between samples: the sum of the parts' peaks. */
  readonly peakBounds: Float64Array;
}

/** Of the whole episode before its common gain. Both channels of an episode that carries the same on two count. */
export function predictSteps(sheet: CueSheet, outputChannels: 1 | 2): PredictedSteps {
  const count = Math.ceil(sheet.durationSamples / STEP_SAMPLES);
  const energies = new Float64Array(count);
  const peakBounds = new Float64Array(count);
  for (const cue of sheet.cues) {
    const power = sheet.channels === 2 ? cue.left ** 2 + cue.right ** 2 : outputChannels;
    const place = sheet.channels === 2 ? Math.max(cue.left, cue.right) : 1;
    let [boundStep, bound] = [-1, 0];
    forEachStep(cue, (from, to, energy, peak, gainSquared, gainMost) => {
      // A step of the lane lies across two of the episode's: each gets its share.
      const first = Math.floor(from / STEP_SAMPLES);
      const last = Math.min(count - 1, Math.floor((to - 1) / STEP_SAMPLES));
      for (let step = first; step <= last; step += 1) {
        const shared = Math.min(to, (step + 1) * STEP_SAMPLES) - Math.max(from, step * STEP_SAMPLES);
        energies[step] = (energies[step] ?? 0) + energy * gainSquared * power * (shared / STEP_SAMPLES);
        // Of a cue's parts within one step the highest counts: they are heard one after the other.
        const before = step === boundStep ? bound : 0;
        [boundStep, bound] = [step, Math.max(before, peak * gainMost * place)];
        peakBounds[step] = (peakBounds[step] ?? 0) + bound - before;
      }
    });
  }
  return { energies, peakBounds };
}

function forEachStep(
  cue: Cue,
  visit: (from: number, to: number, energy: number, peak: number, gainSquared: number, gainMost: number) => void,
): void {
  const end = cue.start + cue.length;
  const firstStep = Math.floor((cue.source - cue.curve.fromSample) / STEP_SAMPLES);
  for (let step = Math.max(0, firstStep); step < cue.energies.length; step += 1) {
    const laneFrom = cue.curve.fromSample + step * STEP_SAMPLES;
    const from = Math.max(cue.start, Math.round(cue.start + (laneFrom - cue.source) / cue.rate));
    const to = Math.min(end, Math.round(cue.start + (laneFrom + STEP_SAMPLES - cue.source) / cue.rate));
    if (from >= end) break;
    // A ramp may begin or end within the step.
    const corners = [cue.start + cue.fadeInSamples, end - cue.fadeOutSamples].filter((at) => at > from && at < to);
    for (let begin = from; begin < to; ) {
      const until = corners.reduce((next, corner) => (corner > begin ? Math.min(next, corner) : next), to);
      const [a, b] = [factorAt(cue, begin), factorAt(cue, until)];
      const squared = (a * a + a * b + b * b) / 3;
      visit(begin, until, cue.energies[step] ?? 0, cue.peaks[step] ?? 0, squared, Math.max(a, b));
      begin = until;
    }
  }
}
