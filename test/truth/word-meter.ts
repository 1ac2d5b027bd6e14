/** How much of a sentence is still there in a mix, and how its first moment fares. Knows the clean sentence and its place. */
import { SAMPLE_RATE } from '../../fixtures/room-plan.ts';
import { band, decibels, energy } from './filters.ts';
import { whereIs } from './place-meter.ts';

const STEP = SAMPLE_RATE / 50;
const ONSET_STEP = SAMPLE_RATE / 200;
const ONSET_BELOW_PEAK_DB = 30;

export interface Words {
  /** Of the sentence's energy: 1 when nothing is missing. What is up to 3 dB below its mean gain is compression, not loss. */
  readonly keptShare: number;
  /** The gain in the first 100 ms against that in the second after; negative when the onset was clipped. */
  readonly onsetDb: number;
  /** Where in the sentence that first moment begins. */
  readonly onsetSeconds: number;
  /** Mean gain over the sentence. */
  readonly gainDb: number;
}

/** Of a sentence that is alone in the mix, about at an instant in seconds. */
export function wordsIn(mix: Float32Array, clean: Float32Array, atSeconds: number): Words {
  const { seconds } = whereIs(clean, mix, atSeconds, 0.03);
  const from = Math.max(0, Math.round(seconds * SAMPLE_RATE));
  const [heard, said] = [band(mix.slice(from, from + clean.length)), band(clean)];
  const gain = energy(heard) / energy(said);
  let kept = 0;
  for (let at = 0; at < said.length; at += STEP) {
    const clear = energy(said, at, at + STEP);
    kept += Math.min(clear, energy(heard, at, at + STEP) / (gain / 2));
  }
  const onset = onsetOf(said);
  const gainWithin = (begin: number, end: number) => {
    const [first, last] = [onset + begin * SAMPLE_RATE, onset + end * SAMPLE_RATE];
    return energy(heard, first, last) / energy(said, first, last);
  };
  return {
    keptShare: kept / energy(said),
    onsetDb: decibels(gainWithin(0, 0.1) / gainWithin(0.1, 1.1)),
    onsetSeconds: onset / SAMPLE_RATE,
    gainDb: decibels(gain),
  };
}

/** The first sample of the first 5 ms that are as loud as speech. */
function onsetOf(sound: Float32Array): number {
  const steps = Array.from({ length: Math.floor(sound.length / ONSET_STEP) }, (_, step) =>
    energy(sound, step * ONSET_STEP, (step + 1) * ONSET_STEP),
  );
  const threshold = Math.max(...steps) * 10 ** (-ONSET_BELOW_PEAK_DB / 10);
  return steps.findIndex((value) => value >= threshold) * ONSET_STEP;
}

/** RMS between 200 Hz and 6 kHz over some seconds, in dBFS; -120 for silence. */
export function levelDbfs(sound: Float32Array, fromSeconds: number, toSeconds: number): number {
  const run = Math.round(0.1 * SAMPLE_RATE);
  const [from, to] = [Math.round(fromSeconds * SAMPLE_RATE), Math.round(toSeconds * SAMPLE_RATE)];
  // The filter has settled after the tenth of a second before.
  const part = band(sound.slice(Math.max(0, from - run), to));
  const settled = Math.min(run, from);
  return Math.max(-120, decibels(energy(part, settled) / (part.length - settled)));
}
