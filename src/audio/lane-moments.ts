/** Where in two lanes a moment of the room is to be found. */
import type { PairToCompare } from './bleed.ts';
import type { PlacedStretch } from './placed-stretch.ts';

interface LanePlace {
  readonly lane: number;
  readonly fromSample: number;
}

export interface LaneMoment {
  readonly a: LanePlace;
  readonly b: LanePlace;
  readonly sampleCount: number;
}

interface PlacedLane {
  readonly lane: number;
  readonly stretches: readonly PlacedStretch[];
}

/** Moments in which one of the two holds no sound are left out. */
export function laneMoments(pair: PairToCompare, tracks: readonly PlacedLane[]): LaneMoment[] {
  return pair.moments.flatMap(({ roomSample, sampleCount }) => {
    const [a, b] = [placeIn(tracks[pair.a], roomSample), placeIn(tracks[pair.b], roomSample)];
    return a && b ? [{ a, b, sampleCount }] : [];
  });
}

function placeIn(track: PlacedLane | undefined, roomSample: number): LanePlace | undefined {
  const stretch = track?.stretches.find(
    (one) => one.roomSample <= roomSample && roomSample < one.roomSample + one.sampleCount / one.rate,
  );
  if (track === undefined || stretch === undefined) return undefined;
  return {
    lane: track.lane,
    fromSample: stretch.fromSample + Math.round((roomSample - stretch.roomSample) * stretch.rate),
  };
}
