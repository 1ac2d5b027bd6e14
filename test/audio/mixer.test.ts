/** Cues add up to the same sound in whatever pieces they are asked for, and cut cues to the same as whole ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cue,
  type CuedTrack,
  type CueSheet,
  cuesOf,
  cuesWithin,
  type KeptPiece,
} from '../../src/audio/cue-sheet.ts';
import { factorAt, mixInto } from '../../src/audio/mixer.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { noise } from '../support/stretches.ts';

const STEP = 960;
const SECOND = 48_000;
const lanes = [noise(3, -20, 1), noise(3, -26, 2), noise(3, -30, 3)];

/** What a lane file would hand out: zeros before its beginning and after its end. */
function readLane(lane: number, fromSample: number, count: number): Float32Array {
  const sound = lanes[lane] ?? new Float32Array();
  return Float32Array.from({ length: count }, (_, n) => sound[fromSample + n] ?? 0);
}

function mix(cues: readonly Cue[], from: number, length: number, channels = 1, gain = 0.7): Float32Array[] {
  const into = Array.from({ length: channels }, () => new Float32Array(length));
  mixInto(into, from, cues, gain, readLane);
  return into;
}

function stretchOf(steps: number, roomSample: number, fromSample = 0, rate = 1): PlacedStretch {
  const some = new Float32Array(steps).fill(0.01);
  const talk = new Uint8Array(steps).fill(1);
  return { roomSample, fromSample, sampleCount: steps * STEP, rate, energies: some, peaks: some, talk };
}

function track(lane: number, stretch: PlacedStretch, gains: Float32Array, places = { left: 1, right: 1 }): CuedTrack {
  return { lane, stretches: [stretch], gains: [gains], ...places };
}

const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let most = 0;
  for (let n = 0; n < Math.max(a.length, b.length); n += 1) most = Math.max(most, Math.abs((a[n] ?? 9) - (b[n] ?? 9)));
  return most;
};

const rates = fc.constantFrom(1, 1 + 150e-6, 1 - 300e-6);
const curves = (steps: number) =>
  fc.array(fc.constantFrom(0, 0, 1, 1, 0.3, 2.5), { minLength: steps + 1, maxLength: steps + 1 });

/** Some tracks, and an edit that cuts two or three pieces out of the room, at any samples. */
const sheets = fc
  .record({
    tracks: fc.array(
      fc.record({
        lane: fc.nat(2),
        roomSample: fc.integer({ min: -3000, max: 20_000 }),
        firstStep: fc.nat(5),
        rate: rates,
        gains: curves(40),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    cuts: fc.array(fc.nat(50_000), { minLength: 4, maxLength: 6 }),
  })
  .map(({ tracks, cuts }): CueSheet => {
    const edges = [...new Set(cuts)].sort((a, b) => a - b);
    const pieces: KeptPiece[] = [];
    let episodeFrom = 700;
    for (let n = 0; n + 1 < edges.length; n += 2) {
      const [roomFrom = 0, roomTo = 0] = [edges[n], edges[n + 1]];
      pieces.push({ roomFrom, length: roomTo - roomFrom, episodeFrom });
      episodeFrom += roomTo - roomFrom;
    }
    const cued = tracks.map(({ lane, roomSample, firstStep, rate, gains }) =>
      track(lane, stretchOf(40, roomSample, firstStep * STEP, rate), Float32Array.from(gains)),
    );
    return { durationSamples: episodeFrom, channels: 1, cues: cuesOf(cued, pieces) };
  });

describe('mixing', () => {
  it('gives the same samples in any pieces, each from only the cues that it needs', () => {
    fc.assert(
      fc.property(sheets, fc.array(fc.nat(50_000), { minLength: 1, maxLength: 6 }), (sheet, cuts) => {
        const [whole = new Float32Array()] = mix(sheet.cues, 0, sheet.durationSamples);
        const edges = [...new Set([0, ...cuts.map((cut) => cut % sheet.durationSamples), sheet.durationSamples])];
        edges.sort((a, b) => a - b);
        for (const [n, from] of edges.slice(0, -1).entries()) {
          const to = edges[n + 1] ?? from;
          const [piece = new Float32Array()] = mix(cuesWithin(sheet, from, to), from, to - from);
          expect(farthest(piece, whole.subarray(from, to))).toBeLessThan(2e-7);
        }
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('reads each lane sample where the room has it, times its gain, by the sample', () => {
    const gains = Float32Array.from({ length: 51 }, (_, edge) => (edge % 3) / 2);
    const [cue] = cuesOf(
      [track(0, stretchOf(50, 4_000, 2 * STEP), gains)],
      [{ roomFrom: 0, length: SECOND, episodeFrom: 1_000 }],
    );
    if (!cue) throw new Error('no cue');
    const [heard = new Float32Array()] = mix([cue], 0, SECOND + 1_000, 1, 1);
    expect([...heard.subarray(0, 5_000)].every((value) => value === 0)).toBe(true);
    for (const at of [5_000, 5_001, 5_960, 7_777, 30_123]) {
      const step = (at - 5_000) / STEP;
      const [low, share] = [Math.floor(step), step % 1];
      const factor = (gains[low] ?? 0) * (1 - share) + (gains[low + 1] ?? 0) * share;
      expect(heard[at]).toBeCloseTo((lanes[0]?.[at - 5_000 + 2 * STEP] ?? 0) * factor, 6);
    }
  });

  it('puts speakers in their places on two channels, and leaves places aside on one', () => {
    const ones = new Float32Array(51).fill(1);
    const cues = cuesOf(
      [track(1, stretchOf(50, 0), ones, { left: 1.1, right: 0.8 })],
      [{ roomFrom: 0, length: SECOND, episodeFrom: 0 }],
    );
    const [alone = new Float32Array()] = mix(cues, 0, SECOND, 1, 1);
    const [left = new Float32Array(), right = new Float32Array()] = mix(cues, 0, SECOND, 2, 1);
    expect(farthest(alone, lanes[1]?.subarray(0, SECOND) ?? [])).toBeLessThan(1e-7);
    expect(
      farthest(
        left,
        alone.map((value) => 1.1 * value),
      ),
    ).toBeLessThan(1e-7);
    expect(
      farthest(
        right,
        alone.map((value) => 0.8 * value),
      ),
    ).toBeLessThan(1e-7);
  });
});

describe('cues', () => {
  const whole = [{ roomFrom: 0, length: 2 * SECOND, episodeFrom: 0 }];
  const ones = (steps: number) => new Float32Array(steps + 1).fill(1);

  it('cut in pieces that are heard back to back add up to the same sound, but for 10 ms at the joints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 * SECOND - 1 }), rates, (joint, rate) => {
        const cued = [track(0, stretchOf(90, 3_000, 0, rate), ones(90)), track(2, stretchOf(60, 20_000), ones(60))];
        const pieces = [
          { roomFrom: 0, length: joint, episodeFrom: 0 },
          { roomFrom: joint, length: 2 * SECOND - joint, episodeFrom: joint },
        ];
        const [once = new Float32Array()] = mix(cuesOf(cued, whole), 0, 2 * SECOND);
        const [cut = new Float32Array()] = mix(cuesOf(cued, pieces), 0, 2 * SECOND);
        const [from, to] = [Math.max(0, joint - 480), Math.min(2 * SECOND, joint + 480)];
        expect(farthest(cut.subarray(0, from), once.subarray(0, from))).toBeLessThan(2e-7);
        expect(farthest(cut.subarray(to), once.subarray(to))).toBeLessThan(2e-7);
        expect(Math.abs(cut[joint] ?? 0)).toBeLessThan(1e-6);
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('fade where an edit cuts into sound only, by straight ramps of 10 ms', () => {
    const cues = cuesOf(
      [track(0, stretchOf(50, 10_000), ones(50))],
      [
        { roomFrom: 0, length: 30_000, episodeFrom: 0 },
        { roomFrom: 40_000, length: 50_000, episodeFrom: 30_000 },
      ],
    );
    expect(cues.map(({ fadeInSamples, fadeOutSamples }) => [fadeInSamples, fadeOutSamples])).toEqual([
      [0, 480],
      [480, 0],
    ]);
    const [first, second] = cues;
    if (!first || !second) throw new Error('no cues');
    expect([29_519, 29_760, 30_000].map((at) => factorAt(first, at))).toEqual([1, 0.5, 0]);
    expect([30_000, 30_240, 30_480].map((at) => factorAt(second, at))).toEqual([0, 0.5, 1]);
  });

  it('are sorted by start, leave out what is cut, and miss no curve without a word', () => {
    const cued = [track(1, stretchOf(10, 40_000), ones(10)), track(0, stretchOf(10, 0), ones(10))];
    expect(cuesOf(cued, whole).map(({ lane, start }) => [lane, start])).toEqual([
      [0, 0],
      [1, 40_000],
    ]);
    expect(cuesOf(cued, [{ roomFrom: 20_000, length: 10_000, episodeFrom: 0 }])).toEqual([]);
    expect(() => cuesOf([{ lane: 4, stretches: [stretchOf(1, 0)], gains: [], left: 1, right: 1 }], whole)).toThrow(
      /no gain curve.*lane 4/,
    );
  });

  it('for a part of an episode carry no more of their curves than that part needs', () => {
    const sheet = {
      durationSamples: 2 * SECOND,
      channels: 1 as const,
      cues: cuesOf([track(0, stretchOf(90, 0), ones(90))], whole),
    };
    const [cue] = cuesWithin(sheet, 40 * STEP, 45 * STEP);
    expect(cue?.curve.gains.length).toBeLessThan(12);
    expect(cue?.energies.length).toBe((cue?.curve.gains.length ?? 0) - 1);
    expect(cuesWithin(sheet, 90 * STEP, 2 * SECOND)).toEqual([]);
  });
});
