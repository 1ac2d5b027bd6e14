/** Two people in one room: found by their sound, the farther microphone closed, and strangers never taken for it. */
import { describe, expect, it } from 'vitest';
import { bleedsOf, compareMoment, type MomentComparison, pairsToCompare } from '../../src/audio/bleed.ts';
import { ownersOnly } from '../../src/audio/microphone-owner.ts';
import { openMicrophones } from '../../src/audio/open-microphones.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { levelSpeaker } from '../../src/audio/speaker-level.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { silence } from '../support/sounds.ts';
import { addFrom, energyOf, fixtureTurns, gated, heardStretches, mixed, noise, scaled } from '../support/stretches.ts';

const atCommonLevel = (sound: Float32Array) => scaled(sound, -19 - integratedLoudness([sound]));
const turns = (['p1', 'p2', 'p3'] as const).map((id) => fixtureTurns(id).map(atCommonLevel));
const delayed = (sound: Float32Array, samples: number) => addFrom(new Float32Array(sound.length), sound, samples);

const heardBefore = new WeakMap<Float32Array, PlacedStretch[]>();
/** A track of that sound. Listening takes time: each sound is heard once. */
function speech(sound: Float32Array) {
  const stretches = heardBefore.get(sound) ?? heardStretches(sound);
  heardBefore.set(sound, stretches);
  return { kind: 'speech' as const, stretches };
}
const part = (sound: Float32Array, { roomSample, sampleCount }: { roomSample: number; sampleCount: number }) =>
  sound.slice(roomSample, roomSample + sampleCount);

function bleedsHeard(sounds: readonly Float32Array[]) {
  const compared = pairsToCompare(sounds.map(speech)).map(({ a, b, moments }) => {
    const [one, other] = [sounds[a] ?? silence(0), sounds[b] ?? silence(0)];
    return { a, b, moments: moments.map((moment) => compareMoment(part(one, moment), part(other, moment))) };
  });
  return bleedsOf(compared);
}

/** The turns of a voice from some second on, one after the other. */
function voice(speaker: number, places: readonly (readonly [turn: number, seconds: number])[], seconds: number) {
  const sound = silence(seconds);
  for (const [turn, at] of places) addFrom(sound, turns[speaker]?.[turn] ?? silence(0), Math.round(at * 48_000));
  return sound;
}

describe('comparing a moment', () => {
  const sound = (turns[0]?.[0] ?? silence(0)).slice(48_000, 72_000);
  const longer = (turns[0]?.[0] ?? silence(0)).slice(46_000, 74_000);

  it.each([
    [144, -12, 1],
    [-72, 6, 1],
    [1000, -3, -1],
  ])('finds a delay of %d samples, %d dB and polarity', (lagSamples, gainDb, polarity) => {
    const other = scaled(longer.slice(2000 - lagSamples, 26_000 - lagSamples), gainDb).map((value) => polarity * value);
    const found = compareMoment(sound, mixed(other, noise(0.5, -70, 1)));
    expect(found.correlation).toBeGreaterThan(0.9);
    expect(Math.abs(found.lagSamples - lagSamples)).toBeLessThan(2);
    expect(Math.abs(found.gainDb - gainDb)).toBeLessThan(0.5);
  });

  it('finds nothing in silence, in next to nothing, and in sounds that have nothing in common', () => {
    const nothing = { correlation: 0, lagSamples: 0, gainDb: 0 };
    expect(compareMoment(silence(0.5), sound)).toEqual(nothing);
    expect(compareMoment(sound, silence(0.5))).toEqual(nothing);
    expect(compareMoment(sound.slice(0, 100), sound.slice(0, 100))).toEqual(nothing);
    expect(compareMoment(noise(0.5, -20, 1), noise(0.5, -20, 2)).correlation).toBeLessThan(0.15);
  });
});

describe.each([
  [-12, 144],
  [-6, 72],
])('two people in one room, each heard in the other’s microphone at %d dB', (gainDb, lagSamples) => {
  // Ana alone until 11.5 s, Carlo alone until 24 s, then both.
  const ana = voice(
    0,
    [
      [0, 0.6],
      [1, 6],
      [2, 25],
      [3, 30.5],
    ],
    37,
  );
  const carlo = voice(
    2,
    [
      [0, 12.5],
      [1, 18],
      [2, 25.3],
      [0, 31],
    ],
    37,
  );
  const heardAfar = (sound: Float32Array) => scaled(delayed(sound, lagSamples), gainDb);
  const microphones = [
    mixed(ana, heardAfar(carlo), noise(37, -66, 1)),
    mixed(carlo, heardAfar(ana), noise(37, -66, 2)),
  ];
  const bleeds = bleedsHeard(microphones);
  const tracks = microphones.map(speech);
  const gates = openMicrophones(tracks, bleeds);
  const through = (track: number, sound: Float32Array) =>
    gated(sound, tracks[track]?.stretches ?? [], gates[track] ?? []);

  it('is told with its level and delay, both ways', () => {
    expect(bleeds.map(({ a, b }) => [a, b])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    for (const bleed of bleeds) {
      expect(Math.abs(bleed.gainDb - gainDb)).toBeLessThan(1);
      expect(Math.abs(bleed.lagSamples - lagSamples)).toBeLessThan(3);
    }
  });

  it('closes the microphone whose owner is silent', () => {
    const [anaAfar, carloAfar] = [heardAfar(ana), heardAfar(carlo)];
    expect(energyOf(through(1, anaAfar), 0, 11.5) / energyOf(anaAfar, 0, 11.5)).toBeLessThan(0.01);
    expect(energyOf(through(0, carloAfar), 13, 24) / energyOf(carloAfar, 13, 24)).toBeLessThan(0.01);
  });

  it('keeps 99.5 % of what each owner says, alone and when both talk', () => {
    for (const [from, to] of [
      [0, 24.5],
      [24.5, 37],
    ] as const) {
      expect(energyOf(through(0, ana), from, to) / energyOf(ana, from, to)).toBeGreaterThan(0.995);
      expect(energyOf(through(1, carlo), from, to) / energyOf(carlo, from, to)).toBeGreaterThan(0.995);
    }
  });

  it('does not change how loud either owner is found to be', () => {
    const owners = ownersOnly(tracks, bleeds);
    const lufs = (stretches: readonly PlacedStretch[] | undefined) =>
      levelSpeaker([{ stretches: stretches ?? [], noiseLufs: null }]).levels[0]?.inputLufs ?? 0;
    for (const [n, sound] of [ana, carlo].entries()) {
      expect(Math.abs(lufs(owners[n]) - lufs(speech(sound).stretches))).toBeLessThan(0.5);
    }
  });

  it('does not chatter: no gate opens more than once in a second', () => {
    for (const gate of gates.flat()) {
      const openings = [...gate.keys()].filter((edge) => edge > 0 && gate[edge] !== 0 && gate[edge - 1] === 0);
      const apart = openings.slice(1).map((edge, n) => edge - (openings[n] ?? 0));
      expect(Math.min(...apart, 50)).toBe(50);
    }
  });
});

describe('people in different rooms', () => {
  it('who talk at once are not taken for one', () => {
    const ana = voice(
      0,
      [
        [0, 0.5],
        [1, 5.5],
        [2, 11],
        [3, 17],
      ],
      24,
    );
    const june = voice(
      1,
      [
        [0, 0.7],
        [1, 6.5],
        [2, 12],
        [3, 18],
      ],
      24,
    );
    const carlo = voice(
      2,
      [
        [0, 0.6],
        [1, 6],
        [2, 11.5],
        [0, 17.5],
      ],
      24,
    );
    expect(bleedsHeard([ana, june, carlo].map((sound, n) => mixed(sound, noise(24, -66, n))))).toEqual([]);
  });

  it('who laugh at the same beats are not taken for one', () => {
    const laughter = (seed: number) => {
      const sound = noise(16, -66, seed);
      for (let n = 0; n < 48; n += 1) addFrom(sound, noise(0.12, -20, 100 * seed + n), 48_000 + 12_000 * n);
      return sound;
    };
    const sounds = [laughter(1), laughter(2)];
    expect(pairsToCompare(sounds.map(speech))).toHaveLength(1);
    expect(bleedsHeard(sounds)).toEqual([]);
  });

  it('are not taken for one for the sake of a few moments that seem alike', () => {
    const moment = (lagSamples: number, gainDb: number): MomentComparison => ({ correlation: 0.7, lagSamples, gainDb });
    expect(
      bleedsOf([{ a: 0, b: 1, moments: [moment(0, 0), moment(300, -3), moment(-900, 2), moment(0, -9)] }]),
    ).toEqual([]);
    expect(bleedsOf([{ a: 0, b: 1, moments: [] }])).toEqual([]);
  });
});

describe('one voice in two microphones', () => {
  const moments = (gainDb: number, lagSamples: number, count: number): MomentComparison[] =>
    Array.from({ length: count }, () => ({ correlation: 0.95, lagSamples, gainDb }));

  it('is bleed in the softer one', () => {
    expect(bleedsOf([{ a: 2, b: 5, moments: moments(-9, 100, 5) }])).toEqual([
      { a: 2, b: 5, gainDb: -9, lagSamples: 100 },
    ]);
    expect(bleedsOf([{ a: 2, b: 5, moments: moments(9, -100, 5) }])).toEqual([
      { a: 5, b: 2, gainDb: -9, lagSamples: 100 },
    ]);
  });

  it('is told from another’s by level where one microphone is much hotter', () => {
    const both = [...moments(4, 100, 4), ...moments(20, -100, 6)];
    expect(bleedsOf([{ a: 0, b: 1, moments: both }])).toEqual([
      { a: 0, b: 1, gainDb: 4, lagSamples: 100 },
      { a: 1, b: 0, gainDb: -20, lagSamples: 100 },
    ]);
  });
});

describe('which pairs are compared', () => {
  const ana = mixed(
    voice(
      0,
      [
        [0, 0.5],
        [1, 6],
      ],
      12,
    ),
    noise(12, -66, 1),
  );

  it('leaves out music and pairs that are hardly heard at once', () => {
    const bleeding = scaled(ana, -9);
    expect(pairsToCompare([speech(ana), speech(bleeding)])).toHaveLength(1);
    expect(pairsToCompare([speech(ana), { ...speech(bleeding), kind: 'music' }])).toEqual([]);
    expect(pairsToCompare([speech(ana), speech(bleeding.slice(0, 120_000))])).toEqual([]);
  });

  it('names at most 20 moments of half a second, within what both kept', () => {
    const [pair] = pairsToCompare([speech(ana), speech(scaled(ana, -9))]);
    const kept = (roomSample: number, stretches: readonly PlacedStretch[]) =>
      stretches.some((one) => one.roomSample <= roomSample && roomSample + 24_000 <= one.roomSample + one.sampleCount);
    expect(pair?.moments.length).toBeGreaterThan(5);
    expect(pair?.moments.length).toBeLessThanOrEqual(20);
    for (const { roomSample, sampleCount } of pair?.moments ?? []) {
      expect(sampleCount).toBe(24_000);
      expect(kept(roomSample, speech(ana).stretches)).toBe(true);
    }
  });
});
