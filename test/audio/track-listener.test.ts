/** One pass over a track: what it tells, what it keeps, and that neither depends on how the samples arrive. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packStep, STEP_BYTES, unpackSteps } from '../../src/audio/kept-sound.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { TrackListener } from '../../src/audio/track-listener.ts';
import { listen } from '../support/listening.ts';
import { addAt, silence, tone } from '../support/sounds.ts';
import { atLufs, noise, repeated, voice } from '../support/voices.ts';

const speech = voice('p3-1').subarray(0, 12 * 48_000 + 123);
const bytesOf = (packed: readonly Uint8Array[]) => Buffer.concat(packed);

test('what is told and kept is the same, however the samples are cut into pieces', () => {
  const whole = listen(speech, { kind: 'speech' }, [speech.length]);
  expect(whole.packed.length).toBeGreaterThan(100);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const pieces = listen(speech, { kind: 'speech' }, lengths);
      expect(pieces.hearing).toEqual(whole.hearing);
      expect(Buffer.compare(bytesOf(pieces.packed), bytesOf(whole.packed))).toBe(0);
    }),
    { numRuns: 12 },
  );
});

test('listening leaves the samples as they are', () => {
  const copy = speech.slice();
  listen(copy);
  expect(Buffer.compare(Buffer.from(copy.buffer), Buffer.from(speech.slice().buffer))).toBe(0);
});

describe('a track that is known', () => {
  const sound = addAt(repeated(noise(10, -60, 'pink', 5), 100), atLufs(speech, -30), 70);
  const first = listen(sound);

  test('is packed to the same bytes as when it was first listened to, with nothing held back', () => {
    expect(first.hearing.kept.length).toBeGreaterThan(0);
    const second = listen(sound, { kind: 'speech', known: first.hearing });
    expect(second.hearing).toBe(first.hearing);
    expect(Buffer.compare(bytesOf(second.packed), bytesOf(first.packed))).toBe(0);
    expect(second.mostWaitingSteps).toBe(0);
  });

  test('is refused when it has another length than then', () => {
    expect(() => listen(sound.subarray(1), { kind: 'speech', known: first.hearing })).toThrow(
      /decodes to 4799999 samples, but 4800000 when it was first listened to/,
    );
  });

  test('was never held back for longer than 61 s', () => {
    expect(first.mostWaitingSteps).toBeGreaterThan(3000);
    // A piece of 16,384 samples may be in it.
    expect(first.mostWaitingSteps).toBeLessThan(3050);
  });
});

test('kept steps hold the high-passed sound of just their place, and its energy and peak', () => {
  const { hearing, packed } = listen(speech);
  const meter = new StepMeter({ highPassHertz: 80 });
  const expected = new Uint8Array(STEP_BYTES);
  let index = 0;
  for (let step = 0; step * 960 < speech.length; step += 1) {
    const samples = new Float32Array(960);
    samples.set(speech.subarray(step * 960, step * 960 + 960));
    meter.measure(samples);
    const stretch = hearing.kept.find((one) => one.firstStep <= step && step < one.firstStep + one.stepCount);
    if (stretch === undefined) continue;
    packStep(samples, expected, 0);
    expect(Buffer.compare(packed[index] ?? new Uint8Array(), expected)).toBe(0);
    expect(stretch.energies[step - stretch.firstStep]).toBe(Math.fround(meter.energy));
    expect(stretch.peaks[step - stretch.firstStep]).toBe(Math.fround(meter.peak));
    index += 1;
  }
  expect(index).toBe(packed.length);
});

test('rumble below speech is taken out of speech and left in music', () => {
  const rumble = tone(4, 20, 0.5);
  const heard = (kind: 'speech' | 'music') => {
    const { packed } = listen(rumble, { kind });
    const samples = new Float32Array(packed.length * 960);
    unpackSteps(bytesOf(packed), samples, 0);
    return samples.subarray(48_000).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  };
  expect(heard('music')).toBeCloseTo(0.5, 3);
  expect(heard('speech')).toBeLessThan(0.05);
});

test('a steady tone in talk measures as loud as it is, and there is no noise to tell of', () => {
  const { hearing } = listen(tone(20, 997, 10 ** (-20 / 20)));
  expect(hearing.speechLufs).toBeCloseTo(-23.01, 1);
  expect(hearing.noiseLufs).toBeNull();
  expect(hearing.samplePeakDbfs).toBeCloseTo(-20, 2);
});

test('one short word, shorter than a block of loudness, still has its loudness', () => {
  const { speechLufs, talk } = listen(addAt(silence(5), tone(0.1, 997, 0.1), 2)).hearing;
  expect(talk.map(({ stepCount }) => stepCount < 20)).toEqual([true]);
  expect(speechLufs).toBeGreaterThan(-32);
  expect(speechLufs).toBeLessThan(-26);
});

test('digital silence, one sample and no sample at all are tracks in which nobody is heard', () => {
  const nothing = { kept: [], talk: [], speechLufs: null, noiseLufs: null, samplePeakDbfs: null, dcOffset: 0 };
  expect(listen(silence(3)).hearing).toMatchObject({ ...nothing, decodedSamples: 144_000 });
  expect(listen(silence(0)).hearing).toMatchObject({ ...nothing, decodedSamples: 0 });
  const one = listen(new Float32Array([0.25])).hearing;
  expect(one).toMatchObject({ decodedSamples: 1, dcOffset: 0.25 });
  expect(one.samplePeakDbfs).toBeCloseTo(-12.04, 2);
});

test('what decoders leave of digital silence is digital silence', () => {
  const sound = addAt(silence(10), tone(1, 440, 0.2), 2).map((sample) => sample + 4.2e-45);
  const { hearing, packed } = listen(sound, { kind: 'music' });
  expect(hearing.noiseLufs).toBeNull();
  expect(packed.at(-1)?.every((byte) => byte === 0)).toBe(true);
  expect(listen(sound.subarray(240_000)).hearing.samplePeakDbfs).toBeNull();
});

test('NaN and infinity become silence and are counted; what is far beyond full scale is held at four times', () => {
  const sound = tone(2, 440, 0.1);
  sound.fill(Number.NaN, 1000, 1007);
  sound[50_000] = Infinity;
  sound[50_001] = -Infinity;
  sound[60_000] = 1e30;
  const { hearing, packed } = listen(sound);
  expect(hearing.nonFiniteSamples).toBe(9);
  expect(hearing.samplePeakDbfs).toBeCloseTo(20 * Math.log10(4), 5);
  const samples = new Float32Array(packed.length * 960);
  unpackSteps(bytesOf(packed), samples, 0);
  expect(samples.every((sample) => Number.isFinite(sample) && Math.abs(sample) < 8)).toBe(true);
  expect(hearing.speechLufs).not.toBeNaN();
  expect(hearing.kept.every(({ energies }) => energies.every(Number.isFinite))).toBe(true);
});

test('runs of three or more samples at full scale are clipped, across steps too; shorter ones and other signs are not', () => {
  const sound = silence(1);
  sound.fill(1, 958, 962);
  sound.fill(-1, 5000, 5003);
  sound.fill(1, 9000, 9002);
  sound.set([1, -1, 1, -1, 1, -1], 12_000);
  sound.fill(2, 48_000 - 5);
  expect(listen(sound).hearing.clippedSamples).toBe(4 + 3 + 5);
});

test('an offset is told and is not heard', () => {
  const { hearing } = listen(tone(10, 440, 0.05).map((sample) => sample + 0.125));
  expect(hearing.dcOffset).toBeCloseTo(0.125, 6);
  expect(hearing.speechLufs).toBeCloseTo(listen(tone(10, 440, 0.05)).hearing.speechLufs ?? 0, 1);
});

test('the last step is filled up with silence, and only real samples are counted', () => {
  const { hearing, packed } = listen(tone(1, 440, 0.5).subarray(0, 47_041));
  expect(hearing.decodedSamples).toBe(47_041);
  expect(hearing.kept.map(({ firstStep, stepCount }) => [firstStep, stepCount])).toEqual([[0, 50]]);
  expect(packed.length).toBe(50);
});

test('bytes handed on are worth keeping only as a copy: their place is used again', () => {
  const seen = new Set<ArrayBufferLike>();
  const listener = new TrackListener({ kind: 'music' }, (step) => seen.add(step.buffer));
  listener.hear(tone(2, 440, 0.5));
  listener.end();
  expect(seen.size).toBe(1);
});
