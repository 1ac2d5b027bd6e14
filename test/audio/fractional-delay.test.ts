/** Reads between samples as exactly as sixteen bits can tell, for every drift that is corrected. */
import { describe, expect, it } from 'vitest';
import { INTERPOLATION_MARGIN_SAMPLES, interpolate } from '../../src/audio/fractional-delay.ts';

const MARGIN = INTERPOLATION_MARGIN_SAMPLES;
const sine = (hertz: number, at: number) => Math.sin((2 * Math.PI * hertz * at) / 48_000 + 0.3);

/** The error's energy under that of the tone, in dB, of a tone read so much faster or slower from between two samples. */
function errorDb(hertz: number, from: number, rate: number): number {
  const count = 20_000;
  const sound = Float64Array.from({ length: count + 200 }, (_, n) => sine(hertz, n));
  const read = interpolate(Float32Array.from(sound), from, rate, count);
  let [error, whole] = [0, 0];
  for (const [n, value] of read.entries()) {
    error += (value - sine(hertz, from + n * rate)) ** 2;
    whole += sine(hertz, from + n * rate) ** 2;
  }
  return 10 * Math.log10(error / whole);
}

describe('interpolation', () => {
  it.each([1 + 150e-6, 1 - 150e-6, 1 + 300e-6, 1 - 300e-6, 1])(
    'at a rate of %d errs by less than -80 dB up to 16 kHz',
    (rate) => {
      for (const hertz of [60, 1_000, 5_000, 11_000, 16_000]) {
        for (const from of [MARGIN, MARGIN + 0.5, MARGIN + 0.123]) {
          expect(errorDb(hertz, from, rate), `${hertz} Hz from ${from}`).toBeLessThan(-80);
        }
      }
    },
  );

  it('gives samples as they are at whole places, and a steady value everywhere', () => {
    const sound = Float32Array.from({ length: 100 }, (_, n) => ((n * 37) % 100) / 100 - 0.5);
    const read = interpolate(sound, 20, 1, 40);
    for (const [n, value] of read.entries()) expect(value).toBeCloseTo(sound[20 + n] ?? 9, 6);
    const steady = interpolate(new Float32Array(100).fill(0.25), 20.37, 1.0001, 40);
    for (const value of steady) expect(value).toBeCloseTo(0.25, 6);
  });

  it('gives the same in parts as in one', () => {
    const sound = Float32Array.from({ length: 3_000 }, (_, n) => sine(3_000, n));
    const whole = interpolate(sound, 30.4, 1.0003, 2_000);
    const rest = interpolate(sound, 30.4 + 777 * 1.0003, 1.0003, 2_000 - 777);
    for (const [n, value] of rest.entries()) expect(Math.abs(value - (whole[777 + n] ?? 9))).toBeLessThan(2e-7);
  });
});
