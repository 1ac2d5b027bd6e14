/** What is talk and what is only an open microphone, on real voices and on noise of every kind. */
import { expect, test } from 'vitest';
import { energyToLufs } from '../../src/audio/loudness-gating.ts';
import { isIn, listen, secondsIn, stepAt } from '../support/listening.ts';
import { addAt, silence, tone } from '../support/sounds.ts';
import { atLufs, louder, mixed, noise, repeated, stepEnergies, type Voice, voice } from '../support/voices.ts';

const VOICES: readonly Voice[] = ['p1-1', 'p2-1', 'p3-1', 'p3-2'];

/** Where a voice rises to within 18 dB of its loudness after 300 ms below. */
function onsets(energies: Float64Array, lufs: number): number[] {
  const found: number[] = [];
  let quietSteps = Infinity;
  for (const [step, energy] of energies.entries()) {
    const loud = energyToLufs(energy) >= lufs - 18;
    if (loud && quietSteps >= 15) found.push(step);
    quietSteps = loud ? 0 : quietSteps + 1;
  }
  return found;
}

function share(energies: Float64Array, of: (step: number) => boolean): number {
  let [inside, all] = [0, 0];
  for (const [step, energy] of energies.entries()) {
    all += energy;
    if (of(step)) inside += energy;
  }
  return inside / all;
}

/** Noise of 0 LUFS, made once and used at every level. */
const hiss = { white: atLufs(noise(30, 0, 'white', 11), 0), pink: atLufs(noise(30, 0, 'pink', 12), 0) };

for (const name of VOICES) {
  test(`nearly all of a voice is kept, with every onset, at any level 20 dB above its noise: ${name}`, () => {
    const recorded = atLufs(voice(name), 0);
    const seconds = recorded.length / 48_000;
    const energies = stepEnergies(recorded);
    const begun = onsets(energies, 0);
    expect(begun.length).toBeGreaterThan(0);
    for (const lufs of [-12, -24, -36, -44]) {
      const sound = mixed(louder(recorded, lufs), louder(hiss.pink, lufs - 20));
      const { kept, talk, speechLufs } = listen(sound).hearing;
      expect(share(energies, (step) => isIn(kept, step))).toBeGreaterThan(0.995);
      expect(share(energies, (step) => isIn(talk, step))).toBeGreaterThan(0.99);
      expect(begun.filter((step) => !isIn(kept, step))).toEqual([]);
      expect(Math.abs((speechLufs ?? 0) - lufs)).toBeLessThan(0.6);
      expect(secondsIn(kept, 0, seconds)).toBeLessThan(0.6 * seconds);
    }
  });
}

test('a speaker at -50 LUFS in a room of -80 is heard, and the room is not', () => {
  const clean = atLufs(voice('p1-1'), -50);
  const { kept, speechLufs } = listen(clean).hearing;
  expect(share(stepEnergies(clean), (step) => isIn(kept, step))).toBeGreaterThan(0.995);
  expect(secondsIn(kept, 0, 88)).toBeLessThan(50);
  expect(speechLufs).toBeCloseTo(-50, 0);
});

for (const colour of ['white', 'pink'] as const) {
  test(`an open microphone whose owner says nothing is closed for as long as that lasts: ${colour} noise`, () => {
    for (const [lufs, seconds] of [
      [-39, 70],
      [-42, 20],
      [-50, 360],
      [-60, 130],
    ] as const) {
      const { kept, talk, speechLufs, noiseLufs } = listen(repeated(louder(hiss[colour], lufs), seconds)).hearing;
      expect({ kept, talk, speechLufs }).toEqual({ kept: [], talk: [], speechLufs: null });
      expect(Math.abs((noiseLufs ?? 0) - lufs)).toBeLessThan(0.5);
    }
  });

  test(`a noisy microphone opens for one remark in minutes and closes again: ${colour} noise`, () => {
    const remark = atLufs(voice('p3-2').subarray(3 * 48_000, 9 * 48_000), -24);
    const spoken = stepEnergies(remark);
    for (const lufs of [-46, -60]) {
      const sound = addAt(repeated(louder(hiss[colour], lufs), 200), remark, 100);
      const { kept } = listen(sound).hearing;
      expect(share(spoken, (step) => isIn(kept, step + stepAt(100)))).toBeGreaterThan(0.995);
      expect(secondsIn(kept, 0, 99.5) + secondsIn(kept, 107, 200)).toBe(0);
    }
  });
}

test('noise that slowly rises by 15 dB and falls again is never taken for talk', () => {
  const sound = repeated(louder(hiss.pink, -65), 240);
  for (let n = 0; n < sound.length; n += 1) {
    const rise = 7.5 * (1 - Math.cos((2 * Math.PI * n) / sound.length));
    sound[n] = (sound[n] ?? 0) * 10 ** (rise / 20);
  }
  expect(listen(sound).hearing.kept).toEqual([]);
});

test('a fan that starts and stops costs seconds of open microphone, not a minute', () => {
  const sound = repeated(louder(hiss.pink, -70), 260);
  sound.set(repeated(louder(hiss.pink, -48), 130), 70 * 48_000);
  expect(secondsIn(listen(sound).hearing.kept, 0, 260)).toBeLessThan(3);
});

test('a microphone that is unmuted for ten seconds in which nothing is said stays closed', () => {
  const sound = addAt(silence(200), repeated(louder(hiss.white, -50), 10), 90);
  expect(listen(sound).hearing.talk).toEqual([]);
});

test('a tone at -23 dBFS is talk from its first to its last sample, alone or in a long track', () => {
  for (const seconds of [5, 130]) {
    const { kept, talk } = listen(tone(seconds, 1000, 10 ** (-23 / 20))).hearing;
    expect(talk).toEqual([{ firstStep: 0, stepCount: seconds * 50 }]);
    expect(kept.map(({ stepCount }) => stepCount)).toEqual([seconds * 50]);
  }
});

test('bursts of 50 ms are kept whole, loud or quiet, in digital silence or in noise', () => {
  const starts = Array.from({ length: 12 }, (_, n) => 3 + 4.0123 * n);
  for (const dbfs of [-10, -40]) {
    for (const under of [new Float32Array(1), louder(hiss.pink, dbfs - 25)]) {
      const sound = mixed(silence(55), under);
      for (const seconds of starts) addAt(sound, tone(0.05, 1000, 10 ** (dbfs / 20)), seconds);
      const { kept } = listen(sound).hearing;
      const lost = starts.filter((s) => !isIn(kept, stepAt(s)) || !isIn(kept, stepAt(s + 0.049)));
      expect(lost).toEqual([]);
      expect(kept.length).toBe(starts.length);
    }
  }
});

test('a click of one step is no talk, unless it is loud', () => {
  const click = (dbfs: number) =>
    addAt(repeated(louder(hiss.pink, -60), 30), tone(0.01, 1000, 10 ** (dbfs / 20)), 15.003);
  expect(listen(click(-42)).hearing.talk).toEqual([]);
  expect(listen(click(-20)).hearing.talk.length).toBe(1);
});

test('a track that is digital silence but for short bursts of noisy speech keeps each of them', () => {
  const remark = mixed(atLufs(voice('p1-1'), -30), louder(hiss.pink, -55)).subarray(0, 40 * 48_000);
  const spoken = [1, 13, 27, 36].map((from) => remark.subarray(from * 48_000, Math.round((from + 0.8) * 48_000)));
  const sound = silence(300);
  for (const [n, part] of spoken.entries()) addAt(sound, part, 20 + 70 * n);
  const energies = stepEnergies(sound);
  const { kept } = listen(sound).hearing;
  expect(share(energies, (step) => isIn(kept, step))).toBeGreaterThan(0.995);
  expect(secondsIn(kept, 0, 300)).toBeLessThan(9);
});

test('speech from the first sample on is kept from the first sample on', () => {
  const clean = voice('p3-1');
  const first = onsets(stepEnergies(clean), -13)[0] ?? 0;
  const { kept, talk } = listen(clean.subarray((first + 5) * 960)).hearing;
  expect(kept[0]?.firstStep).toBe(0);
  expect(talk[0]?.firstStep).toBe(0);
});

test('music is kept down to -80 LUFS, its pauses of digital silence are not', () => {
  const sound = silence(30);
  addAt(sound, tone(5, 440, 10 ** (-70 / 20)), 5);
  addAt(sound, tone(5, 55, 0.3), 20);
  const { kept, talk } = listen(sound, { kind: 'music' }).hearing;
  expect(secondsIn(talk, 5, 10) + secondsIn(talk, 20, 25)).toBe(10);
  expect(secondsIn(kept, 0, 30)).toBeLessThan(13);
});
