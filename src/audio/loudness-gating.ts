/** Gated loudness from the loudness of 400 ms blocks, as ITU-R BS.1770-4 section 5.1 defines it. */

/** A block below this never counts. */
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;

/** Two equal channels are measured this much louder than one of them alone. */
export const DUAL_CHANNEL_LU = 10 * Math.log10(2);

const energyOf = (lufs: number) => 10 ** (lufs / 10);

function meanLufs(blocks: readonly number[]): number {
  let energy = 0;
  for (const lufs of blocks) energy += energyOf(lufs);
  return 10 * Math.log10(energy / blocks.length);
}

/**
 * Integrated loudness of the blocks of one programme, or of several tracks of one speaker taken together.
 * Blocks that are NaN or -inf carry no energy. Null when nothing is above the absolute gate: silence has no loudness.
 */
export function integratedLufs(blocks: readonly number[]): number | null {
  const audible = blocks.filter((lufs) => lufs >= ABSOLUTE_GATE_LUFS);
  if (audible.length === 0) return null;
  const relativeGate = meanLufs(audible) + RELATIVE_GATE_LU;
  return meanLufs(audible.filter((lufs) => lufs >= relativeGate));
}

/** How much the audible blocks' loudness varies: the span from their 10th to their 95th percentile, in LU. */
export function loudnessSpreadLu(blocks: readonly number[]): number {
  const audible = blocks.filter((lufs) => lufs >= ABSOLUTE_GATE_LUFS).sort((a, b) => a - b);
  const at = (share: number) => audible[Math.round(share * (audible.length - 1))] ?? 0;
  return audible.length === 0 ? 0 : at(0.95) - at(0.1);
}
