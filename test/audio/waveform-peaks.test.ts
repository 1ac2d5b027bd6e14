/** The outline of sound that the studio draws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Waveform, WaveformPeaks, waveformOf } from '../../src/audio/waveform-peaks.ts';

const outlineOf = (chunks: readonly Float32Array[], samplesPerPeak?: number) => {
  const peaks = new WaveformPeaks(samplesPerPeak);
  for (const chunk of chunks) peaks.add(chunk);
  return peaks.end();
};

test('each point holds its lowest and highest sample, on 8 bits', () => {
  const sound = Float32Array.of(0, 0.5, -0.25, 1, Number.NaN, -1.5, 7, 0);
  expect(outlineOf([sound], 4)).toEqual([-32, 127, -128, 127]);
  expect(outlineOf([Float32Array.of(-0.001, 0.001)], 4)).toEqual([0, 0]);
});

test('it does not matter in which chunks the sound comes', () => {
  const sound = fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(sound, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 20 }), (samples, size, perPeak) => {
      const chunks = Array.from({ length: Math.ceil(samples.length / size) }, (_, n) =>
        samples.subarray(n * size, (n + 1) * size),
      );
      const whole = outlineOf([samples], perPeak);
      expect(outlineOf(chunks, perPeak)).toEqual(whole);
      expect(whole.length).toBe(2 * Math.ceil(samples.length / perPeak));
    }),
  );
});

test('slices of 150 s make the outline of the whole, ten points a second', () => {
  const slice = new Float32Array(150 * 48_000).map((_, n) => Math.sin(n / 70_000));
  const rest = new Float32Array(5000).fill(0.5);
  const waveform = waveformOf([outlineOf([slice]), outlineOf([rest])]);
  expect(Waveform.parse(JSON.parse(JSON.stringify(waveform)))).toEqual(waveform);
  expect(waveform).toMatchObject({ version: 2, sample_rate: 48_000, samples_per_pixel: 4800, bits: 8, length: 1502 });
  expect(waveform.data).toEqual(outlineOf([slice, rest]));
  expect(waveform.data.slice(-4)).toEqual([0, 64, 0, 64]);
});
