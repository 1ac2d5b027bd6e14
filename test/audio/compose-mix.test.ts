/** The whole of a mix, decided from placed tracks: who is heard when, how loud, where, and who is said to have talked. */
import { describe, expect, it } from 'vitest';
import type { Bleed } from '../../src/audio/bleed.ts';
import { type Composing, composeMix } from '../../src/audio/compose-mix.ts';
import { mixInto } from '../../src/audio/mixer.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { ParticipantId } from '../../src/domain/ids.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import {
  addFrom,
  energyOf,
  fixtureTurns,
  heardStretches,
  mixed,
  noise,
  scaled,
  wholeStretch,
} from '../support/stretches.ts';

type ComposedTrack = Composing['tracks'][number];

const SECOND = 48_000;
const id = (name: string) => ParticipantId.parse(name);
const [ana, june] = (['p1', 'p2'] as const).map((participant) =>
  fixtureTurns(participant)[0]?.slice(0, 4 * SECOND),
) as [Float32Array, Float32Array];

function room(seconds: number, seed: number, ...said: readonly (readonly [Float32Array, number])[]): Float32Array {
  const sound = noise(seconds, -70, seed);
  for (const [words, at] of said) addFrom(sound, words, at * SECOND);
  return sound;
}

const speech = (name: string, lane: number, sound: Float32Array, isHost = false): ComposedTrack => ({
  participantId: id(name),
  isHost,
  kind: 'speech',
  lane,
  stretches: heardStretches(sound),
  noiseLufs: -70,
});

const composing = (tracks: readonly ComposedTrack[], seconds: number, rest: Partial<Composing> = {}): Composing => ({
  ...{ tracks, bleeds: [], roomDurationSamples: seconds * SECOND, edit: {} },
  ...{ trimDeadAir: false, shortenSilences: false, isStage: false, leadInSamples: 0, tailSamples: 0 },
  ...rest,
});

function heard({ sheet }: ReturnType<typeof composeMix>, lanes: readonly Float32Array[]): Float32Array[] {
  const channels = Array.from({ length: sheet.channels }, () => new Float32Array(sheet.durationSamples));
  mixInto(channels, 0, sheet.cues, 1, (lane, from, count) =>
    Float32Array.from({ length: count }, (_, n) => lanes[lane]?.[from + n] ?? 0),
  );
  return channels;
}

const lanes = [room(20, 1, [scaled(ana, -12), 1], [scaled(ana, -12), 12]), room(20, 2, [scaled(june, 3), 6])];
const tracks = [speech('ana', 0, lanes[0] ?? ana, true), speech('june', 1, lanes[1] ?? june)];

describe('a composed mix', () => {
  const composition = composeMix(composing(tracks, 20));
  const [sound = new Float32Array()] = heard(composition, lanes);

  it('is as long as the room, on one channel, and brings both to the same level', () => {
    expect(composition.sheet).toMatchObject({ durationSamples: 20 * SECOND, channels: 1 });
    const lufs = (from: number) => integratedLoudness([sound.subarray(from * SECOND, (from + 4) * SECOND)]);
    expect(Math.abs(lufs(1) - lufs(6))).toBeLessThan(1.5);
    expect(Math.abs(lufs(6) + 19)).toBeLessThan(1.5);
    const levels = composition.levels.map(({ participantId, levels: [level] }) => [participantId, level?.outputLufs]);
    expect(levels.map(([name]) => name)).toEqual(['ana', 'june']);
  });

  it('is silent while nobody talks', () => {
    expect(energyOf(sound, 17, 19.9)).toBe(0);
    expect(energyOf(sound, 1.5, 4)).toBeGreaterThan(1);
  });

  it('tells who talked when', () => {
    expect(composition.turns.map(({ participantId }) => participantId)).toEqual(['ana', 'june', 'ana']);
  });

  it('leaves played music as it is, always open, and out of levels and turns', () => {
    const music = noise(20, -40, 9);
    const player: ComposedTrack = {
      ...{ participantId: id('player'), isHost: false, kind: 'music', lane: 2, noiseLufs: null },
      stretches: [wholeStretch(music)],
    };
    const withMusic = composeMix(composing([...tracks, player], 20));
    const [both = new Float32Array()] = heard(withMusic, [...lanes, music]);
    for (const at of [1, 9_999, 300_000, 900_000]) {
      expect((both[at] ?? 0) - (sound[at] ?? 0)).toBeCloseTo(music[at] ?? 9, 6);
    }
    expect(withMusic.levels).toEqual(composition.levels);
    expect(withMusic.turns).toEqual(composition.turns);
  });

  it('cuts dead air and long silences for all alike, and makes room for an intro and an outro', () => {
    const edited = composeMix(
      composing(tracks, 20, {
        trimDeadAir: true,
        shortenSilences: true,
        leadInSamples: SECOND,
        tailSamples: 2 * SECOND,
      }),
    );
    expect(edited.sheet.durationSamples).toBeLessThan((20 + 3 - 2) * SECOND);
    expect(Math.min(...edited.sheet.cues.map(({ start }) => start))).toBeGreaterThanOrEqual(SECOND);
    const last = Math.max(...edited.sheet.cues.map(({ start, length }) => start + length));
    expect(last).toBeLessThanOrEqual(edited.sheet.durationSamples - 2 * SECOND);
    const [shorter = new Float32Array()] = heard(edited, lanes);
    expect(energyOf(shorter) / energyOf(sound)).toBeGreaterThan(0.9999);
  });

  it('puts speakers in places on a stage, the same energy for each as on one channel', () => {
    const staged = composeMix(composing(tracks, 20, { isStage: true }));
    expect(staged.sheet.channels).toBe(2);
    const [left = new Float32Array(), right = new Float32Array()] = heard(staged, lanes);
    for (const [from, to] of [
      [1, 5],
      [6, 10],
    ] as const) {
      const power = energyOf(left, from, to) + energyOf(right, from, to);
      expect(10 * Math.log10(power / (2 * energyOf(sound, from, to)))).toBeCloseTo(0, 1);
    }
    const places = new Set(staged.sheet.cues.map(({ lane, left: l, right: r }) => `${lane} ${l > r} ${l === r}`));
    expect(places.size).toBe(2);
  });

  it('of one speaker in two tracks has one level, and of nobody is a silent room', () => {
    const [first, second] = [lanes[0] ?? ana, room(20, 3, [scaled(ana, -12), 16])];
    const again = composeMix(composing([speech('ana', 0, first), speech('ana', 1, second)], 20));
    expect(again.levels).toHaveLength(1);
    const nobody = composeMix(composing([], 3));
    expect(nobody).toMatchObject({ sheet: { durationSamples: 3 * SECOND, cues: [] }, turns: [], levels: [] });
  });
});

describe('two people in one room', () => {
  const bleeds: Bleed[] = [
    { a: 0, b: 1, gainDb: -12, lagSamples: 144 },
    { a: 1, b: 0, gainDb: -12, lagSamples: 144 },
  ];
  const afar = (sound: Float32Array) => scaled(addFrom(new Float32Array(sound.length), sound, 144), -12);
  const [mine, theirs] = [room(20, 1, [ana, 1], [ana, 12]), room(20, 2, [june, 6], [june, 13])];
  const microphones = [mixed(mine, afar(theirs)), mixed(theirs, afar(mine))];
  const both = microphones.map((sound, lane) => speech(lane === 0 ? 'ana' : 'june', lane, sound));
  const composition = composeMix(composing(both, 20, { bleeds }));

  it('talk in their own turns only, though each is heard in both microphones', () => {
    const names = composition.turns.filter(({ startSeconds }) => startSeconds < 11);
    expect(names.map(({ participantId }) => participantId)).toEqual(['ana', 'june']);
  });

  it('are measured, not predicted, where both microphones are open, and only there', () => {
    expect(composition.correlated.length).toBeGreaterThan(0);
    for (const { fromSample, toSample } of composition.correlated) {
      expect(fromSample).toBeGreaterThan(11.5 * SECOND);
      expect(toSample).toBeLessThan(18.5 * SECOND);
    }
    const longest = Math.max(...composition.correlated.map(({ fromSample, toSample }) => toSample - fromSample));
    expect(longest).toBeGreaterThan(SECOND / 2);
    expect(composeMix(composing(both, 20)).correlated).toEqual([]);
  });
});

describe('a track whose clock drifts', () => {
  it('has its turns where the room hears them', () => {
    const stretches = tracks[0]?.stretches ?? [];
    const fast = stretches.map((stretch): PlacedStretch => ({ ...stretch, rate: 1.01 }));
    const told = composeMix(composing([{ ...speech('ana', 0, lanes[0] ?? ana), stretches: fast }], 20));
    const as = composeMix(composing([speech('ana', 0, lanes[0] ?? ana)], 20));
    for (const [n, turn] of told.turns.entries()) {
      const length = turn.endSeconds - turn.startSeconds;
      const usual = (as.turns[n]?.endSeconds ?? 0) - (as.turns[n]?.startSeconds ?? 0);
      expect(length / usual).toBeCloseTo(1 / 1.01, 2);
    }
    expect(told.turns).toHaveLength(2);
  });
});
