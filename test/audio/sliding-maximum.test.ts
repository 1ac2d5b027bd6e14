/** The highest of the last values, against looking at all of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingMaximum } from '../../src/audio/sliding-maximum.ts';

test('it is the highest of the last values, and knows when all of them were zero', () => {
  const values = fc.array(fc.oneof(fc.constant(0), fc.nat(5)), { maxLength: 120 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 12 }), (pushed, span) => {
      const sliding = new SlidingMaximum(span);
      for (const [n, value] of pushed.entries()) {
        const expected = Math.max(...pushed.slice(Math.max(0, n - span + 1), n + 1));
        expect(sliding.push(value)).toBe(expected);
        expect(sliding.isZero).toBe(expected === 0);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});
