/** Row by row: played music keeps its dynamics, its bass and its soft parts; speech over it stays as it is. */
import { beforeAll, expect, test } from 'vitest';
import { addAt, silence, tone, toneLevel } from '../support/sounds.ts';
import { factorsOf } from './place-meter.ts';
import { type Heard, render } from './room-builder.ts';
import { spoken } from './voices.ts';

const SECONDS = 60;
/** From the bass up; whole periods in 0.6 s, so that two stretches so far apart are alike. */
const NOTES = [50, 1_000, 4_000] as const;
const PARTS = [-20, -40, -26, -52, -20].map((dbfs, index) => ({ dbfs, from: 2 + 4 * index, to: 6 + 4 * index }));
const LOUD = { dbfs: -20, from: 2, to: 6 };
const BED = { dbfs: -34, from: 34, to: 58 };
const SPOKEN = { alone: 24, overBed: 36, silentOverBed: 48, seconds: 6 };

function piece(): Float32Array {
  const music = silence(SECONDS);
  for (const { dbfs, from, to } of [...PARTS, BED]) {
    for (const hertz of NOTES) addAt(music, tone(to - from, hertz, 10 ** (dbfs / 20)), from);
  }
  return music;
}

let heard: Heard;
beforeAll(async () => {
  const [sound = silence(0)] = spoken('ana', -24, [1]);
  const said = [SPOKEN.alone, SPOKEN.overBed].map((at) => ({ at, sound }));
  heard = await render({
    seconds: SECONDS,
    microphones: [
      { participantId: 'player', kind: 'music', file: 'piece.flac', to: SECONDS, said: [{ at: 0, sound: piece() }] },
      { participantId: 'ana', to: SECONDS, noise: { dbfs: -60, seed: 3 }, said },
    ],
  });
}, 60_000);

const level = (hertz: number, { from, to }: { from: number; to: number }) =>
  toneLevel(heard.left, hertz, from + 0.5, to - 0.5);

test.each(NOTES)('the steps of its level are kept at %d Hz, soft parts too, within 0.2 dB', (hertz) => {
  for (const part of PARTS) {
    const step = level(hertz, part) - level(hertz, LOUD);
    expect(Math.abs(step - (part.dbfs - LOUD.dbfs)), `${part.dbfs} dBFS from ${part.from} s`).toBeLessThan(0.2);
  }
});

test('the bass is kept', () => {
  expect(Math.abs(level(50, LOUD) - level(1_000, LOUD))).toBeLessThan(0.2);
});

test('the music stays as loud while somebody speaks over it, and the speech as without it', () => {
  const cut = (at: number) => heard.left.subarray(at * 48_000, (at + SPOKEN.seconds) * 48_000);
  const parts = [cut(SPOKEN.alone), cut(SPOKEN.silentOverBed)];
  const [speech = 0, music = 0] = factorsOf(cut(SPOKEN.overBed), parts, 0, SPOKEN.seconds * 48_000);
  expect(Math.abs(20 * Math.log10(speech))).toBeLessThan(0.5);
  expect(Math.abs(20 * Math.log10(music))).toBeLessThan(0.2);
  const bed = level(1_000, { from: SPOKEN.silentOverBed, to: SPOKEN.silentOverBed + SPOKEN.seconds });
  expect(Math.abs(bed - level(1_000, LOUD) - (BED.dbfs - LOUD.dbfs))).toBeLessThan(0.2);
});
