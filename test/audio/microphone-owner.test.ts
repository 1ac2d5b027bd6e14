/** Two people in one room who answer each other: the other's microphone is closed before a turn begins, and opens after it. */
import { describe, expect, it } from 'vitest';
import type { Bleed } from '../../src/audio/bleed.ts';
import { whoIsHeard } from '../../src/audio/microphone-owner.ts';
import { openMicrophones } from '../../src/audio/open-microphones.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { silence } from '../support/sounds.ts';
import { addFrom, energyOf, fixtureTurns, gated, heardStretches, mixed, noise, scaled } from '../support/stretches.ts';

const decibels = (energy: number) => 10 * Math.log10(energy);
const atCommonLevel = (sound: Float32Array) => scaled(sound, -19 - integratedLoudness([sound]));

/** Sentences from their first audible sound to their last: pauses between them are what is put there. */
const sentences = (['p1', 'p3'] as const).map((id) => fixtureTurns(id).map((sound) => spoken(atCommonLevel(sound))));
function spoken(sound: Float32Array): Float32Array {
  const audible = (value: number) => Math.abs(value) > 0.01;
  return sound.slice(sound.findIndex(audible), sound.findLastIndex(audible) + 1);
}

interface Turn {
  readonly who: 0 | 1;
  readonly from: number;
  readonly to: number;
}

/** The first speaks, then the second, then the first again; each so long after the end of the turn before. */
function conversation(pauses: readonly [number, number], gainDb: number, lagSamples: number) {
  const seconds = 21;
  const voices = [silence(seconds), silence(seconds)] as const;
  const turns: Turn[] = [];
  let from = 1;
  for (const [turn, who] of ([0, 1, 0] as const).entries()) {
    const sound = sentences[who]?.[turn === 2 ? 1 : 0] ?? silence(0);
    addFrom(voices[who], sound, Math.round(from * 48_000));
    const to = from + sound.length / 48_000;
    turns.push({ who, from, to });
    from = to + (pauses[turn] ?? 0);
  }
  const afar = voices.map((voice) => scaled(addFrom(silence(seconds), voice, lagSamples), gainDb));
  const tracks = voices.map((voice, own) => ({
    kind: 'speech' as const,
    stretches: heardStretches(mixed(voice, afar[1 - own] ?? silence(0), noise(seconds, -62, 5 + own))),
  }));
  const bleeds: Bleed[] = [
    { a: 0, b: 1, gainDb, lagSamples },
    { a: 1, b: 0, gainDb, lagSamples },
  ];
  const gates = openMicrophones(tracks, bleeds);
  const through = (microphone: number, sound: Float32Array | undefined) =>
    gated(sound ?? silence(0), tracks[microphone]?.stretches ?? [], gates[microphone] ?? []);
  return {
    turns,
    voices,
    kept: voices.map((voice, own) => through(own, voice)),
    /** What of each voice comes through the microphone of the other. */
    echo: afar.map((sound, own) => through(1 - own, sound)),
  };
}

const ROOMS = [
  [-12, 144],
  [-6, 72],
] as const;

describe.each(ROOMS)('a voice heard at the other’s microphone at %d dB, %d samples later', (gainDb, lagSamples) => {
  describe.each([0.08, 0.25, 0.5, 0.9, 1.6])('that answers after %d s', (pause) => {
    const { turns, voices, kept, echo } = conversation([pause, pause], gainDb, lagSamples);

    it('is heard at its own microphone only, in its first and its last half second', () => {
      for (const { who, from, to } of turns) {
        for (const [begin, end] of [
          [from, from + 0.5],
          [to - 0.5, to],
        ] as const) {
          const [copy, voice] = [echo[who] ?? silence(0), voices[who] ?? silence(0)];
          expect(decibels(energyOf(copy, begin, end) / energyOf(voice, begin, end))).toBeLessThan(-30);
        }
      }
    });

    it('is whole, its first and its last 100 ms too', () => {
      for (const { who, from, to } of turns) {
        for (const [begin, end, share] of [
          [from, to, 0.9995],
          [from, from + 0.1, 0.98],
          [to - 0.1, to, 0.95],
        ] as const) {
          const [own, voice] = [kept[who] ?? silence(0), voices[who] ?? silence(0)];
          expect(energyOf(own, begin, end) / energyOf(voice, begin, end)).toBeGreaterThan(share);
        }
      }
    });
  });

  it('that answers at once is whole, and heard alone after a fifth of a second', () => {
    const { turns, voices, kept, echo } = conversation([0, 0], gainDb, lagSamples);
    for (const { who, from, to } of turns) {
      const [own, copy, voice] = [kept[who], echo[who], voices[who]].map((sound) => sound ?? silence(0)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expect(energyOf(own, from, to) / energyOf(voice, from, to)).toBeGreaterThan(0.995);
      const alone = decibels(energyOf(copy, from + 0.2, to - 0.2) / energyOf(voice, from + 0.2, to - 0.2));
      expect(alone).toBeLessThan(-30);
    }
  });

  it('that breaks in two seconds before the end is whole, and so is who is interrupted', () => {
    const { turns, voices, kept } = conversation([-2, -2], gainDb, lagSamples);
    for (const { who, from, to } of turns) {
      const [own, voice] = [kept[who] ?? silence(0), voices[who] ?? silence(0)];
      expect(energyOf(own, from, to) / energyOf(voice, from, to)).toBeGreaterThan(0.995);
    }
  });
});

describe('steps in which only another is heard', () => {
  /** A second each: noise, the other's voice, both, the owner's, noise. */
  const stretch = (energies: readonly number[], talk: readonly number[]): PlacedStretch => {
    const steps = energies.flatMap((energy) => new Array<number>(50).fill(energy));
    return {
      ...{ roomSample: 0, fromSample: 0, sampleCount: 960 * steps.length, rate: 1 },
      energies: Float32Array.from(steps),
      peaks: Float32Array.from(steps, (energy) => 2 * Math.sqrt(energy)),
      talk: Uint8Array.from(talk.flatMap((flag) => new Array<number>(50).fill(flag))),
    };
  };
  const own = stretch([1e-7, 1e-4, 2e-3, 2e-3, 1e-7], [0, 1, 1, 1, 0]);
  const other = stretch([1e-7, 2e-3, 2e-3, 1e-7, 1e-7], [0, 1, 1, 0, 0]);
  const bleeds: Bleed[] = [{ a: 1, b: 0, gainDb: -13, lagSamples: 0 }];
  const [heard] = whoIsHeard([{ stretches: [own] }, { stretches: [other] }], bleeds)[0] ?? [];

  it('are told from those in which the owner talks, with the other or alone', () => {
    const shareOf = (flags: Uint8Array | undefined, part: number) =>
      [...(flags ?? [])].slice(50 * part + 4, 50 * part + 34).reduce((sum, flag) => sum + flag, 0) / 30;
    expect([0, 1, 2, 3, 4].map((part) => shareOf(heard?.others, part))).toEqual([0, 1, 0, 0, 0]);
    expect([2, 3].map((part) => shareOf(heard?.owner, part))).toEqual([1, 1]);
    expect([...(heard?.owner ?? [])].some((flag, step) => flag === 1 && heard?.others[step] === 1)).toBe(false);
  });

  it('are none where nothing bleeds', () => {
    const [alone] = whoIsHeard([{ stretches: [own] }, { stretches: [other] }], [])[0] ?? [];
    expect(alone).toEqual({ owner: own.talk, others: new Uint8Array(250) });
  });
});
