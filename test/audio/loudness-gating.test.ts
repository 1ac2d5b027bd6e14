/** Meter and gates against the synthetic cases of EBU Tech 3341 and 3342, and against ffmpeg on voices. */
import { describe, expect, test } from 'vitest';
import {
  blockEnergies,
  energyToLufs,
  integratedFromBlocks,
  loudnessRangeLu,
  lufsToEnergy,
  shortTermEnergies,
} from '../../src/audio/loudness-gating.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { ebur128Lufs, voice } from '../support/ebur128.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { FFMPEGS, silence, tone } from '../support/sounds.ts';

const STEP = 960;

function stepEnergies(samples: Float32Array): Float64Array {
  const meter = new StepMeter();
  return Float64Array.from({ length: Math.floor(samples.length / STEP) }, (_, n) => {
    meter.measure(samples.slice(n * STEP, (n + 1) * STEP));
    return meter.energy;
  });
}

/** A 1 kHz tone in parts of so many seconds at so many dBFS, joined. */
type Parts = readonly (readonly [seconds: number, dbfs: number])[];
const toneOf = (parts: Parts) => {
  const sounds = parts.map(([seconds, dbfs]) => tone(seconds, 1000, 10 ** (dbfs / 20)));
  const joined = new Float32Array(sounds.reduce((length, sound) => length + sound.length, 0));
  let at = 0;
  for (const sound of sounds) {
    joined.set(sound, at);
    at += sound.length;
  }
  return joined;
};
/** Energies of several channels, each with its weight. */
const summed = (channels: readonly (readonly [weight: number, parts: Parts])[]) => {
  const energies = channels.map(([weight, parts]) => stepEnergies(toneOf(parts)).map((energy) => weight * energy));
  return (energies[0] ?? new Float64Array()).map((_, n) => energies.reduce((sum, one) => sum + (one[n] ?? 0), 0));
};
const stereo = (parts: Parts) => summed([[2, parts]]);
const integrated = (steps: Float64Array) => integratedFromBlocks(blockEnergies(steps));

describe('integrated loudness of EBU Tech 3341', () => {
  test.each<[string, Parts, number]>([
    ['1', [[20, -23]], -23],
    ['2', [[20, -33]], -33],
    [
      '3',
      [
        [10, -36],
        [60, -23],
        [10, -36],
      ],
      -23,
    ],
    [
      '4',
      [
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ],
      -23,
    ],
    [
      '5',
      [
        [20, -26],
        [20.1, -20],
        [20, -26],
      ],
      -23,
    ],
  ])('case %s reads within 0.1 LU', (_, parts, expected) => {
    expect(Math.abs((integrated(stereo(parts)) ?? 0) - expected)).toBeLessThan(0.1);
  });

  test('case 6, five channels with the surrounds weighted, reads within 0.1 LU', () => {
    const channels = (
      [
        [1, -28],
        [1, -28],
        [1, -24],
        [1.41, -30],
        [1.41, -30],
      ] as const
    ).map(([weight, dbfs]) => [weight, [[20, dbfs]]] as const);
    expect(Math.abs((integrated(summed(channels)) ?? 0) + 23)).toBeLessThan(0.1);
  });
});

test.each<[string, Parts, number]>([
  [
    '1',
    [
      [20, -20],
      [20, -30],
    ],
    10,
  ],
  [
    '2',
    [
      [20, -20],
      [20, -15],
    ],
    5,
  ],
  [
    '3',
    [
      [20, -40],
      [20, -20],
    ],
    20,
  ],
  [
    '4',
    [
      [20, -50],
      [20, -35],
      [20, -20],
      [20, -35],
      [20, -50],
    ],
    15,
  ],
])('loudness range of EBU Tech 3342, case %s, reads within 0.3 LU', (_, parts, expected) => {
  expect(Math.abs(loudnessRangeLu(shortTermEnergies(stereo(parts))) - expected)).toBeLessThan(0.3);
});

describe.each(FFMPEGS)('voices by $name', ({ path }) => {
  test.each(['p1-1.ogg', 'p2-1.ogg'])('%s is as loud as its ebur128 says, within 0.1 LU', (name) => {
    const samples = voice(path, name, 30);
    const ours = integrated(stepEnergies(samples)) ?? 0;
    expect(Math.abs(ours - ebur128Lufs(path, samples))).toBeLessThan(0.1);
    expect(ours).toBeCloseTo(integratedLoudness([samples]), 1);
  });
});

test('energy and LUFS turn into one another', () => {
  expect(energyToLufs(lufsToEnergy(-16))).toBeCloseTo(-16, 12);
  expect(lufsToEnergy(Number.NEGATIVE_INFINITY)).toBe(0);
});

test('a block is the mean of its 20 steps, one begins every 5 steps, and what is shorter has none', () => {
  const steps = Float32Array.from({ length: 29 }, (_, n) => n);
  expect([...blockEnergies(steps)]).toEqual([9.5, 14.5]);
  expect(blockEnergies(steps.subarray(0, 19))).toHaveLength(0);
  expect(blockEnergies(steps.subarray(0, 20))).toHaveLength(1);
  expect(shortTermEnergies(new Float64Array(149))).toHaveLength(0);
  expect(shortTermEnergies(new Float64Array(150).fill(2))).toEqual(Float64Array.of(2));
});

test('steps, blocks and windows that are NaN, infinite or negative count as silence', () => {
  const broken = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1];
  const steps = Float64Array.from({ length: 20 }, (_, n) => broken[n] ?? 1);
  expect([...blockEnergies(steps)]).toEqual([16 / 20]);
  const loud = lufsToEnergy(-20);
  expect(integratedFromBlocks([loud, ...broken])).toBeCloseTo(-20, 9);
  expect(loudnessRangeLu([loud, ...broken, loud])).toBe(0);
  expect(integratedFromBlocks(broken)).toBeNull();
});

test('silence has no loudness and no range', () => {
  const steps = stepEnergies(silence(5));
  expect(integrated(steps)).toBeNull();
  expect(loudnessRangeLu(shortTermEnergies(steps))).toBe(0);
});
