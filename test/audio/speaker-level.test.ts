/** Every voice comes out equally loud, noise is not brought up, and nothing but the voice moves its gain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { levelSpeaker, SPEECH_LEVEL_LUFS } from '../../src/audio/speaker-level.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { babble, silence, tone } from '../support/sounds.ts';
import {
  fixtureTurns,
  joined,
  keptOf,
  mixed,
  noise,
  scaled,
  talkByLevel,
  wholeStretch,
  withGains,
} from '../support/stretches.ts';

const decibels = (factor: number) => 20 * Math.log10(factor);
const variationDb = (gains: Float32Array) => decibels(Math.max(...gains) / Math.min(...gains));

/** A voice brought to so many LUFS by the independent meter. */
const at = (lufs: number, sound: Float32Array) => scaled(sound, lufs - integratedLoudness([sound]));
const voice = joined(...fixtureTurns('p1')).slice(0, 12 * 48_000);
const talk = talkByLevel(voice);

describe('one gain a speaker', () => {
  const heardAt = (inputLufs: number) => {
    const sound = at(inputLufs, voice);
    const whole = wholeStretch(sound, talk);
    const { levels, gains } = levelSpeaker([{ stretches: [whole], noiseLufs: inputLufs - 45 }]);
    return { level: levels[0], heard: integratedLoudness([withGains(sound, gains[0]?.[0] ?? new Float32Array())]) };
  };

  it.each([-12, -24, -36, -44])('brings a voice at %d LUFS to the common level, by an independent meter', (input) => {
    const { level, heard } = heardAt(input);
    expect(Math.abs(heard - SPEECH_LEVEL_LUFS)).toBeLessThan(0.25);
    expect(Math.abs((level?.outputLufs ?? 0) - SPEECH_LEVEL_LUFS)).toBeLessThan(0.01);
    expect(Math.abs((level?.inputLufs ?? 0) - input)).toBeLessThan(0.25);
    expect(level?.boundedByNoise).toBe(false);
  });

  it('brings different people to one level, whatever they say and however loud they came', () => {
    const heard = [
      [-12, fixtureTurns('p1')[0]],
      [-24, fixtureTurns('p2')[0]],
      [-36, fixtureTurns('p3')[0]],
      [-44, babble(6, 0.4, 5)],
    ].map(([lufs, sound]) => {
      const input = at(lufs as number, sound as Float32Array);
      const stretches = keptOf(wholeStretch(input, talkByLevel(input)));
      const { gains } = levelSpeaker([{ stretches, noiseLufs: null }]);
      const parts = stretches.map(({ fromSample, sampleCount }, n) =>
        withGains(input.slice(fromSample, fromSample + sampleCount), gains[0]?.[n] ?? new Float32Array()),
      );
      return integratedLoudness([joined(...parts)]);
    });
    expect(Math.max(...heard) - Math.min(...heard)).toBeLessThan(0.5);
  });

  it('stops the boost where the noise would come closer than 20 LU to the voices, and says so', () => {
    const stretches = [wholeStretch(at(-45, voice), talk)];
    const { levels, gains } = levelSpeaker([{ stretches, noiseLufs: -55 }]);
    expect(levels[0]?.boundedByNoise).toBe(true);
    expect(levels[0]?.gainDb).toBeCloseTo(SPEECH_LEVEL_LUFS - 20 + 55, 3);
    expect(levels[0]?.wantedGainDb).toBeGreaterThan(25);
    // No step of the noise is brought up further by way of lifting soft talk.
    expect(decibels(Math.max(...(gains[0]?.[0] ?? [])))).toBeLessThanOrEqual(16.001);
  });

  it('never turns a loud voice up, and always turns it down as far as it must, however noisy its microphone', () => {
    const { levels } = levelSpeaker([{ stretches: [wholeStretch(at(-12, voice), talk)], noiseLufs: -30 }]);
    expect(levels[0]?.gainDb).toBeLessThan(-6);
    expect(levels[0]?.boundedByNoise).toBe(false);
    const quiet = levelSpeaker([{ stretches: [wholeStretch(at(-25, voice), talk)], noiseLufs: -30 }]);
    expect(quiet.levels[0]?.gainDb).toBe(0);
    expect(quiet.levels[0]?.boundedByNoise).toBe(true);
  });

  it('goes no further than 40 dB', () => {
    const { levels } = levelSpeaker([{ stretches: [wholeStretch(at(-64, voice), talk)], noiseLufs: null }]);
    expect(levels[0]?.gainDb).toBe(40);
    expect(levels[0]?.boundedByNoise).toBe(false);
    expect(levels[0]?.wantedGainDb).toBeGreaterThan(43);
  });

  it('leaves silence, hiss without talk, and nothing at all alone', () => {
    const hiss = wholeStretch(noise(2, -50, 3), []);
    for (const stretches of [[], [wholeStretch(silence(2), [])], [wholeStretch(silence(2))], [hiss]]) {
      const { levels, gains } = levelSpeaker([{ stretches, noiseLufs: -50 }]);
      expect(levels).toMatchObject([{ inputLufs: null, outputLufs: null, gainDb: 0, boundedByNoise: false }]);
      expect(gains[0]?.map((curve) => [curve.length, new Set(curve)])).toEqual(
        stretches.map(({ energies }) => [energies.length + 1, new Set([1])]),
      );
    }
  });
});

describe('compression', () => {
  it('gives a steady tone one gain', () => {
    for (const amplitude of [0.5, 0.05, 0.003]) {
      const sound = joined(silence(0.6), tone(6, 997, amplitude), silence(0.6));
      const { gains } = levelSpeaker([{ stretches: [wholeStretch(sound, [[0.6, 6.6]])], noiseLufs: null }]);
      expect(variationDb(gains[0]?.[0] ?? new Float32Array())).toBeLessThan(0.05);
    }
  });

  const uneven = joined(at(-20, voice), at(-11, voice.slice(0, 240_000)), at(-31, voice.slice(0, 240_000)));
  const [loudFrom, softFrom] = [voice.length, voice.length + 240_000];
  const flags = talkByLevel(uneven);

  it('takes about one LU of two off what is loud, lifts what is soft a little, and keeps the common level', () => {
    const { levels, gains } = levelSpeaker([{ stretches: [wholeStretch(uneven, flags)], noiseLufs: null }]);
    const heard = withGains(uneven, gains[0]?.[0] ?? new Float32Array());
    const change = (from: number, to: number) =>
      integratedLoudness([heard.slice(from, to)]) - integratedLoudness([uneven.slice(from, to)]);
    const usual = change(0, loudFrom);
    expect(change(loudFrom, softFrom) - usual).toBeLessThan(-0.8);
    const lift = change(softFrom, uneven.length) - usual;
    expect(lift).toBeGreaterThan(0.8);
    expect(lift).toBeLessThan(5);
    expect(Math.abs(integratedLoudness([heard]) - SPEECH_LEVEL_LUFS)).toBeLessThan(0.25);
    expect(levels[0]?.compressionDb.max).toBeGreaterThan(1);
    expect(levels[0]?.compressionDb.max).toBeLessThan(8);
  });

  it('moves slower than syllables', () => {
    const { gains } = levelSpeaker([{ stretches: [wholeStretch(uneven, flags)], noiseLufs: null }]);
    const curve = gains[0]?.[0] ?? new Float32Array();
    const steepest = Math.max(...curve.slice(1).map((gain, n) => Math.abs(decibels(gain / (curve[n] ?? 1)))));
    expect(steepest).toBeLessThan(1.2);
  });

  it('gives every sound of any energy a curve of finite gains within its bounds', () => {
    const energy = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 10, noNaN: true }));
    const step = fc.record({ energy, talks: fc.boolean() });
    const noiseLufs = fc.option(fc.double({ min: -100, max: 0, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), noiseLufs, (steps, noise) => {
        const stretch: PlacedStretch = {
          ...{ roomSample: 0, fromSample: 0, sampleCount: steps.length * 960, rate: 1 },
          energies: Float32Array.from(steps, (one) => one.energy),
          peaks: new Float32Array(steps.length),
          talk: Uint8Array.from(steps, (one) => Number(one.talks)),
        };
        const { levels, gains } = levelSpeaker([{ stretches: [stretch], noiseLufs: noise }]);
        const gainDb = levels[0]?.gainDb ?? Number.NaN;
        expect(Math.abs(gainDb)).toBeLessThanOrEqual(40);
        if (noise !== null) expect(gainDb).toBeLessThanOrEqual(Math.max(0, -39 - noise) + 1e-9);
        expect(gains[0]?.[0]).toHaveLength(steps.length + 1);
        for (const gain of gains[0]?.[0] ?? []) {
          expect(gain).toBeGreaterThan(0);
          expect(decibels(gain)).toBeLessThanOrEqual(gainDb + 3.51);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('a speaker with several tracks', () => {
  it('has one level when they sound alike', () => {
    const tracks = [-30, -28].map((lufs) => ({ stretches: [wholeStretch(at(lufs, voice), talk)], noiseLufs: null }));
    const { levels, gains } = levelSpeaker(tracks);
    expect(levels).toHaveLength(1);
    expect(gains).toHaveLength(2);
  });

  it('has a level for each when they came back with another microphone', () => {
    const inputs = [-40, -20].map((lufs) => at(lufs, voice));
    const tracks = inputs.map((sound) => ({ stretches: [wholeStretch(sound, talk)], noiseLufs: null }));
    const { levels, gains } = levelSpeaker(tracks);
    expect(levels).toHaveLength(2);
    for (const [n, sound] of inputs.entries()) {
      const heard = integratedLoudness([withGains(sound, gains[n]?.[0] ?? new Float32Array())]);
      expect(Math.abs(heard - SPEECH_LEVEL_LUFS)).toBeLessThan(0.25);
    }
  });

  it('levels a track of few words with the one that it resembles most', () => {
    const word = voice.slice(0, 96_000);
    const sounds = [at(-40, voice), at(-20, voice), at(-38, word)];
    const tracks = sounds.map((sound) => ({ stretches: [wholeStretch(sound, talkByLevel(sound))], noiseLufs: null }));
    const { levels } = levelSpeaker(tracks);
    expect(levels).toHaveLength(3);
    expect(levels[2]).toBe(levels[0]);
  });

  it('bounds their common boost by the noisier of them', () => {
    const tracks = [-80, -50, null].map((noiseLufs) => ({
      stretches: [wholeStretch(at(-40, voice), talk)],
      noiseLufs,
    }));
    expect(levelSpeaker(tracks).levels).toMatchObject([{ boundedByNoise: true }]);
  });
});

describe('a gain depends on the voice alone', () => {
  it('is the same wherever in the room it speaks', () => {
    const sound = mixed(at(-30, voice), noise(voice.length / 48_000, -75, 1));
    const early = levelSpeaker([{ stretches: [wholeStretch(sound, talk, 0)], noiseLufs: -70 }]);
    const late = levelSpeaker([{ stretches: [wholeStretch(sound, talk, 3600)], noiseLufs: -70 }]);
    expect(late).toEqual(early);
  });
});
