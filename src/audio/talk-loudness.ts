/** How loud somebody talks: gated over the 400 ms blocks in which they are heard, whatever lies between. */
import { blockEnergies, integratedFromBlocks } from './loudness-gating.ts';
import type { PlacedStretch } from './placed-stretch.ts';

const BLOCK_STEPS = 20;

/**
 * Gated loudness (ITU-R BS.1770-4) of all blocks that hold talk, as one channel, with each stretch's gains applied if
 * given. Blocks that only touch a word are in, as in any meter: the relative gate leaves out those that hold little.
 * Null when nobody is heard.
 */
export function talkLufs(stretches: readonly PlacedStretch[], gains?: readonly Float32Array[]): number | null {
  const talkBlocks: number[] = [];
  for (const [index, { energies, talk }] of stretches.entries()) {
    // A stretch shorter than a block is heard with silence after it.
    const steps = Math.max(BLOCK_STEPS, energies.length);
    const heard = new Float64Array(steps);
    const flags = new Uint8Array(steps);
    heard.set(energies);
    flags.set(talk);
    const curve = gains?.[index];
    if (curve !== undefined) for (const [step, energy] of energies.entries()) heard[step] = energy * power(curve, step);
    const talkShares = blockEnergies(flags);
    for (const [block, energy] of blockEnergies(heard).entries()) {
      if ((talkShares[block] ?? 0) > 0) talkBlocks.push(energy);
    }
  }
  return integratedFromBlocks(talkBlocks);
}

/** What a gain that runs straight from one end of a step to the other does to its energy. */
function power(curve: Float32Array, step: number): number {
  const [from, to] = [curve[step] ?? 0, curve[step + 1] ?? 0];
  return (from * from + from * to + to * to) / 3;
}

/** Steps of 20 ms in which somebody is heard. */
export function talkSteps(stretches: readonly PlacedStretch[]): number {
  let steps = 0;
  for (const { talk } of stretches) for (const flag of talk) steps += flag;
  return steps;
}
