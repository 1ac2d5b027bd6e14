/** Sound packed into a lane file comes back as it was, from wherever a reader asks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LaneIndex, packStep, STEP_BYTES, unpackSteps } from '../../src/audio/kept-sound.ts';
import { STEP_SAMPLES, type StepRange } from '../../src/audio/sample-clock.ts';

function roundTrip(samples: Float32Array): Float32Array {
  const bytes = new Uint8Array(STEP_BYTES);
  packStep(samples, bytes, 0);
  const back = new Float32Array(STEP_SAMPLES);
  unpackSteps(bytes, back, 0);
  return back;
}

const largest = (samples: Float32Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

test('packed sound errs by less than -85 dB of the peak of its step, at any level from -140 dBFS to the clamp at +12', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: STEP_SAMPLES, maxLength: STEP_SAMPLES }),
      fc.double({ min: -140, max: 12, noNaN: true }),
      (shape, peakDb) => {
        const gain = 10 ** (peakDb / 20);
        const samples = Float32Array.from(shape, (value) => value * gain);
        const back = roundTrip(samples);
        const error = largest(samples.map((sample, n) => sample - (back[n] ?? 0)));
        expect(error).toBeLessThanOrEqual(largest(samples) * 10 ** (-85 / 20));
      },
    ),
    { numRuns: 60 },
  );
});

test('silence comes back as exact zeros, and so does what is too small to have a scale', () => {
  expect(roundTrip(new Float32Array(STEP_SAMPLES)).every((sample) => Object.is(sample, 0))).toBe(true);
  expect(largest(roundTrip(new Float32Array(STEP_SAMPLES).fill(1e-43)))).toBeLessThan(1e-40);
});

test('the highest and the lowest sample come back with their sign, whatever the scale rounds to', () => {
  for (const peak of [1, 3.999_999, 0.1, 1 / 3, 1e-5]) {
    const samples = new Float32Array(STEP_SAMPLES);
    samples[0] = peak;
    samples[STEP_SAMPLES - 1] = -peak;
    const back = roundTrip(samples);
    expect((back[0] ?? 0) / peak).toBeCloseTo(1, 5);
    expect((back[STEP_SAMPLES - 1] ?? 0) / peak).toBeCloseTo(-1, 5);
  }
});

/** Ascending stretches that do not touch, as listening leaves them. */
const stretches = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 4 }), stepCount: fc.integer({ min: 1, max: 5 }) }), {
    maxLength: 8,
  })
  .map((parts) => {
    let next = -1;
    return parts.map(({ gap, stepCount }): StepRange => {
      const firstStep = next + gap;
      next = firstStep + stepCount;
      return { firstStep, stepCount };
    });
  });

test('whatever samples are asked for, what was kept of them comes back in its place and the rest is silence', () => {
  fc.assert(
    fc.property(
      stretches,
      fc.integer({ min: -3000, max: 60_000 }),
      fc.integer({ min: 0, max: 20_000 }),
      (kept, fromSample, sampleCount) => {
        const whole = new Float32Array(100_000);
        const lane = new Uint8Array(STEP_BYTES * kept.reduce((sum, { stepCount }) => sum + stepCount, 0));
        let at = 0;
        for (const { firstStep, stepCount } of kept) {
          for (let step = firstStep; step < firstStep + stepCount; step += 1, at += STEP_BYTES) {
            // Each sample tells its own number; 32767 as the peak makes the packing exact.
            const samples = new Float32Array(STEP_SAMPLES).map((_, n) => ((step * STEP_SAMPLES + n) % 32_000) + 1);
            samples[0] = 32_767;
            packStep(samples, lane, at);
            whole.set(samples, step * STEP_SAMPLES);
          }
        }
        const index = new LaneIndex(kept);
        expect(index.byteLength).toBe(lane.length);
        const found = new Float32Array(sampleCount);
        const reads = index.locate(fromSample, sampleCount);
        for (const { fileOffset, byteLength, intoOffset } of reads) {
          unpackSteps(lane.subarray(fileOffset, fileOffset + byteLength), found, intoOffset);
        }
        expect(found.findIndex((sample, n) => sample !== (whole[fromSample + n] ?? 0))).toBe(-1);
        expect(reads.every(({ byteLength }) => byteLength > 0)).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test('a reader that looks for a little in a long lane is sent to that place alone', () => {
  const kept = Array.from({ length: 10_000 }, (_, n) => ({ firstStep: 100 * n, stepCount: 50 }));
  const reads = new LaneIndex(kept).locate((100 * 7000 + 49) * STEP_SAMPLES + 1, 3 * STEP_SAMPLES);
  expect(reads).toEqual([{ fileOffset: (50 * 7000 + 49) * STEP_BYTES, byteLength: STEP_BYTES, intoOffset: -1 }]);
});
