/** Where decoded sound lies in the room, whatever was lost of it and however its recorder's clock ran. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeTrack } from '../../src/audio/place-track.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import type { StepRange } from '../../src/audio/sample-clock.ts';
import { type ClockSegment, TrackClock } from '../../src/audio/track-clock.ts';
import type { TrackHearing } from '../../src/audio/track-hearing.ts';

const STEP = 960;

/** Its energies are the numbers of its steps. */
function hearingOf(decodedSamples: number, kept: readonly StepRange[], talk: readonly StepRange[] = []): TrackHearing {
  const stretches = kept.map((range) => ({
    ...range,
    energies: Float32Array.from({ length: range.stepCount }, (_, n) => range.firstStep + n),
    peaks: Float32Array.from({ length: range.stepCount }, (_, n) => -range.firstStep - n),
  }));
  const notes = { speechLufs: null, noiseLufs: null, samplePeakDbfs: null, clippedSamples: 0 };
  return { decodedSamples, kept: stretches, talk, ...notes, nonFiniteSamples: 0, dcOffset: 0 };
}

const whole = (decodedSamples: number) =>
  hearingOf(decodedSamples, [{ firstStep: 0, stepCount: Math.ceil(decodedSamples / STEP) }]);
const UNBROKEN: readonly ClockSegment[] = [{ fromSample: 0, startSeconds: 0 }];

function expectNoOverlap(stretches: readonly PlacedStretch[]) {
  for (const [index, { roomSample }] of stretches.entries()) {
    const before = stretches[index - 1];
    if (before) expect(before.roomSample + before.sampleCount / before.rate).toBeLessThan(roomSample + 1);
  }
}

function expectOwnSteps({ fromSample, sampleCount, energies, peaks, talk }: PlacedStretch) {
  const firstStep = fromSample / STEP;
  const steps = Array.from({ length: Math.ceil(sampleCount / STEP) }, (_, n) => firstStep + n);
  expect([...energies]).toEqual(steps);
  expect([...peaks]).toEqual(steps.map((step) => -step));
  expect(talk.length).toBe(steps.length);
}

test('an unbroken track lies at its offset, also before the room', () => {
  const kept = [{ firstStep: 10, stepCount: 5 }];
  expect(placeTrack(hearingOf(100 * STEP, kept), UNBROKEN, -20_000, 1)).toMatchObject([
    { roomSample: 9600 - 20_000, fromSample: 9600, sampleCount: 5 * STEP, rate: 1 },
  ]);
});

test('talk is marked within its stretch', () => {
  const kept = [
    { firstStep: 2, stepCount: 5 },
    { firstStep: 10, stepCount: 4 },
  ];
  const talk = [
    { firstStep: 3, stepCount: 1 },
    { firstStep: 5, stepCount: 1 },
    { firstStep: 12, stepCount: 2 },
  ];
  const placed = placeTrack(hearingOf(20 * STEP, kept, talk), UNBROKEN, 0, 1);
  expect(placed.map((stretch) => [...stretch.talk])).toEqual([
    [0, 1, 0, 1, 0],
    [0, 0, 1, 1],
  ]);
});

test('a gap parts a stretch; the step that it cuts goes to the side that has more of it', () => {
  const after = (fromSample: number) => [...UNBROKEN, { fromSample, startSeconds: 3 + fromSample / 48_000 }];
  const early = placeTrack(whole(20 * STEP), after(10 * STEP + 300), 0, 1);
  expect(early.map(({ roomSample, fromSample }) => [roomSample, fromSample])).toEqual([
    [0, 0],
    [144_000 + 10 * STEP, 10 * STEP],
  ]);
  const late = placeTrack(whole(20 * STEP), after(10 * STEP + 500), 0, 1);
  expect(late.map(({ roomSample, fromSample }) => [roomSample, fromSample])).toEqual([
    [0, 0],
    [144_000 + 11 * STEP, 11 * STEP],
  ]);
});

test('sound that a clock gone back puts over earlier sound is cut, and no more than a step beyond', () => {
  const back = [...UNBROKEN, { fromSample: 10 * STEP, startSeconds: 0.15 }];
  expect(placeTrack(whole(20 * STEP), back, 0, 1)).toMatchObject([
    { roomSample: 0, fromSample: 0, sampleCount: 10 * STEP },
    { roomSample: 7200 + 3 * STEP, fromSample: 13 * STEP, sampleCount: 7 * STEP },
  ]);
});

test('of nothing decoded nothing is placed', () => {
  expect(placeTrack(hearingOf(0, []), [], 0, 1)).toEqual([]);
});

const keptRanges = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 10 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([closed, stepCount]) => {
      const firstStep = at + closed;
      at = firstStep + stepCount;
      return { firstStep, stepCount };
    });
  });
const offsets = fc.integer({ min: -1e9, max: 1e9 });
const rates = fc.oneof(fc.constant(1), fc.double({ min: 1 - 300e-6, max: 1 + 300e-6, noNaN: true }));

test('of a track without gaps every kept step is placed once, in order, never over another', () => {
  fc.assert(
    fc.property(keptRanges, offsets, rates, fc.integer({ min: 0, max: STEP - 1 }), (kept, offset, rate, missing) => {
      const last = kept.at(-1);
      const decodedSamples = ((last?.firstStep ?? 0) + (last?.stepCount ?? 0)) * STEP - missing;
      const placed = placeTrack(hearingOf(decodedSamples, kept), UNBROKEN, offset, rate);
      expect(placed.flatMap(({ energies }) => [...energies])).toEqual(
        kept.flatMap(({ firstStep, stepCount }) => Array.from({ length: stepCount }, (_, n) => firstStep + n)),
      );
      expectNoOverlap(placed);
      for (const stretch of placed) {
        expectOwnSteps(stretch);
        expect(Math.abs((stretch.roomSample - offset) * rate - stretch.fromSample)).toBeLessThan(1);
      }
    }),
  );
});

/** Frames as a decoder gives them: some sound, then a gap (mostly none), each timestamp trembling a little. */
const frames = fc.record({
  rate: fc.constantFrom(48_000, 44_100, 16_000),
  frameTicks: fc.constantFrom(160, 480, 960, 1024, 1152),
  list: fc.array(
    fc.record({
      gapSeconds: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.double({ min: 0.001, max: 4, noNaN: true })),
      trembleSeconds: fc.double({ min: -0.0012, max: 0.0012, noNaN: true }),
    }),
    { minLength: 1, maxLength: 150 },
  ),
});

test('every sample lies within 20 ms of its timestamp, lost packets and drift or not', () => {
  fc.assert(
    fc.property(frames, offsets, rates, ({ rate, frameTicks, list }, offset, drift) => {
      const clock = new TrackClock(1 / rate);
      let pts = 7;
      const stamps = list.map(({ gapSeconds, trembleSeconds }) => {
        const stamp = pts + Math.round((gapSeconds + trembleSeconds) * rate);
        pts += frameTicks + Math.round(gapSeconds * rate);
        clock.add(stamp, frameTicks);
        return stamp;
      });
      const segments = clock.segments();
      const decodedSamples = Math.round((list.length * frameTicks * 48_000) / rate);
      const placed = placeTrack(whole(decodedSamples), segments, offset, drift);
      expectNoOverlap(placed);
      for (const stretch of placed) expectOwnSteps(stretch);
      expect(placed.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(decodedSamples);
      for (const [index, stamp] of stamps.entries()) {
        const sample = ((index + 0.5) * frameTicks * 48_000) / rate;
        // Beside a gap up to 10 ms may lie on its other side.
        if (segments.some(({ fromSample }) => fromSample > 0 && Math.abs(fromSample - sample) <= STEP / 2)) continue;
        const stretch = placed.findLast(({ fromSample }) => fromSample <= sample);
        const room = (stretch?.roomSample ?? 0) + (sample - (stretch?.fromSample ?? 0)) / drift;
        const truth = offset + ((stamp - (stamps[0] ?? 0) + frameTicks / 2) * 48_000) / rate / drift;
        expect(Math.abs(room - truth)).toBeLessThanOrEqual(0.02 * 48_000);
      }
    }),
  );
});

test('whatever the timestamps say, nothing sounds twice', () => {
  const wild = fc.array(fc.integer({ min: -48_000, max: 48_000 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(wild, keptRanges, rates, (jumps, kept, rate) => {
      const clock = new TrackClock(1 / 48_000);
      for (const [index, jump] of jumps.entries()) clock.add(index * STEP + jump, STEP);
      const placed = placeTrack(hearingOf(jumps.length * STEP, kept), clock.segments(), 0, rate);
      expectNoOverlap(placed);
      const steps = placed.flatMap(({ energies }) => [...energies]);
      expect(new Set(steps).size).toBe(steps.length);
    }),
  );
});
