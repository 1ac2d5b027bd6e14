/** How loud somebody talks: gated over the 400 ms blocks in which they are heard, whatever lies between. */
import { blockEnergies, integratedFromBlocks } from './loudness-gating.ts';
import type { PlacedStretch } from './placed-stretch.ts';

const BLOCK_STEPS = 20;

/**
 * Mean squares of all 400 ms blocks that hold talk, with each stretch's gains applied if given. Blocks that only touch
 * a word are in, as in any meter: the relative gate leaves out those that hold little.
 */
export function talkBlocks(stretches: readonly PlacedStretch[], gains?: readonly Float32Array[]): number[] {
  const blocks: number[] = [];
  for (const [index, { energies, talk }] of stretches.entries()) {
    // A stretch shorter than a block is heard with silence after it.
    const heard = new Float64Array(Math.max(BLOCK_STEPS, energies.length));
    const flags = new Uint8Array(heard.length);
    heard.set(energies);
    flags.set(talk);
    const curve = gains?.[index];
    if (curve !== undefined) {
      for (let step = 0; step < energies.length; step += 1) heard[step] = (energies[step] ?? 0) * power(curve, step);
    }
    const [talkShares, means] = [blockEnergies(flags), blockEnergies(heard)];
    for (let block = 0; block < means.length; block += 1) {
      if ((talkShares[block] ?? 0) > 0) blocks.push(means[block] ?? 0);
    }
  }
  return blocks;
}

/** Gated loudness (ITU-R BS.1770-4) of blocks as one channel after a gain; null when nothing is heard. */
export function talkLufs(blocks: readonly number[], gainDb = 0): number | null {
  const factor = 10 ** (gainDb / 10);
  return integratedFromBlocks(gainDb === 0 ? blocks : blocks.map((energy) => energy * factor));
}

/** What a gain that runs straight from one end of a step to the other does to its energy. */
function power(curve: Float32Array, step: number): number {
  const [from, to] = [curve[step] ?? 0, curve[step + 1] ?? 0];
  return (from * from + from * to + to * to) / 3;
}

/** Steps of 20 ms in which somebody is heard. */
export function talkSteps(stretches: readonly PlacedStretch[]): number {
  let steps = 0;
  for (const { talk } of stretches) for (let step = 0; step < talk.length; step += 1) steps += talk[step] ?? 0;
  return steps;
}
