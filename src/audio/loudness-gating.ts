/** Loudness from the energies of steps and blocks: ITU-R BS.1770-4 section 5.1 and EBU Tech 3342, without any sound. */

/** A block below this never counts. */
const ABSOLUTE_GATE_LUFS = -70;
/** A block this much quieter than the mean of those above the absolute gate does not count either. */
const RELATIVE_GATE_LU = -10;
/** The same for the loudness range, EBU Tech 3342 section 3. */
const RANGE_GATE_LU = -20;
const [RANGE_FROM, RANGE_TO] = [0.1, 0.95];

/** A block or window is judged anew every 100 ms. */
const HOP_STEPS = 5;
const BLOCK_STEPS = 20;
const SHORT_TERM_STEPS = 150;

/** The K-weighting lifts a 997 Hz tone by this; BS.1770 takes it off again. */
const K_OFFSET_LU = -0.691;

/** Of a K-weighted mean square, summed over the channels; -Infinity for silence. */
export const energyToLufs = (meanSquare: number): number => K_OFFSET_LU + 10 * Math.log10(meanSquare);

/** The other way; zero for -Infinity. */
export const lufsToEnergy = (lufs: number): number => 10 ** ((lufs - K_OFFSET_LU) / 10);

const ABSOLUTE_GATE = lufsToEnergy(ABSOLUTE_GATE_LUFS);
const factorOf = (lu: number) => 10 ** (lu / 10);

/** Meters have been seen to call silence NaN or -Infinity. */
const sane = (energy: number | undefined) => (energy !== undefined && energy > 0 && energy < Infinity ? energy : 0);

/** Means over windows of so many steps, one every 100 ms; none when there are fewer steps than one window. */
function windowMeans(stepEnergies: ArrayLike<number>, windowSteps: number): Float64Array {
  const hops = new Float64Array(Math.floor(stepEnergies.length / HOP_STEPS));
  for (let step = 0; step < hops.length * HOP_STEPS; step += 1) {
    const hop = Math.floor(step / HOP_STEPS);
    hops[hop] = (hops[hop] ?? 0) + sane(stepEnergies[step]);
  }
  const hopsInWindow = windowSteps / HOP_STEPS;
  const means = new Float64Array(Math.max(0, hops.length - hopsInWindow + 1));
  // Each window is added up for itself: a sum carried along would keep the rounding of a loud past in a quiet present.
  for (let first = 0; first < means.length; first += 1) {
    let sum = 0;
    for (let hop = first; hop < first + hopsInWindow; hop += 1) sum += hops[hop] ?? 0;
    means[first] = sum / windowSteps;
  }
  return means;
}

/** Mean squares of the 400 ms gating blocks, one every 100 ms, from those of 20 ms steps. */
export function blockEnergies(stepEnergies: ArrayLike<number>): Float64Array {
  return windowMeans(stepEnergies, BLOCK_STEPS);
}

/** Mean squares of 3 s windows, one every 100 ms, from those of 20 ms steps. */
export function shortTermEnergies(stepEnergies: ArrayLike<number>): Float64Array {
  return windowMeans(stepEnergies, SHORT_TERM_STEPS);
}

/** Mean of those at or above the gate; zero when there are none. */
function meanAbove(energies: ArrayLike<number>, gate: number): number {
  let sum = 0;
  let count = 0;
  for (let n = 0; n < energies.length; n += 1) {
    const energy = sane(energies[n]);
    if (energy < gate) continue;
    sum += energy;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

/**
 * Integrated loudness in LUFS from the mean squares of 400 ms blocks, each summed over the channels with their weights.
 * Null when nothing is above the absolute gate: silence has no loudness.
 */
export function integratedFromBlocks(energies: ArrayLike<number>): number | null {
  const ungated = meanAbove(energies, ABSOLUTE_GATE);
  if (ungated === 0) return null;
  return energyToLufs(meanAbove(energies, Math.max(ABSOLUTE_GATE, ungated * factorOf(RELATIVE_GATE_LU))));
}

/**
 * Loudness range in LU from the mean squares of 3 s windows, after EBU Tech 3342: from the 10th to the 95th percentile
 * of what is above -70 LUFS and at most 20 LU under the mean. Zero for silence.
 */
export function loudnessRangeLu(shortTerm: ArrayLike<number>): number {
  const gate = Math.max(ABSOLUTE_GATE, meanAbove(shortTerm, ABSOLUTE_GATE) * factorOf(RANGE_GATE_LU));
  const audible = Float64Array.from(shortTerm).filter((energy) => sane(energy) >= gate);
  return spread(audible.sort());
}

function spread(ascending: Float64Array): number {
  if (ascending.length === 0) return 0;
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? 0;
  return 10 * Math.log10(at(RANGE_TO) / at(RANGE_FROM));
}
