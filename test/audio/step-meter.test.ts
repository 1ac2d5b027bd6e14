/** What the step meter hears: levels, rumble, silence, and samples that are no numbers. */
import { expect, test } from 'vitest';
import { energyToLufs } from '../../src/audio/loudness-gating.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { addAt, babble, silence, tone } from '../support/sounds.ts';

const STEP = 960;

interface Heard {
  readonly energies: number[];
  readonly peaks: number[];
  readonly samples: Float32Array;
}

function hear(sound: Float32Array, highPassHertz?: number): Heard {
  const meter = new StepMeter(highPassHertz === undefined ? {} : { highPassHertz });
  const samples = sound.slice();
  const [energies, peaks]: [number[], number[]] = [[], []];
  for (let from = 0; from + STEP <= samples.length; from += STEP) {
    meter.measure(samples.subarray(from, from + STEP));
    energies.push(meter.energy);
    peaks.push(meter.peak);
  }
  return { energies, peaks, samples };
}

const levelDb = (sound: Float32Array) =>
  10 * Math.log10(sound.subarray(24_000).reduce((sum, x) => sum + x * x, 0) / (sound.length - 24_000));

test('a full-scale 997 Hz tone has -3.01 LUFS in each step, and its peak', () => {
  const { energies, peaks } = hear(tone(1, 997, 1));
  for (const energy of energies.slice(25)) expect(energyToLufs(energy)).toBeCloseTo(-3.01, 1);
  for (const peak of peaks) expect(peak).toBeCloseTo(1, 2);
});

test('without a high-pass the samples stay as they are', () => {
  const sound = babble(1, 0.5, 3);
  expect(Buffer.from(hear(sound).samples.buffer).equals(Buffer.from(sound.buffer))).toBe(true);
});

test('the high-pass takes 3 dB at its frequency, 12 dB an octave below, nothing of a voice, and all of DC', () => {
  const lossDb = (hertz: number) => levelDb(tone(2, hertz, 0.5)) - levelDb(hear(tone(2, hertz, 0.5), 80).samples);
  expect(lossDb(80)).toBeCloseTo(3, 1);
  expect(lossDb(40)).toBeCloseTo(12.3, 1);
  expect(lossDb(300)).toBeCloseTo(0, 1);
  expect(hear(silence(2).fill(0.3), 80).peaks.at(-1)).toBeLessThan(1e-6);
});

test('energy and peak are those of the high-passed sound', () => {
  const rumbling = hear(tone(2, 20, 0.5), 80);
  expect(rumbling.peaks.at(-1)).toBeLessThan(0.04);
  expect(rumbling.energies.at(-1)).toBeLessThan((hear(tone(2, 20, 0.5)).energies.at(-1) ?? 0) / 100);
});

test('after long silence a sound is measured as if it were the first', () => {
  const sound = babble(1, 0.5, 8);
  const again = addAt(addAt(silence(32), sound, 0), sound, 31);
  const [first, second] = [hear(sound, 70), hear(again, 70)];
  expect(second.energies.slice(-50)).toEqual(first.energies);
  expect(second.peaks.slice(-50)).toEqual(first.peaks);
  expect(second.energies[50 + 100]).toBe(0);
  expect(second.peaks[50 + 100]).toBe(0);
});

test('samples that are NaN or infinite are silence, and harm no other', () => {
  const broken = babble(1, 0.5, 5);
  const mended = broken.slice();
  for (const [n, value] of [
    [0, NaN],
    [5000, Infinity],
    [5001, -Infinity],
    [20_000, NaN],
  ] as const) {
    broken[n] = value;
    mended[n] = 0;
  }
  for (const highPassHertz of [undefined, 80]) {
    const [heard, expected] = [hear(broken, highPassHertz), hear(mended, highPassHertz)];
    expect(heard.samples.every(Number.isFinite)).toBe(true);
    // The filters start anew in that step; 0.3 s later nothing of it is left.
    for (const [n, energy] of heard.energies.entries()) expect(Number.isFinite(energy), `step ${n}`).toBe(true);
    for (const n of [4, 19, 40, 49]) expect(heard.energies[n]).toBeCloseTo(expected.energies[n] ?? 0, 6);
  }
});

test('a step of another length is refused', () => {
  expect(() => new StepMeter().measure(new Float32Array(959))).toThrow('960 samples, not 959');
});
