/** The truth suite's own meters, tried on mixes made by rule and encoded as an episode is: a good one passes, a wrong one does not. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { microphoneNoise } from '../../fixtures/sound.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { addAt, chirp, decode, silence, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { echoDb, factorsOf, levelsOverTime, whereIs } from './place-meter.ts';
import { laughter, sentences, spoken } from './voices.ts';
import { levelDbfs, wordsIn } from './word-meter.ts';

const folder = makeTempFolder('meters');
afterAll(() => removeFolder(folder));

/** Through a high-pass as for speech and an MP3 as a listener gets it. */
function published(mix: Float32Array): Float32Array {
  const path = join(folder, 'mix.mp3');
  writeSound(path, mix, ['-af', 'highpass=f=80', '-b:a', '96k', '-ac', '2']);
  return decode(path)[0];
}

const ana = spoken('ana', -20);
const june = spoken('june', -20);
const first = ana[0] ?? silence(0);
const second = june[0] ?? silence(0);

test('each person has whole sentences of their own, which begin where they are said to', () => {
  expect([sentences('ana').length, sentences('june').length, sentences('carlo').length]).toEqual([6, 4, 3]);
  for (const sentence of [...ana, ...june]) {
    expect(sentence.length / 48_000).toBeGreaterThan(4);
    expect(sentence.length / 48_000).toBeLessThan(9);
  }
});

test('a voice at a level measures it, even one near full scale', () => {
  for (const lufs of [-44, -12]) {
    const voices = spoken('carlo', lufs);
    expect(integratedLoudness([voices[0] ?? silence(1)])).toBeGreaterThan(lufs - 1.5);
    expect(
      voices.reduce((peak, voice) => voice.reduce((most, x) => Math.max(most, Math.abs(x)), peak), 0),
    ).toBeLessThan(1);
  }
});

describe('words', () => {
  let clean: Float32Array;
  const placed = (words: Float32Array) => addAt(microphoneNoise(9 * 48_000, -60, 5), words, 1.7);

  beforeAll(() => {
    clean = published(placed(first));
  });

  test('are all there in a clean mix, with gentle compression too', () => {
    const squeezed = first.map((x) => x / (1 + 0.3 * Math.abs(x)));
    for (const mix of [clean, published(placed(squeezed))]) {
      const { keptShare, onsetDb, gainDb } = wordsIn(mix, first, 1.7);
      expect(keptShare).toBeGreaterThan(0.998);
      expect(Math.abs(onsetDb)).toBeLessThan(0.5);
      // One channel becomes two in here, each 3 dB lower.
      expect(Math.abs(gainDb + 3.5)).toBeLessThan(1.5);
    }
  });

  test('are missed when their first 60 ms, or soft moments between, are gone', () => {
    const { onsetSeconds } = wordsIn(clean, first, 1.7);
    const late = first.slice().fill(0, 0, (onsetSeconds + 0.06) * 48_000);
    expect(wordsIn(published(placed(late)), first, 1.7).onsetDb).toBeLessThan(-1);
    const gated = first.map((x, n) => (n % 24_000 < 1_200 ? 0 : x));
    expect(wordsIn(published(placed(gated)), first, 1.7).keptShare).toBeLessThan(0.995);
  });

  test('a level over some seconds reads right within 0.1 dB, for noise alone', () => {
    const [noise, louder] = [-52, -51].map((dbfs) => microphoneNoise(3 * 48_000, dbfs, 9));
    const read = [noise, louder].map((sound) => levelDbfs(sound ?? silence(1), 1, 3));
    expect((read[1] ?? 0) - (read[0] ?? 0)).toBeCloseTo(1, 2);
    expect(levelDbfs(silence(2), 0.5, 1.5)).toBe(-120);
  });
});

describe('places', () => {
  test.each([-0.019, 0.0205, 0.2])('a chirp under speech is found %d s off', (off) => {
    const mix = published(addAt(addAt(silence(9), first, 1), chirp(), 3 + off));
    const { seconds, likeness } = whereIs(chirp(), mix, 3);
    expect(Math.abs(seconds - 3 - off)).toBeLessThan(0.001);
    expect(likeness).toBeGreaterThan(0.7);
  });

  test('no chirp is like none', () => {
    expect(whereIs(chirp(), published(addAt(silence(9), first, 1)), 3).likeness).toBeLessThan(0.5);
  });
});

describe('overlaps', () => {
  // Everything alone first, as reference, then together; multiples of 0.6 s, so that codec frames fall alike.
  const laughs = [laughter('ana', 1, 4, -20), laughter('june', 2, 4, -20)] as const;
  const room = (a: Float32Array, b: Float32Array, factor: number) => {
    const mix = addAt(addAt(silence(19.2), a, 0.6), b, 6.6);
    return published(
      addAt(
        addAt(
          mix,
          a.map((x) => x * factor),
          12.6,
        ),
        b,
        12.6,
      ),
    );
  };
  const cut = (mix: Float32Array, at: number) => mix.subarray(at * 48_000, (at + 5.4) * 48_000);

  test.each([
    ['speech', first, second],
    ['laughter', laughs[0], laughs[1]],
  ])('%s: full levels read 0 dB, ducking reads as what it is', (_what, a, b) => {
    for (const factor of [1, 0.8]) {
      const mix = room(a, b, factor);
      const parts = [cut(mix, 0.6), cut(mix, 6.6)];
      const together = cut(mix, 12.6);
      const [mine = 0, theirs = 0] = factorsOf(together, parts, 0, together.length);
      expect(20 * Math.log10(mine / factor)).toBeCloseTo(0, 1);
      expect(20 * Math.log10(theirs)).toBeCloseTo(0, 1);
      const times = levelsOverTime(together, parts);
      expect(times.length).toBeGreaterThan(4);
      for (const [own = 0, other = 0] of times) {
        expect(Math.abs(own - 20 * Math.log10(factor))).toBeLessThan(0.6);
        expect(Math.abs(other)).toBeLessThan(0.6);
      }
    }
  });
});

describe('echoes', () => {
  test('of a voice at another microphone are told from the voice itself', () => {
    const at = 1.2;
    const echoing = addAt(
      addAt(silence(8), first, at),
      first.map((x) => x / 4),
      at + 0.003,
    );
    expect(Math.abs(echoDb(published(echoing), first, at, 0.003) + 12)).toBeLessThan(2);
    expect(echoDb(published(addAt(silence(8), first, at)), first, at, 0.003)).toBeLessThan(-26);
    expect(echoDb(published(addAt(silence(8), first, at)), first, at, -0.003)).toBeLessThan(-26);
  });
});
