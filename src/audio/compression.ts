/** Gentle compression of one voice as a gain curve, known before the sound is mixed: it looks ahead, so it never snaps. */
import { energyToLufs } from './loudness-gating.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { STEPS_PER_SECOND } from './sample-clock.ts';

/** Louder than the voice's usual by more than this is brought down, by one LU of every two. */
const LOUD_LU = 3;
/** Softer than this is brought up, by one LU of every two. */
const SOFT_LU = -6;
const RATIO = 2;
/** From here on down it is less and less likely to be a voice: the lift fades out until TOO_SOFT_LU. */
const FAINT_LU = -20;
const TOO_SOFT_LU = -26;
export const MOST_LIFT_DB = 3.5;

/** Loudness is taken over 400 ms around each step. */
const HALF_WINDOW_STEPS = 10;
const ATTACK_SECONDS = 0.08;
const RELEASE_SECONDS = 0.4;
const shareOfStep = (seconds: number) => 1 - Math.exp(-1 / (seconds * STEPS_PER_SECOND));
const ATTACK_SHARE = shareOfStep(ATTACK_SECONDS);
const RELEASE_SHARE = shareOfStep(RELEASE_SECONDS);

/** As a passport names them; thresholds from the voice's usual loudness. */
export const COMPRESSOR_SETTINGS = {
  'compressor.ratio': RATIO,
  'compressor.loudThresholdLu': LOUD_LU,
  'compressor.softThresholdLu': SOFT_LU,
  'compressor.mostLiftDb': MOST_LIFT_DB,
  'compressor.attackMs': ATTACK_SECONDS * 1000,
  'compressor.releaseMs': RELEASE_SECONDS * 1000,
};

/** What a passage asks for, in dB, from how its loudness differs from the voice's usual. */
function wishDb(differenceLu: number, mostLiftDb: number): number {
  if (differenceLu > LOUD_LU) return (LOUD_LU - differenceLu) * (1 - 1 / RATIO);
  if (differenceLu > SOFT_LU) return 0;
  const fading = Math.min(1, Math.max(0, (differenceLu - TOO_SOFT_LU) / (FAINT_LU - TOO_SOFT_LU)));
  return fading * Math.min(mostLiftDb, (SOFT_LU - differenceLu) * (1 - 1 / RATIO));
}

/** Loudness around each step over the talk alone; NaN where nobody talks. */
function smoothedTalkLufs({ energies, talk }: PlacedStretch): Float64Array {
  const steps = energies.length;
  const smoothed = new Float64Array(steps).fill(Number.NaN);
  let [sum, count] = [0, 0];
  for (let step = -HALF_WINDOW_STEPS; step < steps; step += 1) {
    const [entering, leaving] = [step + HALF_WINDOW_STEPS, step - HALF_WINDOW_STEPS - 1];
    if (entering < steps && talk[entering] === 1) {
      sum += energies[entering] ?? 0;
      count += 1;
    }
    if (leaving >= 0 && talk[leaving] === 1) {
      sum -= energies[leaving] ?? 0;
      count -= 1;
      // Rounding must not outlive the passage it came from.
      if (count === 0) sum = 0;
    }
    if (step >= 0 && talk[step] === 1) smoothed[step] = energyToLufs(Math.max(0, sum / count));
  }
  return smoothed;
}

/**
 * dB for each step of a stretch of a voice that is usually as loud as `voiceLufs`. Talk that is too soft is lifted by
 * at most `mostLiftDb`; between talk the curve goes back to 0. It falls within 80 ms before a loud passage and rises
 * again over 400 ms: slower than syllables, so it is not heard.
 */
export function compressionDb(stretch: PlacedStretch, voiceLufs: number, mostLiftDb: number): Float64Array {
  const curve = smoothedTalkLufs(stretch);
  for (let step = 0; step < curve.length; step += 1) {
    const lufs = curve[step] ?? Number.NaN;
    curve[step] = Number.isNaN(lufs) ? 0 : wishDb(lufs - voiceLufs, mostLiftDb);
  }
  follow(curve, 0, 1, RELEASE_SHARE);
  follow(curve, curve.length - 1, -1, ATTACK_SHARE);
  return curve;
}

/** Going one way: down at once, up by a share of the way each step. */
function follow(curve: Float64Array, from: number, direction: 1 | -1, share: number): void {
  let value = curve[from] ?? 0;
  for (let step = from; step >= 0 && step < curve.length; step += direction) {
    const wish = curve[step] ?? 0;
    value = wish < value ? wish : value + (wish - value) * share;
    curve[step] = value;
  }
}
