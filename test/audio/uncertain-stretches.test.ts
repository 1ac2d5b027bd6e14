/** What has to be measured: every step that may reach the limiter, and all where microphones heard each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portionsOf, uncertainStretches } from '../../src/audio/uncertain-stretches.ts';

const STEP = 960;

describe('uncertain stretches', () => {
  it('are none where nothing is high and nobody was heard twice', () => {
    expect(uncertainStretches([0.5, 0.5, 0.5], 0.5, [])).toEqual([]);
    expect(uncertainStretches([], 0.5, [])).toEqual([]);
  });

  it('hold 300 ms around each step that may be too high, within the episode', () => {
    const bounds = new Float64Array(200);
    bounds[100] = 0.9;
    expect(uncertainStretches(bounds, 0.89, [])).toEqual([{ fromSample: 85 * STEP, toSample: 116 * STEP }]);
    bounds[100] = 0;
    bounds[3] = 0.9;
    bounds[199] = 0.9;
    expect(uncertainStretches(bounds, 0.89, [])).toEqual([
      { fromSample: 0, toSample: 19 * STEP },
      { fromSample: 184 * STEP, toSample: 200 * STEP },
    ]);
  });

  it('are ascending, of whole steps, further apart than 400 ms, and hold all they must', () => {
    const ranges = fc.array(
      fc.tuple(fc.nat(280_000), fc.integer({ min: 1, max: 40_000 })).map(([fromSample, length]) => ({
        fromSample,
        toSample: Math.min(300 * STEP, fromSample + length),
      })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.array(fc.nat(299), { maxLength: 8 }), ranges, (peaks, correlated) => {
        const bounds = new Float64Array(300);
        for (const step of peaks) bounds[step] = 1;
        const stretches = uncertainStretches(bounds, 0.5, correlated);
        const holds = (from: number, to: number) =>
          stretches.some(({ fromSample, toSample }) => fromSample <= from && to <= toSample);
        for (const step of peaks) expect(holds(step * STEP, (step + 1) * STEP)).toBe(true);
        for (const { fromSample, toSample } of correlated) expect(holds(fromSample, toSample)).toBe(true);
        for (const [n, { fromSample, toSample }] of stretches.entries()) {
          expect([fromSample % STEP, toSample % STEP]).toEqual([0, 0]);
          expect(toSample).toBeGreaterThan(fromSample);
          expect(toSample).toBeLessThanOrEqual(300 * STEP);
          if (n > 0) expect(fromSample - (stretches[n - 1]?.toSample ?? 0)).toBeGreaterThan(20 * STEP);
        }
        expect(stretches.length > 0).toBe(peaks.length + correlated.length > 0);
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it('are handed out in order, in portions of half a minute or a little more', () => {
    const lengths = [10, 15, 10, 31, 5, 2].map((seconds) => seconds * 48_000);
    const stretches = lengths.map((length, n) => ({ fromSample: 5e6 * n, toSample: 5e6 * n + length }));
    const portions = portionsOf(stretches);
    expect(portions.flat()).toEqual(stretches);
    expect(portions.map((portion) => portion.length)).toEqual([3, 1, 2]);
    expect(portionsOf([])).toEqual([]);
  });
});
