/** Intro, outro and bed: as loud as voices, cross-faded, the bed under the talk, its loops without a seam. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cue } from '../../src/audio/cue-sheet.ts';
import { type Jingles, jingleCues, jingleTimes } from '../../src/audio/jingles.ts';
import { factorAt, mixInto } from '../../src/audio/mixer.ts';
import type { SampleRange } from '../../src/audio/sample-clock.ts';
import { TrackListener } from '../../src/audio/track-listener.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { silence, tone } from '../support/sounds.ts';
import { energyOf, noise } from '../support/stretches.ts';

const SECOND = 48_000;
const VOICES_LUFS = -19;

function jingle(lane: number, sound: Float32Array): NonNullable<Jingles['bed']> {
  const listener = new TrackListener({ kind: 'music' }, () => {});
  listener.hear(sound);
  return { lane, hearing: listener.end() };
}

/** What is heard of cues whose lanes hold these sounds. */
function heard(cues: readonly Cue[], lanes: readonly Float32Array[], seconds: number): Float32Array {
  const sound = silence(seconds);
  mixInto([sound], 0, cues, 1, (lane, from, count) =>
    Float32Array.from({ length: count }, (_, n) => lanes[lane]?.[from + n] ?? 0),
  );
  return sound;
}

const lufs = (sound: Float32Array, from: number, to: number) =>
  integratedLoudness([sound.subarray(from * SECOND, to * SECOND)]);
const talk = (...seconds: readonly (readonly [number, number])[]): SampleRange[] =>
  seconds.map(([from, to]) => ({ fromSample: from * SECOND, toSample: to * SECOND }));
const decibels = (factor: number) => 20 * Math.log10(factor);

describe('an intro and an outro', () => {
  const [introSound, outroSound] = [noise(6, -40, 1), noise(5.013, -6, 2)];
  const jingles = { intro: jingle(0, introSound), outro: jingle(1, outroSound) };
  const cues = jingleCues(jingles, 30 * SECOND, []);
  const sound = heard(cues, [introSound, outroSound], 30);

  it('begin before the room and end after it, but for a second and a half', () => {
    expect(jingleTimes(jingles)).toEqual({ leadInSamples: 4.5 * SECOND, tailSamples: 3.513 * SECOND });
    expect(jingleTimes({})).toEqual({ leadInSamples: 0, tailSamples: 0 });
    expect(jingleTimes({ intro: jingle(0, noise(1, -20, 1)) })).toEqual({ leadInSamples: 0, tailSamples: 0 });
  });

  it('are as loud as a voice, however loud they came', () => {
    expect(lufs(sound, 0, 4.5)).toBeCloseTo(VOICES_LUFS, 0);
    expect(lufs(sound, 26.5, 30)).toBeCloseTo(VOICES_LUFS, 0);
  });

  it('are faded where the room is heard with them, and there only', () => {
    const level = (at: number) => Math.sqrt(energyOf(sound, at, at + 0.1));
    expect(level(5.2) / level(2)).toBeCloseTo(0.5, 1);
    expect(level(5.95) / level(2)).toBeLessThan(0.01);
    expect(level(25.69) / level(28)).toBeCloseTo(0.5, 1);
    expect(energyOf(sound, 6, 24.98)).toBe(0);
    expect(level(29.9) / level(28)).toBeCloseTo(1, 1);
  });

  it('that are longer than the episode end with it', () => {
    for (const cue of jingleCues(jingles, 3 * SECOND, [])) {
      expect(cue.start).toBeGreaterThanOrEqual(0);
      expect(cue.start + cue.length).toBeLessThanOrEqual(3 * SECOND);
    }
  });
});

describe('a bed', () => {
  const bedSound = noise(9.7, -25, 3);
  const bed = jingle(0, bedSound);

  it('lies 15 LU under a voice where nobody talks, and 25 where somebody does', () => {
    const sound = heard(jingleCues({ bed }, 40 * SECOND, talk([10, 16], [17, 22])), [bedSound], 40);
    for (const [from, to] of [
      [2, 7],
      [24, 30],
    ] as const)
      expect(Math.abs(lufs(sound, from, to) - (VOICES_LUFS - 15))).toBeLessThan(0.3);
    for (const [from, to] of [
      [10, 16],
      [17, 22],
    ] as const)
      expect(Math.abs(lufs(sound, from, to) - (VOICES_LUFS - 25))).toBeLessThan(0.3);
  });

  it('is never louder than that in any step of talk, whatever the talk, and never jumps', () => {
    const talks = fc.array(fc.tuple(fc.nat(90_000), fc.integer({ min: 1, max: 90_000 })), { maxLength: 8 });
    const level = 10 ** ((VOICES_LUFS - (bed.hearing.speechLufs ?? 0)) / 20);
    fc.assert(
      fc.property(talks, (gaps) => {
        let at = 0;
        const ranges = gaps.map(([gap, length]) => {
          const fromSample = at + gap + 1;
          at = fromSample + length;
          return { fromSample, toSample: at };
        });
        const duration = 25 * SECOND;
        const cues = jingleCues({ bed }, duration, ranges);
        const gainAt = (sample: number) =>
          cues.reduce((sum, cue) => {
            const within = cue.start <= sample && sample < cue.start + cue.length;
            return within ? sum + factorAt(cue, sample) ** 2 : sum;
          }, 0) ** 0.5;
        let before = gainAt(0);
        for (let sample = 0; sample < duration; sample += 480) {
          const now = gainAt(sample);
          const talks = ranges.some(({ fromSample, toSample }) => fromSample <= sample && sample < toSample);
          expect(decibels(now / level)).toBeLessThan(talks ? -24.8 : -14.9);
          expect(Math.abs(now - before) / level).toBeLessThan(0.01);
          before = now;
        }
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('goes round without a seam: no louder or softer where one loop meets the next', () => {
    const sound = heard(jingleCues({ bed }, 40 * SECOND, []), [bedSound], 40);
    const loops = [8.2, 16.4, 24.6, 32.8];
    const usual = energyOf(sound, 3, 7) / 4;
    for (const at of loops) {
      for (let from = at - 0.5; from < at + 2; from += 0.25) {
        expect(Math.abs(10 * Math.log10((4 * energyOf(sound, from, from + 0.25)) / usual))).toBeLessThan(0.5);
      }
    }
  });

  it('lies under the room only, and fades in and out with it', () => {
    const intro = jingle(1, noise(6, -20, 5));
    const outro = jingle(2, noise(5, -20, 6));
    const cues = jingleCues({ intro, outro, bed }, 40 * SECOND, []).filter(({ lane }) => lane === 0);
    expect(Math.min(...cues.map(({ start }) => start))).toBe(4.5 * SECOND);
    expect(Math.max(...cues.map(({ start, length }) => start + length))).toBe(36.5 * SECOND);
    const sound = heard(cues, [bedSound], 40);
    const level = (at: number) => Math.sqrt(energyOf(sound, at, at + 0.02));
    expect(level(4.5) / level(8)).toBeLessThan(0.1);
    expect(level(36.48) / level(8)).toBeLessThan(0.1);
  });

  it('too short to loop is left out', () => {
    expect(jingleCues({ bed: jingle(0, noise(2.9, -20, 1)) }, 40 * SECOND, [])).toEqual([]);
  });

  it('with silence of its own keeps it', () => {
    const gap = tone(12, 300, 0.1).fill(0, 4 * SECOND, 8 * SECOND);
    const sound = heard(jingleCues({ bed: jingle(0, gap) }, 12 * SECOND, []), [gap], 12);
    expect(energyOf(sound, 4.5, 7.5)).toBe(0);
    expect(energyOf(sound, 2, 3)).toBeGreaterThan(0);
  });
});
