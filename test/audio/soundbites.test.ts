/** Which parts of a conversation are chosen to be heard by themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSoundbites } from '../../src/audio/soundbites.ts';
import type { SpeechTurn } from '../../src/audio/speech-turns.ts';
import { ParticipantId } from '../../src/domain/ids.ts';

const turn = (who: string, startSeconds: number, endSeconds: number): SpeechTurn => ({
  participantId: ParticipantId.parse(who),
  startSeconds,
  endSeconds,
});
const whole = (
  turns: readonly SpeechTurn[],
  durationSeconds: number,
  jingles = { introSeconds: 0, outroSeconds: 0 },
) => ({
  turns,
  durationSeconds,
  ...jingles,
});
/** One talks alone, a sentence of eight seconds and a pause of one, over and over. */
const alone = (from: number, to: number, who = 'ana') =>
  Array.from({ length: Math.floor((to - from) / 9) }, (_, n) => turn(who, from + n * 9, from + n * 9 + 8));
/** Two answer each other every five seconds, with a pause in between. */
const lively = (from: number, to: number) =>
  Array.from({ length: Math.floor((to - from) / 5) }, (_, n) =>
    turn(n % 2 === 0 ? 'ana' : 'ben', from + n * 5, from + n * 5 + 4.4),
  );

/** Turns of three people with random lengths and pauses, some overlapping. */
const conversations = fc
  .array(
    fc.record({
      who: fc.constantFrom('ana', 'ben', 'cem'),
      talk: fc.integer({ min: 2, max: 300 }),
      pause: fc.integer({ min: -20, max: 60 }),
    }),
    { maxLength: 200 },
  )
  .map((steps) => {
    let now = 0;
    const turns: SpeechTurn[] = [];
    for (const { who, talk, pause } of steps) {
      const start = Math.max(0, now + pause / 10);
      now = start + talk / 10;
      turns.push(turn(who, start, now));
    }
    return { turns, durationSeconds: now + 3 };
  });

describe('every soundbite', () => {
  it('lasts 15 to 120 seconds, begins before a turn and ends in a pause, inside the audio and outside the jingles', () => {
    fc.assert(
      fc.property(conversations, fc.integer({ min: 0, max: 20 }), ({ turns, durationSeconds }, jingle) => {
        const introSeconds = Math.min(jingle, durationSeconds / 4);
        const chosen = chooseSoundbites(whole(turns, durationSeconds, { introSeconds, outroSeconds: introSeconds }));
        expect(chosen.length).toBeLessThanOrEqual(3);
        for (const one of chosen) {
          const endSeconds = one.startSeconds + one.durationSeconds;
          expect(one.durationSeconds).toBeGreaterThanOrEqual(15);
          expect(one.durationSeconds).toBeLessThanOrEqual(120);
          expect(one.startSeconds).toBeGreaterThanOrEqual(introSeconds - 0.001);
          expect(endSeconds).toBeLessThanOrEqual(durationSeconds - introSeconds + 0.001);
          const cut = (at: number) =>
            turns.filter(({ startSeconds, endSeconds: end }) => startSeconds < at - 0.001 && end > at + 0.001);
          expect(cut(one.startSeconds)).toEqual([]);
          expect(cut(endSeconds)).toEqual([]);
          expect(
            turns.some(
              ({ startSeconds }) =>
                startSeconds - one.startSeconds >= -0.001 && startSeconds - one.startSeconds <= 0.151,
            ),
          ).toBe(true);
        }
        for (const [index, one] of chosen.slice(1).entries()) {
          const before = chosen[index];
          expect(
            one.startSeconds - (before?.startSeconds ?? 0) - (before?.durationSeconds ?? 0),
          ).toBeGreaterThanOrEqual(29.99);
        }
      }),
      { numRuns: 300, seed: 20 },
    );
  });

  it('is the same for the same turns, in whatever order they come', () => {
    fc.assert(
      fc.property(
        conversations.filter(({ turns }) => turns.length > 1),
        ({ turns, durationSeconds }) => {
          expect(chooseSoundbites(whole(turns.toReversed(), durationSeconds))).toEqual(
            chooseSoundbites(whole(turns, durationSeconds)),
          );
        },
      ),
      { numRuns: 50, seed: 21 },
    );
  });
});

it('where people answer each other is chosen before where one talks alone', () => {
  const turns = [...alone(0, 400), ...lively(400, 480), ...alone(480, 900)];
  const [first] = chooseSoundbites({ ...whole(turns, 590), durationSeconds: 900 });
  const all = chooseSoundbites(whole(turns, 900));
  expect(first).toBeDefined();
  const inLively = all.filter((one) => one.startSeconds >= 395 && one.startSeconds + one.durationSeconds <= 485);
  expect(inLively).toHaveLength(1);
});

it('a story told in one breath is worth more than crumbs of one', () => {
  const crumbs = Array.from({ length: 40 }, (_, n) => turn('ana', n * 10, n * 10 + 2));
  const turns = [
    ...crumbs,
    turn('ben', 420, 470),
    ...crumbs.map((one) => turn('ana', one.startSeconds + 480, one.endSeconds + 480)),
  ];
  const [first] = chooseSoundbites(whole(turns, 590));
  expect(first?.startSeconds).toBeCloseTo(419.85, 2);
  expect(first?.durationSeconds).toBeCloseTo(50.5, 1);
});

it('a long conversation has three, a short one one', () => {
  expect(chooseSoundbites(whole(lively(0, 3600), 3600))).toHaveLength(3);
  expect(chooseSoundbites(whole(lively(0, 300), 300))).toHaveLength(1);
});

it('a conversation that is little more than one clip has none, nor has one without a pause or without turns', () => {
  expect(chooseSoundbites(whole(lively(0, 28), 28))).toEqual([]);
  expect(chooseSoundbites(whole([turn('ana', 0, 400)], 400))).toEqual([]);
  expect(chooseSoundbites(whole([], 400))).toEqual([]);
});

it('twelve hours of talk are chosen from at once', () => {
  const turns = lively(0, 12 * 3600);
  expect(turns.length).toBeGreaterThan(8000);
  expect(chooseSoundbites(whole(turns, 12 * 3600))).toHaveLength(3);
});
