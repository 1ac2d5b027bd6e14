/** Slices: fixed times that cover the episode once, whatever its length. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framesHolding, MP3_FRAME_SAMPLES, SLICE_GRAIN_SAMPLES, slicesOf } from '../../src/audio/slices.ts';

const SLICE = 150 * 48_000;

test('an episode of an hour is cut every 150 s', () => {
  const slices = slicesOf(3600 * 48_000);
  expect(slices.map(({ fromSample }) => fromSample)).toEqual(Array.from({ length: 24 }, (_, n) => n * SLICE));
  expect(slices[1]).toEqual({
    index: 1,
    fromSample: SLICE,
    toSample: 2 * SLICE,
    preRollSamples: 64 * 1152,
    postRollSamples: 1152,
    framesToDrop: 64,
    framesToKeep: 6250,
  });
});

test('slices and their frames cover any episode once, in whole frames, with every sample to the last', () => {
  const grains = fc.integer({ min: 1, max: 300 });
  const fractions = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(grains, fractions, (grain, fraction) => {
      const sliceSamples = grain * SLICE_GRAIN_SAMPLES;
      const duration = 1 + Math.round(fraction * 20.5 * sliceSamples);
      const slices = slicesOf(duration, sliceSamples);
      expect(slices[0]).toMatchObject({ index: 0, fromSample: 0, preRollSamples: 0, framesToDrop: 0 });
      expect(slices.at(-1)).toMatchObject({ toSample: duration, postRollSamples: 0 });
      for (const [n, slice] of slices.entries()) {
        expect([slice.index, slice.fromSample]).toEqual([n, n * sliceSamples]);
        expect(slice.fromSample).toBe(slices[n - 1]?.toSample ?? 0);
        expect(slice.preRollSamples).toBe(slice.framesToDrop * MP3_FRAME_SAMPLES);
        expect(slice.preRollSamples).toBeLessThanOrEqual(slice.fromSample);
        expect(slice.toSample + slice.postRollSamples).toBeLessThanOrEqual(duration);
      }
      expect(slices.reduce((sum, slice) => sum + slice.framesToKeep, 0)).toBe(framesHolding(duration));
    }),
    { seed: 4, numRuns: 100 },
  );
});

test('a rest below ten seconds is joined to the slice before, and one of ten seconds is not', () => {
  const rest = 10 * 48_000;
  expect(slicesOf(2 * SLICE + rest - 1).map(({ toSample }) => toSample)).toEqual([SLICE, 2 * SLICE + rest - 1]);
  expect(slicesOf(2 * SLICE + rest)).toHaveLength(3);
  expect(slicesOf(1)).toHaveLength(1);
});

describe('refused', () => {
  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('an episode of %d samples', (duration) => {
    expect(() => slicesOf(duration)).toThrow(`an episode of ${duration} samples cannot be sliced`);
  });

  test.each([0, -28_800, 28_801, 1152])('slices of %d samples', (samples) => {
    expect(() => slicesOf(48_000, samples)).toThrow('give a multiple of 28800');
  });
});
