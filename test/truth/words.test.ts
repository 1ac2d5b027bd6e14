/** Row by row: no word is clipped, nobody is ducked when two talk or laugh at once, and two people in one room do not echo. */
import { beforeAll, describe, expect, test } from 'vitest';
import { integratedLoudness, loudnessWithin } from '../support/loudness-meter.ts';
import { addAt, silence } from '../support/sounds.ts';
import { echoDb, factorsOf, levelsOverTime } from './place-meter.ts';
import { type Heard, type Microphone, render } from './room-builder.ts';
import { laughter, type Person, spoken } from './voices.ts';
import { wordsIn } from './word-meter.ts';

const PEOPLE: readonly Person[] = ['ana', 'june', 'carlo'];
const LUFS: Readonly<Record<Person, number>> = { ana: -22, june: -34, carlo: -16 };

describe('sentences that begin after pauses of all lengths', () => {
  const SECONDS = 82;
  /** Each person's sentences with what comes before: a cold start, a rejoining breath, a long wait. */
  const said = new Map<Person, { at: number; sound: Float32Array }[]>(PEOPLE.map((person) => [person, []]));
  let at = 0.8;
  for (const [turn, pause] of [0.3, 0.7, 2.2, 0.4, 5.1, 0.35, 1.3, 0.5, 9].entries()) {
    const person = PEOPLE[[0, 0, 1, 2, 1, 0, 2, 1, 0][turn] ?? 0] ?? 'ana';
    const words = said.get(person) ?? [];
    const [sound = silence(0)] = spoken(person, LUFS[person], [words.length]);
    at += pause;
    words.push({ at, sound });
    at += sound.length / 48_000;
  }

  let heard: Heard;
  beforeAll(async () => {
    const microphones = PEOPLE.map((person, index) => ({
      participantId: person,
      file: `${person}.ogg`,
      to: SECONDS,
      noise: { dbfs: LUFS[person] - 30, seed: 70 + index },
      said: said.get(person) ?? [],
    }));
    heard = await render({ seconds: SECONDS, microphones });
  }, 60_000);

  test.each(PEOPLE)('of %s are all there: 99.5 percent of their energy, each onset within 1 dB', (person) => {
    const words = (said.get(person) ?? []).map(({ sound, at: begin }) => wordsIn(heard.left, sound, begin));
    expect(words.length).toBeGreaterThan(1);
    for (const { keptShare, onsetDb } of words) {
      expect(keptShare).toBeGreaterThanOrEqual(0.995);
      expect(Math.abs(onsetDb)).toBeLessThanOrEqual(1);
    }
  });
});

describe('two at once', () => {
  /** Everyone alone first, as the reference, then together; in steps of 0.6 s, so that frames and steps fall alike. */
  const SECONDS_EACH = 24;
  const [ALONE, OTHER, TOGETHER] = [1.2, 9, 16.8] as const;
  const LENGTH = 6.6;

  const sounds = {
    speech: [spoken('ana', -22, [1])[0], spoken('carlo', -16, [1])[0]],
    laughter: [laughter('ana', 1, 4, -22), laughter('june', 2, 4, -30)],
    'laughter over speech': [spoken('june', -30, [0])[0], laughter('carlo', 0, 4, -16)],
  } as const;
  /** One after the other in one room; each pair has microphones of its own, open for that time only. */
  const pairs = Object.entries(sounds).map(([what, pair], index) => ({ what, pair, from: SECONDS_EACH * index }));

  let heard: Heard;
  beforeAll(async () => {
    const microphones = pairs.flatMap(({ pair, from }, index) =>
      pair.map(
        (sound = silence(0), own): Microphone => ({
          participantId: `p${index}-${own}`,
          from,
          to: from + SECONDS_EACH,
          noise: { dbfs: -62, seed: 11 + own },
          said: [own === 0 ? ALONE : OTHER, TOGETHER].map((at) => ({ at: from + at, sound })),
        }),
      ),
    );
    heard = await render({ seconds: SECONDS_EACH * pairs.length, microphones });
  }, 90_000);

  test.each(pairs)('$what: neither sinks by more than 1 dB', ({ from }) => {
    const cut = (at: number) => heard.left.subarray((from + at) * 48_000, (from + at + LENGTH) * 48_000);
    const parts = [cut(ALONE), cut(OTHER)];
    const whole = factorsOf(cut(TOGETHER), parts, 0, LENGTH * 48_000).map((factor) => 20 * Math.log10(factor));
    const moments = levelsOverTime(cut(TOGETHER), parts);
    expect(moments.length).toBeGreaterThan(4);
    for (const level of whole) expect(Math.abs(level)).toBeLessThanOrEqual(1);
    for (const level of moments.flat()) expect(level).toBeGreaterThanOrEqual(-1);
  });
});

describe('two people in one room, each heard at the microphone of the other too (-12 dB, 3 ms)', () => {
  const SECONDS = 42;
  const turns: { readonly who: 0 | 1; readonly at: number; readonly sound: Float32Array }[] = [];
  const voices = [spoken('ana', -20, [0, 1, 2]), spoken('june', -23, [0, 1, 2])] as const;
  /** One after the other, as people answer each other. */
  let begin = 1;
  for (const [turn, pause] of [0.3, 0.9, 0.25, 1.6, 0.5, 0].entries()) {
    const who = turn % 2 === 0 ? 0 : 1;
    const sound = voices[who][Math.floor(turn / 2)] ?? silence(0);
    turns.push({ who, at: begin, sound });
    begin += sound.length / 48_000 + pause;
  }
  const microphoneOf = (owner: 0 | 1): Microphone => ({
    participantId: ['ana', 'june'][owner] ?? '',
    to: SECONDS,
    noise: { dbfs: -60, seed: 31 + owner },
    said: turns.map(({ who, at, sound }) =>
      who === owner ? { at, sound } : { at: at + 0.003, sound: sound.map((x) => x * 10 ** (-12 / 20)) },
    ),
  });

  let heard: Heard;
  beforeAll(async () => {
    heard = await render({ seconds: SECONDS, microphones: [microphoneOf(0), microphoneOf(1)] });
  }, 60_000);
  const of = (who: 0 | 1) => turns.filter((turn) => turn.who === who);

  test('the episode is at -16 LUFS ± 0.3', () => {
    expect(Math.abs(integratedLoudness(heard.both) + 16)).toBeLessThanOrEqual(0.3);
  });

  test('both are heard alike, within 1.5 LU', () => {
    const levels = ([0, 1] as const).map((who) =>
      loudnessWithin(
        heard.both,
        of(who).map(({ at, sound }) => [at, at + sound.length / 48_000] as const),
      ),
    );
    expect(Math.abs((levels[0] ?? 0) - (levels[1] ?? 0))).toBeLessThanOrEqual(1.5);
  });

  test.each([0, 1] as const)('person %d sounds as at the own microphone: no comb of two', (who) => {
    for (const { at, sound } of of(who)) {
      expect(echoDb(heard.left, sound, at, 0.003)).toBeLessThan(-24);
      const { keptShare, onsetDb } = wordsIn(heard.left, sound, at);
      expect(keptShare).toBeGreaterThanOrEqual(0.995);
      expect(Math.abs(onsetDb), `onset at ${at.toFixed(2)} s`).toBeLessThanOrEqual(1);
    }
  });

  test('(both microphones open at once would read as an echo)', () => {
    const [turn] = turns;
    if (!turn) throw new Error('nobody spoke');
    const mix = addAt(
      addAt(silence(9), turn.sound, 1),
      turn.sound.map((x) => x / 4),
      1.003,
    );
    expect(echoDb(mix, turn.sound, 1, 0.003)).toBeGreaterThan(-14);
  });
});
