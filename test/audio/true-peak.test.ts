/** Peaks between samples: against known ones, an independent meter, ffmpeg, and itself without any shortcut. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { raiseToPeaksAbove, truePeak } from '../../src/audio/true-peak.ts';
import { ebur128Dbtp, voice } from '../support/ebur128.ts';
import { truePeak as independentDbtp } from '../support/loudness-meter.ts';
import { babble, FFMPEGS, silence } from '../support/sounds.ts';

const RATE = 48_000;
/** Below every sample's size: nothing is left out. */
const NO_SHORTCUT = -1;
const decibels = (factor: number) => 20 * Math.log10(factor);
/** Any samples at all, spikes and jumps among them, with little or much silence between. */
const soundWith = (zeros: number) =>
  fc.array(
    fc.oneof(
      { weight: 10, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
      { weight: 2, arbitrary: fc.constantFrom(1, -1, 30) },
      { weight: zeros, arbitrary: fc.constant(0) },
    ),
    { minLength: 1, maxLength: 300 },
  );
const anySound = fc.oneof(soundWith(5), soundWith(300)).map((samples) => Float32Array.from(samples));

/** Softly begun and ended: a tone cut off has higher peaks where it is cut. */
function fadedTone(seconds: number, hertz: number, degrees: number): Float32Array {
  const sound = silence(seconds);
  return sound.map((_, n) => {
    const fade = Math.min(1, n / 2000, (sound.length - 1 - n) / 2000);
    return 0.5 * fade * Math.sin((2 * Math.PI * hertz * n) / RATE + (degrees * Math.PI) / 180);
  });
}

test.each([
  [4, 45],
  [6, 60],
  [8, 22.5],
  [3, 30],
])('a tone of 1/%i of the sample rate, %d° off, peaks where it does between the samples', (part, degrees) => {
  const sound = fadedTone(0.2, RATE / part, degrees);
  expect(decibels(truePeak(sound))).toBeCloseTo(decibels(0.5), 1);
});

test('silence and no samples at all have no peak; a constant peaks where it begins and ends', () => {
  expect(truePeak(silence(1))).toBe(0);
  expect(truePeak(silence(0))).toBe(0);
  const constant = silence(0.1).fill(0.5);
  expect(truePeak(constant, 100, 4000)).toBeCloseTo(0.5, 12);
  expect(truePeak(constant)).toBeGreaterThan(0.51);
});

test('a single sample is its own peak, wherever it stands', () => {
  for (const at of [0, 1, 31, 32, 33, 99]) {
    const sound = new Float32Array(100);
    sound[at] = -1e4;
    expect(truePeak(sound)).toBe(1e4);
  }
});

test('no shortcut ever hides a peak: every one above the ceiling is found, as if all had been computed', () => {
  fc.assert(
    fc.property(anySound, fc.double({ min: 0, max: 3, noNaN: true }), (sound, ceiling) => {
      const [all, found] = [new Float64Array(sound.length), new Float64Array(sound.length)];
      raiseToPeaksAbove(NO_SHORTCUT, sound, 0, sound.length, all);
      const any = raiseToPeaksAbove(ceiling, sound, 0, sound.length, found);
      expect([...found]).toEqual([...all].map((peak) => (peak > ceiling ? peak : 0)));
      expect(any).toBe(found.some((peak) => peak > 0));
      expect(truePeak(sound)).toBe(Math.max(...all));
      expect(truePeak(sound, 0, sound.length, ceiling)).toBe(Math.max(ceiling, ...all));
    }),
    { seed: 1770, numRuns: 300 },
  );
});

test('the worst there is, samples of 1 that make 2.4 between two of them, is found wherever it stands', () => {
  for (let at = 0; at < 70; at += 1) {
    const sound = new Float32Array(110);
    for (let n = 0; n < 32; n += 1) sound[at + n] = (n < 16 ? n + 1 : n) % 2 === 0 ? 1 : -1;
    expect(truePeak(sound)).toBeGreaterThan(2.4);
    expect(truePeak(sound, 0, sound.length, 2.3)).toBe(truePeak(sound));
  }
});

test('what a second spike soon after the first does later is found too', () => {
  for (let apart = 1; apart < 60; apart += 1) {
    const sound = new Float32Array(120);
    sound[20] = 30;
    sound[20 + apart] = 30;
    const [all, found] = [new Float64Array(120), new Float64Array(120)];
    raiseToPeaksAbove(NO_SHORTCUT, sound, 0, 120, all);
    raiseToPeaksAbove(0.1, sound, 0, 120, found);
    expect([...found]).toEqual([...all].map((peak) => (peak > 0.1 ? peak : 0)));
  }
});

test('a sound measured in two parts has the peak of the whole', () => {
  fc.assert(
    fc.property(anySound, fc.nat(300), (sound, cut) => {
      const middle = Math.min(cut, sound.length);
      const first = truePeak(sound, 0, middle);
      expect(truePeak(sound, middle, sound.length, first)).toBe(truePeak(sound));
    }),
    { seed: 3341, numRuns: 200 },
  );
});

test('an independent meter agrees within 0.05 dB on what sounds like voices', () => {
  for (const seed of [1, 2, 3]) {
    const sound = babble(1, 0.7, seed);
    expect(Math.abs(decibels(truePeak(sound)) - independentDbtp([sound]))).toBeLessThan(0.05);
  }
});

describe.each(FFMPEGS)('$name', ({ path }) => {
  test('agrees within 0.2 dB on voices and on a tone whose samples miss its peaks', () => {
    for (const sound of [voice(path, 'p1-1.ogg', 10), voice(path, 'p4-1.ogg', 10), fadedTone(1, 11_999, 0)]) {
      expect(Math.abs(decibels(truePeak(sound)) - ebur128Dbtp(path, sound))).toBeLessThan(0.2);
    }
  });
});
