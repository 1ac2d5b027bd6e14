/** When a length that differs from the promise is the recorder's clock, and when it is missing sound. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DriftFacts, driftRate } from '../../src/audio/drift.ts';

const HOURS = 3600;
const facts = (durationSeconds: number, decodedSeconds: number, other: Partial<DriftFacts> = {}): DriftFacts => ({
  timestamps: { decodedSeconds, gapCount: 0, segments: [{ fromSample: 0, startSeconds: 0 }] },
  durationSeconds,
  hasEndMark: true,
  ...other,
});

test('a clock that ran 150 ppm fast over three hours is told, and slow alike', () => {
  expect(driftRate(facts(3 * HOURS, 3 * HOURS * 1.00015))).toEqual({
    rate: expect.closeTo(1.00015, 9),
    correctedPpm: expect.closeTo(150, 6),
  });
  expect(driftRate(facts(3 * HOURS, 3 * HOURS * 0.99985))?.correctedPpm).toBeCloseTo(-150, 6);
});

test('up to 300 ppm either way, what was decoded lasts exactly as long as promised; beyond, nothing is touched', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 600, max: 12 * HOURS, noNaN: true }),
      fc.double({ min: -600, max: 600, noNaN: true }),
      (promised, ppm) => {
        fc.pre(Math.abs(Math.abs(ppm) - 300) > 1e-3 && Math.abs(Math.abs(ppm) * promised - 20_000) > 1);
        const decoded = promised * (1 + ppm / 1e6);
        const drift = driftRate(facts(promised, decoded));
        expect(drift !== undefined).toBe(Math.abs(ppm) < 300 && Math.abs(decoded - promised) > 0.02);
        if (drift) expect(Math.abs(decoded / drift.rate - promised)).toBeLessThan(1e-6);
      },
    ),
  );
});

const usual = facts(HOURS, HOURS * 1.0001);
test.each<[string, DriftFacts]>([
  ['no promised length', { ...usual, durationSeconds: undefined }],
  ['a promise of NaN', { ...usual, durationSeconds: Number.NaN }],
  ['a track of less than ten minutes', facts(599, 599 * 1.0001)],
  ['a file without its end', { ...usual, hasEndMark: false }],
  ['a gap', { ...usual, timestamps: { ...usual.timestamps, gapCount: 1 } }],
  [
    'timestamps that already tell of the drift',
    {
      ...usual,
      timestamps: { ...usual.timestamps, segments: [0, 1].map((n) => ({ fromSample: n, startSeconds: n })) },
    },
  ],
  ['nothing decoded', { ...usual, timestamps: { decodedSeconds: 0, gapCount: 0, segments: [] } }],
  ['a packet less than promised', facts(HOURS, HOURS - 0.0199)],
  ['half a second less over ten minutes, which is lost sound', facts(600, 599.5)],
])('%s: nothing is corrected', (_, given) => {
  expect(driftRate(usual)).toBeDefined();
  expect(driftRate(given)).toBeUndefined();
});
