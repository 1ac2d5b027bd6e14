/** Row by row: the noise of twelve open microphones, and gains that stay where they are when others come and go. */
import { beforeAll, describe, expect, test } from 'vitest';
import { microphoneNoise } from '../../fixtures/sound.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { tone, toneLevel } from '../support/sounds.ts';
import { type Heard, type Microphone, render } from './room-builder.ts';
import { type Person, spoken } from './voices.ts';
import { levelDbfs } from './word-meter.ts';

describe('twelve open, noisy microphones', () => {
  const SECONDS = 54;
  const PEOPLE: readonly Person[] = ['ana', 'june', 'carlo'];
  const noisy = (index: number): Microphone => {
    const person = PEOPLE[index % PEOPLE.length] ?? 'ana';
    // The first one speaks twice with a breath of 0.5 s between, and is silent for 4 s afterwards.
    const whole = spoken(person, -26, index === 0 ? [0, 1] : [Math.floor(index / 3)]);
    const words = index === 0 ? whole : whole.map((sound) => sound.slice(0, 2.6 * 48_000));
    const begins = index === 0 ? [1, 1.5 + (words[0]?.length ?? 0) / 48_000] : [14.5 + 3.2 * index];
    return {
      participantId: `p${index}`,
      to: SECONDS,
      noise: { dbfs: -50, seed: 40 + index },
      said: words.map((sound, turn) => ({ at: begins[turn] ?? 0, sound })),
    };
  };
  const [first = new Float32Array()] = spoken('ana', -26, [0, 1]);
  const breath = 1 + first.length / 48_000;

  let [one, twelve]: [Heard | undefined, Heard | undefined] = [undefined, undefined];
  beforeAll(async () => {
    one = await render({ seconds: SECONDS, microphones: [noisy(0)] });
    twelve = await render({ seconds: SECONDS, microphones: Array.from({ length: 12 }, (_, index) => noisy(index)) });
  }, 120_000);

  /** Below this nobody hears a difference. */
  const INAUDIBLE_DBFS = -75;

  test.each([
    ['in a pause of 4 s', 14, 16.5],
    ['in a breath between two sentences', breath + 0.1, breath + 0.45],
  ])('are at most 1 dB noisier than one, %s', (_what, from, to) => {
    const [alone, together] = [one, twelve].map((heard) => levelDbfs(heard?.left ?? new Float32Array(), from, to));
    expect(together).toBeLessThanOrEqual(Math.max(alone ?? 0, INAUDIBLE_DBFS) + 1);
  });

  test('both rooms are at -16 LUFS, so their pauses compare', () => {
    for (const heard of [one, twelve]) expect(Math.abs(integratedLoudness(heard?.both ?? []) + 16)).toBeLessThan(0.3);
  });
});

describe('a steady tone under others who join, speak and leave', () => {
  const SECONDS = 46;
  // Above all that these voices hold, so that they can be read while they speak.
  const TONES = [
    { what: 'played as music', kind: 'music', hertz: 9_500 },
    { what: 'at a microphone', kind: 'speech', hertz: 10_500 },
  ] as const;
  const said = (person: Person, at: number) => spoken(person, -24, [0]).map((sound) => ({ at, sound }));
  const noise = (seed: number) => ({ dbfs: -58, seed });
  const others: readonly Microphone[] = [
    { participantId: 'whole', to: SECONDS, said: said('ana', 6), noise: noise(1) },
    { participantId: 'late', from: 14, to: 30, said: said('june', 18), noise: noise(2) },
    { participantId: 'later', from: 24, to: 38, said: said('carlo', 30), noise: noise(3) },
  ];
  /** Before, during and after each word, join and leave. */
  const moments = [2, 7, 9, 12.5, 15, 19, 21, 25, 28, 31, 33, 39, 42];

  let heard: Heard;
  beforeAll(async () => {
    const steady = TONES.map(({ kind, hertz }): Microphone => {
      const sound = tone(SECONDS - 1, hertz, 0.05);
      return { participantId: `steady-${kind}`, kind, to: SECONDS, said: [{ at: 0.5, sound }] };
    });
    heard = await render({ seconds: SECONDS, microphones: [...steady, ...others] });
  }, 60_000);

  test.each(TONES)('$what, stays within 0.1 dB', ({ hertz }) => {
    const levels = moments.map((at) => toneLevel(heard.left, hertz, at, at + 1.5));
    expect(Math.min(...levels)).toBeGreaterThan(-60);
    const text = levels.map((level) => level.toFixed(2)).join(' ');
    expect(Math.max(...levels) - Math.min(...levels), text).toBeLessThan(0.1);
  });

  test.each(TONES)('(the voices leave $hertz Hz free)', ({ hertz }) => {
    const [voice = new Float32Array()] = spoken('ana', -24, [0]);
    const [hiss, floor] = [voice, microphoneNoise(48_000, -58, 1)].map((sound) => toneLevel(sound, hertz, 0, 1));
    expect(Math.max(hiss ?? 0, floor ?? 0)).toBeLessThan(-75);
  });
});
