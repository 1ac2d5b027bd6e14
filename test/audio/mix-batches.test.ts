/** Mixes that are too large for one run of ffmpeg are parted so that nothing is lost, doubled or too long. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixBatches } from '../../src/audio/mix-batches.ts';
import { type MixInput, mixingPlan } from '../../src/audio/mix-graph.ts';
import { trackFormatOf } from '../../src/audio/track-formats.ts';

const DAY_SAMPLES = 24 * 3600 * 48_000;
const format = trackFormatOf('audio/wav');
if (!format) throw new Error('no format for WAV');

/** With the longest numbers there may be. */
const input = (pieceCount: number, index: number): MixInput => ({
  file: `track-${index}`,
  format,
  maxSeconds: 24 * 3600,
  gainDb: -29.123456789,
  pieces: Array.from({ length: pieceCount }, (_, n) => ({
    piece: { startSeconds: n, fromPts: DAY_SAMPLES + n, toPts: DAY_SAMPLES + n + 1 },
    startSample: DAY_SAMPLES + n,
    cutSamples: DAY_SAMPLES,
    endSample: 2 * DAY_SAMPLES,
  })),
});

test('no command is longer than Linux allows, and none opens more files than any system does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 300 }), (pieceCounts) => {
      const inputs = pieceCounts.map(input);
      const batches = mixBatches(inputs);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(64);
        const plan = mixingPlan(batch, DAY_SAMPLES, { mix: 'mix.f32', carried: 'before.f32', meter: 'mix.meter' });
        expect(plan.filterGraph.length).toBeLessThan(100 * 1024);
      }
      const piecesOf = (list: readonly MixInput[]) =>
        list.flatMap(({ file, pieces }) => pieces.map(({ startSample }) => `${file}@${startSample}`));
      expect(piecesOf(batches.flat())).toEqual(piecesOf(inputs));
    }),
    { numRuns: 30 },
  );
});

test('an ordinary room is mixed in one run', () => {
  const inputs = [1, 3, 2, 1].map(input);
  expect(mixBatches(inputs)).toEqual([inputs]);
});
