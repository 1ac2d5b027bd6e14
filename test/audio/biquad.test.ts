/** The filter by itself: its state, and its answer to tones. */
import { expect, test } from 'vitest';
import { Biquad, highPass, K_WEIGHTING } from '../../src/audio/biquad.ts';

const RATE = 48_000;

/** Level of a tone after the filter against before, once settled, in dB. */
function responseDb(filter: Biquad, hertz: number): number {
  const sound = Float64Array.from({ length: 2 * RATE }, (_, n) => Math.sin((2 * Math.PI * hertz * n) / RATE));
  filter.process(sound);
  const power = sound.subarray(RATE).reduce((sum, value) => sum + value * value, 0) / RATE;
  return 10 * Math.log10(2 * power);
}

test('the high-pass is 3 dB down at its frequency and falls by 12 dB an octave', () => {
  expect(responseDb(new Biquad(highPass(80)), 80)).toBeCloseTo(-3.01, 1);
  expect(responseDb(new Biquad(highPass(80)), 20)).toBeCloseTo(-24.1, 1);
  expect(responseDb(new Biquad(highPass(80)), 1000)).toBeCloseTo(0, 2);
});

test('the K-weighting lifts 997 Hz by 0.691 dB, trebles by 4 dB, and takes the lows away', () => {
  const kDb = (hertz: number) => K_WEIGHTING.reduce((sum, stage) => sum + responseDb(new Biquad(stage), hertz), 0);
  expect(kDb(997)).toBeCloseTo(0.691, 2);
  expect(kDb(10_000)).toBeCloseTo(4, 1);
  expect(kDb(20)).toBeLessThan(-13);
});

test('a sound filtered in parts is the sound filtered whole, and what lies behind `count` is left alone', () => {
  const sound = Float64Array.from({ length: 1000 }, (_, n) => Math.sin(n * n));
  const whole = sound.slice();
  new Biquad(highPass(300)).process(whole);
  const filter = new Biquad(highPass(300));
  const parts = sound.slice();
  filter.process(parts, 333);
  expect(parts[333]).toBe(sound[333]);
  filter.process(parts.subarray(333));
  expect(parts).toEqual(whole);
});

test('it comes to rest within a second of silence, and at once when reset', () => {
  for (const coefficients of [highPass(80), ...K_WEIGHTING]) {
    const filter = new Biquad(coefficients);
    expect(filter.atRest).toBe(true);
    filter.process(Float64Array.of(1, -0.5, 0.25));
    expect(filter.atRest).toBe(false);
    for (let step = 0; step < 50; step += 1) filter.process(new Float64Array(960));
    expect(filter.atRest).toBe(true);
    filter.process(Float64Array.of(1));
    filter.reset();
    expect(filter.atRest).toBe(true);
  }
});
