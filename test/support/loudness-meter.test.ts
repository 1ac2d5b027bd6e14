/** The tests' own meter against the synthetic cases of EBU Tech 3341, and its true peak against a known one. */
import { expect, test } from 'vitest';
import { integratedLoudness, truePeak } from './loudness-meter.ts';
import { silence, tone } from './sounds.ts';

const decibels = (db: number) => 10 ** (db / 20);

test.each([
  ['case 1', -23],
  ['case 2', -33],
])('%s of EBU Tech 3341: a stereo 1 kHz tone of the given level reads as that many LUFS', (_, level) => {
  const channel = tone(20, 1000, decibels(level));
  expect(integratedLoudness([channel, channel])).toBeCloseTo(level, 1);
});

test('case 3 of EBU Tech 3341: the quiet parts around a loud one are gated out', () => {
  const [quiet, loud] = [tone(10, 1000, decibels(-36)), tone(60, 1000, decibels(-23))];
  const channel = new Float32Array([...quiet, ...loud, ...quiet]);
  expect(integratedLoudness([channel, channel])).toBeCloseTo(-23, 1);
});

test('the peak between two samples is found', () => {
  // A quarter of the sample rate, 45° off: every sample is 3 dB below the true peak.
  const channel = silence(1).map((_, n) => 0.5 * Math.sin((Math.PI * n) / 2 + Math.PI / 4));
  expect(truePeak([channel])).toBeCloseTo(-6.02, 1);
});

test('silence has no loudness', () => {
  expect(integratedLoudness([silence(2)])).toBe(Number.NEGATIVE_INFINITY);
});
