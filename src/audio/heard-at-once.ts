/** What one track heard while another did: step energies of one laid on the steps of the other, by the room's clock. */
import type { PlacedStretch } from './placed-stretch.ts';
import { STEP_SAMPLES } from './sample-clock.ts';

/** The instant, in samples after the room's start, at which a stretch is over. */
export const roomEnd = (stretch: PlacedStretch): number => stretch.roomSample + stretch.sampleCount / stretch.rate;

/** Energy in the 20 ms from `roomSample` on, which may lie across two steps; what was not kept is silence. */
export function energyFrom(stretch: PlacedStretch, roomSample: number): number {
  const position = ((roomSample - stretch.roomSample) * stretch.rate) / STEP_SAMPLES;
  const step = Math.floor(position);
  const share = position - step;
  return (1 - share) * (stretch.energies[step] ?? 0) + share * (stretch.energies[step + 1] ?? 0);
}

/** Energies of `others` (ascending) at each step of `stretch`, as they arrive there `lagSamples` later. */
export function energiesHeardDuring(
  stretch: PlacedStretch,
  others: readonly PlacedStretch[],
  lagSamples: number,
): Float64Array {
  const heard = new Float64Array(stretch.energies.length);
  const stepInRoom = STEP_SAMPLES / stretch.rate;
  const start = stretch.roomSample - lagSamples;
  for (const other of others) {
    const from = Math.max(0, Math.ceil((other.roomSample - start) / stepInRoom) - 1);
    const to = Math.min(heard.length, Math.ceil((roomEnd(other) - start) / stepInRoom));
    for (let step = from; step < to; step += 1) {
      heard[step] = (heard[step] ?? 0) + energyFrom(other, start + step * stepInRoom);
    }
  }
  return heard;
}
