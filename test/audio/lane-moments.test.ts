/** Moments of the room are found in the lanes of both tracks, wherever those begin and however their clocks ran. */
import { expect, it } from 'vitest';
import { laneMoments } from '../../src/audio/lane-moments.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';

const stretch = (roomSample: number, fromSample: number, steps: number, rate = 1): PlacedStretch => {
  const some = new Float32Array(steps);
  return {
    ...{ roomSample, fromSample, sampleCount: steps * 960, rate },
    energies: some,
    peaks: some,
    talk: new Uint8Array(steps),
  };
};
const moments = (...places: readonly number[]) => places.map((roomSample) => ({ roomSample, sampleCount: 24_000 }));

const tracks = [
  { lane: 4, stretches: [stretch(-4_800, 0, 100), stretch(200_000, 960_000, 100)] },
  { lane: 7, stretches: [stretch(1_000, 9_600, 300, 1.0002)] },
];

it('counts samples of each lane from where its stretch lies on the room’s clock, at that clock’s pace', () => {
  expect(laneMoments({ a: 0, b: 1, moments: moments(20_000, 210_000) }, tracks)).toEqual([
    { a: { lane: 4, fromSample: 24_800 }, b: { lane: 7, fromSample: 9_600 + 19_004 }, sampleCount: 24_000 },
    { a: { lane: 4, fromSample: 970_000 }, b: { lane: 7, fromSample: 9_600 + 209_042 }, sampleCount: 24_000 },
  ]);
  const [turned] = laneMoments({ a: 1, b: 0, moments: moments(20_000) }, tracks);
  expect([turned?.a.lane, turned?.b.lane]).toEqual([7, 4]);
});

it('leaves out moments in which one of the two kept nothing, and pairs that are not there', () => {
  expect(laneMoments({ a: 0, b: 1, moments: moments(150_000, 500, 91_200) }, tracks)).toEqual([]);
  expect(laneMoments({ a: 0, b: 9, moments: moments(20_000) }, tracks)).toEqual([]);
});
