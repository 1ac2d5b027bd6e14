/** Closed where their owners are silent, wide open where they talk: no word clipped, nobody ducked, no noise added up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMicrophones } from '../../src/audio/open-microphones.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { silence, tone } from '../support/sounds.ts';
import {
  addFrom,
  energyOf,
  fixtureTurns,
  gated,
  heardStretches,
  mixed,
  noise,
  scaled,
  wholeStretch,
} from '../support/stretches.ts';

const decibels = (energy: number) => 10 * Math.log10(energy);
const atCommonLevel = (sound: Float32Array) => scaled(sound, -19 - integratedLoudness([sound]));
const turns = (['p1', 'p2', 'p3'] as const).map((id) => fixtureTurns(id).map(atCommonLevel));
const turn = (speaker: number, index: number) => turns[speaker]?.[index] ?? new Float32Array();

/** Talk given step by step, without sound. */
function stretchOf(flags: readonly number[], roomSample = 0): PlacedStretch {
  const sampleCount = flags.length * 960;
  const energies = new Float32Array(flags.length).fill(0.01);
  return { roomSample, fromSample: 0, sampleCount, rate: 1, energies, peaks: energies, talk: Uint8Array.from(flags) };
}
const gateOf = (flags: readonly number[]) =>
  openMicrophones([{ kind: 'speech', stretches: [stretchOf(flags)] }], [])[0]?.[0] ?? new Float32Array();
const run = (steps: number, flag: number) => new Array<number>(steps).fill(flag);

describe('a microphone', () => {
  it('is fully open 80 ms before the first step of talk and 300 ms after the last, with soft edges, else closed', () => {
    const gate = gateOf([...run(20, 0), ...run(30, 1), ...run(60, 0)]);
    expect([...gate.slice(0, 15)]).toEqual(run(15, 0));
    expect(gate[15]).toBeCloseTo(0.5);
    expect(new Set(gate.slice(16, 66))).toEqual(new Set([1]));
    expect(gate[66]).toBeLessThan(1);
    expect(gate[66]).toBeGreaterThan(0.95);
    expect([...gate.slice(78)]).toEqual(run(gate.length - 78, 0));
  });

  it('stays open in a pause too short to close in, and closes in a longer one', () => {
    const around = (pause: number) =>
      gateOf([...run(20, 0), ...run(10, 1), ...run(pause, 0), ...run(10, 1), ...run(40, 0)]);
    expect(Math.min(...around(34).slice(16, 85))).toBe(1);
    expect(Math.min(...around(35).slice(16, 85))).toBe(0);
  });

  it('lets in whole what begins or ends with talk, and fades within what little there is around', () => {
    expect([...gateOf(run(5, 1))]).toEqual(run(6, 1));
    const tight = gateOf([0, ...run(5, 1), 0, 0]);
    expect(tight[0]).toBe(0);
    expect([...tight.slice(1, 7)]).toEqual(run(6, 1));
    expect(tight.at(-1)).toBe(0);
  });

  it('is open in every step of talk, and never jumps, whatever the talk', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.boolean()), { maxLength: 12 }), (runs) => {
        const flags = [...run(6, 0), ...runs.flatMap(([steps, talks]) => run(steps, Number(talks))), ...run(28, 0)];
        const gate = gateOf(flags);
        expect(gate).toHaveLength(flags.length + 1);
        for (const [step, flag] of flags.entries())
          if (flag === 1) expect([gate[step], gate[step + 1]]).toEqual([1, 1]);
        for (const [edge, value] of gate.slice(1).entries())
          expect(Math.abs(value - (gate[edge] ?? 0))).toBeLessThan(0.51);
        expect([gate[0], gate.at(-1)]).toEqual([0, 0]);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('with music is always open', () => {
    const [gates] = openMicrophones([{ kind: 'music', stretches: [stretchOf(run(10, 0)), stretchOf([1, 0])] }], []);
    expect(gates?.map((gate) => [...gate])).toEqual([run(11, 1), run(3, 1)]);
  });
});

describe('several open microphones', () => {
  it('together make no more noise in pauses than one, while twelve are in the room', () => {
    const [seconds, everySeconds] = [17, 1.4];
    const speakers = Array.from({ length: 12 }, (_, n) => {
      const word = turn(n % 3, Math.floor(n / 3) % 3).slice(0, 43_200);
      return addFrom(noise(seconds, -60, n + 1), word, 48_000 * everySeconds * n);
    });
    const tracks = speakers.map((sound) => ({ kind: 'speech' as const, stretches: heardStretches(sound) }));
    const gates = openMicrophones(tracks, []);
    const sum = mixed(...speakers.map((sound, n) => gated(sound, tracks[n]?.stretches ?? [], gates[n] ?? [])));
    const one = noise(seconds, -60, 99);
    // Half a second between words: the hold and fade of one speaker, and the lead of the next, lie in it.
    for (let n = 1; n < 12; n += 1) {
      const [from, to] = [everySeconds * n - 0.4, everySeconds * n - 0.05];
      expect(decibels(energyOf(sum, from, to) / energyOf(one, from, to))).toBeLessThan(1);
    }
    expect(decibels(energyOf(mixed(...speakers), 1, 1.35) / energyOf(one, 1, 1.35))).toBeGreaterThan(9);
  });

  it('do not touch one another: a gate is the same with whoever else starts, stops and joins', () => {
    const steady = { kind: 'speech' as const, stretches: [wholeStretch(tone(10, 440, 0.1))] };
    const others = [1.5, 4].map((seconds) => ({
      kind: 'speech' as const,
      stretches: heardStretches(mixed(turn(0, 0), noise(5, -60, 2)), seconds),
    }));
    const alone = openMicrophones([steady], []);
    expect(openMicrophones([steady, ...others], [])[0]).toEqual(alone[0]);
    expect(new Set(alone[0]?.[0])).toEqual(new Set([1]));
  });
});

describe('talk at once', () => {
  // Two, then three talk at the same time; then bursts on top of a turn, as laughter is.
  const clean = [silence(20), silence(20), silence(20)];
  for (const [speaker, index, seconds] of [
    [0, 0, 0.6],
    [1, 0, 1.4],
    [0, 1, 8],
    [1, 1, 8.2],
    [2, 1, 8.4],
    [1, 2, 15],
  ] as const) {
    addFrom(clean[speaker] ?? silence(0), turn(speaker, index), 48_000 * seconds);
  }
  for (const seconds of [15.5, 15.8, 16.1, 16.4])
    addFrom(clean[2] ?? silence(0), noise(0.15, -22, 5), 48_000 * seconds);
  const sounds = clean.map((sound, n) => mixed(sound, noise(20, -65, 20 + n)));
  const tracks = sounds.map((sound) => ({ kind: 'speech' as const, stretches: heardStretches(sound) }));
  const gates = openMicrophones(tracks, []);
  const through = clean.map((sound, n) => gated(sound, tracks[n]?.stretches ?? [], gates[n] ?? []));

  it('keeps 99.5 % of everybody’s speech', () => {
    for (const [n, sound] of clean.entries()) {
      expect(energyOf(through[n] ?? silence(0)) / energyOf(sound)).toBeGreaterThan(0.995);
    }
  });

  it('lets nobody sink by more than 1 dB, in any 200 ms in which they talk', () => {
    for (const [n, sound] of clean.entries()) {
      for (let from = 0; from < 19.8; from += 0.2) {
        const energy = energyOf(sound, from, from + 0.2);
        if (decibels(energy / 9600) < -45) continue;
        expect(decibels(energyOf(through[n] ?? silence(0), from, from + 0.2) / energy)).toBeGreaterThan(-1);
      }
    }
  });
});
