/** How many tracks ffmpeg mixes in one run: a system bounds how long a command and how many open files there may be. */
import type { MixInput } from './mix-graph.ts';

/** Each is an open file; 1024 are allowed on many systems. */
const MAX_INPUTS = 64;
/** Each adds some 200 characters to the filter graph, which is one word of the command; Linux allows 128 KiB of it. */
const MAX_PIECES = 256;
/** Of one track in one input: ffmpeg hands every frame to all of them. */
const MAX_PIECES_OF_INPUT = 64;

/**
 * The same pieces of the same tracks, in the same order, in runs that are small enough. What each run makes is added
 * to what those before it made. A track of very many pieces is decoded more than once.
 */
export function mixBatches(inputs: readonly MixInput[]): MixInput[][] {
  const batches: MixInput[][] = [];
  let pieces = 0;
  for (const input of inputs.flatMap(inParts)) {
    let batch = batches.at(-1);
    if (!batch || batch.length === MAX_INPUTS || pieces + input.pieces.length > MAX_PIECES) {
      batch = [];
      batches.push(batch);
      pieces = 0;
    }
    batch.push(input);
    pieces += input.pieces.length;
  }
  return batches;
}

function inParts(input: MixInput): MixInput[] {
  const count = Math.ceil(input.pieces.length / MAX_PIECES_OF_INPUT);
  return Array.from({ length: count }, (_, part) => ({
    ...input,
    pieces: input.pieces.slice(part * MAX_PIECES_OF_INPUT, (part + 1) * MAX_PIECES_OF_INPUT),
  }));
}
