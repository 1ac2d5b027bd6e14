/** Gating and gains: arithmetic on blocks. */
import { expect, test } from 'vitest';
import { levelSpeakers, SPEECH_LEVEL_LUFS, trackGainDb } from '../../src/audio/levelling.ts';
import { integratedLufs } from '../../src/audio/loudness-gating.ts';
import { ParticipantId } from '../../src/domain/ids.ts';

const [ana, ben] = [ParticipantId.parse('ana'), ParticipantId.parse('ben')];
const speech = (participantId: ParticipantId, blocksLufs: number[]) => ({
  participantId,
  kind: 'speech' as const,
  blocksLufs,
});
const blocks = (...parts: readonly (readonly [number, number])[]) =>
  parts.flatMap(([count, lufs]) => new Array<number>(count).fill(lufs));

test('equal blocks are as loud as each of them', () => {
  expect(integratedLufs(blocks([50, -23]))).toBeCloseTo(-23, 9);
});

test('pauses do not count: blocks under -70 LUFS, and those 10 LU under the rest', () => {
  expect(integratedLufs(blocks([50, -20], [500, -80], [100, -45]))).toBeCloseTo(-20, 9);
});

test('a block that is NaN or -Infinity carries nothing, and silence has no loudness', () => {
  expect(integratedLufs([-20, Number.NaN, Number.NEGATIVE_INFINITY])).toBeCloseTo(-20, 9);
  expect(integratedLufs([Number.NaN, -120])).toBeNull();
  expect(integratedLufs([])).toBeNull();
});

test('every speaker is brought to the same level', () => {
  const levels = levelSpeakers([speech(ana, [-12, -12]), speech(ben, [-40, -44, -48])]);
  expect(levels.map(({ inputLufs, gainDb }) => (inputLufs ?? 0) + gainDb)).toEqual(
    [SPEECH_LEVEL_LUFS, SPEECH_LEVEL_LUFS].map((level) => expect.closeTo(level, 9)),
  );
});

test('a speaker has one gain over all their tracks, weighted by how long they spoke', () => {
  const [level] = levelSpeakers([speech(ana, blocks([300, -20])), speech(ana, blocks([100, -26]))]);
  const expected = 10 * Math.log10((3 * 10 ** -2 + 10 ** -2.6) / 4);
  expect(level?.inputLufs).toBeCloseTo(expected, 9);
});

test('a gain is at most 30 dB either way', () => {
  const levels = levelSpeakers([speech(ana, [-56, -62, -66]), speech(ben, [20])]);
  expect(levels.map((level) => level.gainDb)).toEqual([30, -30]);
});

test('the hiss of an open microphone is not brought up', () => {
  expect(levelSpeakers([speech(ana, blocks([100, -55]))])[0]?.gainDb).toBe(0);
});

test('who is silent gets no gain', () => {
  expect(levelSpeakers([speech(ana, [-120, Number.NaN])])).toEqual([
    { participantId: ana, inputLufs: null, gainDb: 0 },
  ]);
});

test('music is left as it is, and does not count as its owner speaking', () => {
  const music = { participantId: ana, kind: 'music' as const, blocksLufs: [-10, -10] };
  const levels = levelSpeakers([music, speech(ana, [-30, -30])]);
  expect(levels[0]?.gainDb).toBeCloseTo(SPEECH_LEVEL_LUFS + 30, 9);
  expect(trackGainDb(music, levels)).toBe(0);
});
