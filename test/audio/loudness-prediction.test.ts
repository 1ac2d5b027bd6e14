/** The loudness of a mix is known before the mix exists: predicted from step energies, measured on the samples. */
import { describe, expect, it } from 'vitest';
import { type CuedTrack, type CueSheet, cuesOf, type KeptPiece } from '../../src/audio/cue-sheet.ts';
import { blockEnergies, integratedFromBlocks } from '../../src/audio/loudness-gating.ts';
import { predictSteps } from '../../src/audio/loudness-prediction.ts';
import { mixInto } from '../../src/audio/mixer.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { addFrom, fixtureTurns, noise, scaled, wholeStretch } from '../support/stretches.ts';

const SECOND = 48_000;
const STEP = 960;

const ana = scaled(fixtureTurns('p1')[0] ?? new Float32Array(), 3);
const june = fixtureTurns('p2')[0] ?? new Float32Array();
/** Twelve seconds of each: two voices by turns and at once, and two noises that know nothing of one another. */
const placed = (sound: Float32Array, ...seconds: readonly number[]) =>
  seconds.reduce((lane, at) => addFrom(lane, sound, at * SECOND), noise(12, -70, 1));
const lanes = [placed(ana, 0.5, 6), placed(june, 3, 6.3), noise(12, -30, 7), noise(12, -33, 8)];
const stretches = lanes.map((lane) => wholeStretch(lane));

/** Gains that move: up and down within a few steps, as gates and compression do. */
const moving = (seed: number) =>
  Float32Array.from({ length: 12 * 50 + 1 }, (_, edge) => 0.6 + 0.4 * Math.sin((edge + 13 * seed) / (4 + seed)));

function trackOf(lane: number, roomSample: number, rate: number, place = { left: 1, right: 1 }): CuedTrack {
  const stretch = stretches[lane] ?? wholeStretch(new Float32Array());
  return { lane, stretches: [{ ...stretch, roomSample, rate }], gains: [moving(lane)], ...place };
}

const read = (lane: number, from: number, count: number) =>
  Float32Array.from({ length: count }, (_, n) => lanes[lane]?.[from + n] ?? 0);

function mixed({ cues, channels, durationSamples }: CueSheet): Float32Array[] {
  const sound = Array.from({ length: channels }, () => new Float32Array(durationSamples));
  mixInto(sound, 0, cues, 1, read);
  return sound;
}

function sheetOf(
  tracks: readonly CuedTrack[],
  channels: 1 | 2 = 1,
  pieces: readonly KeptPiece[] = [{ roomFrom: 0, length: 12 * SECOND, episodeFrom: 0 }],
): CueSheet {
  const durationSamples = Math.max(...pieces.map(({ episodeFrom, length }) => episodeFrom + length));
  return { durationSamples, channels, cues: cuesOf(tracks, pieces) };
}

const predictedLufs = (sheet: CueSheet, channels: 1 | 2) =>
  integratedFromBlocks(blockEnergies(predictSteps(sheet, channels).energies)) ?? Number.NaN;

const CASES: readonly (readonly [string, CueSheet])[] = [
  ['voices that begin with a step', sheetOf([trackOf(0, 0, 1), trackOf(1, 0, 1)])],
  ['voices that begin between steps', sheetOf([trackOf(0, 333, 1), trackOf(1, -777, 1)])],
  ['voices whose drift is corrected', sheetOf([trackOf(0, 100, 1 + 150e-6), trackOf(1, 0, 1 - 300e-6)])],
  ['noises', sheetOf([trackOf(2, 480, 1), trackOf(3, 11, 1 + 150e-6)])],
  ['voices over noise', sheetOf([trackOf(0, 0, 1), trackOf(1, 500, 1), trackOf(2, 77, 1)])],
  [
    'voices in a room that is cut',
    sheetOf([trackOf(0, 0, 1), trackOf(1, 500, 1)], 1, [
      { roomFrom: 20_001, length: 4.1 * SECOND, episodeFrom: 500 },
      { roomFrom: 6 * SECOND, length: 5 * SECOND + 13, episodeFrom: 500 + 4.1 * SECOND },
    ]),
  ],
];

describe('predicted loudness', () => {
  it.each(CASES)('of %s is within 0.1 LU of the mix, on one channel and on two equal ones', (_what, sheet) => {
    const [sound = new Float32Array()] = mixed(sheet);
    expect(Math.abs(predictedLufs(sheet, 1) - integratedLoudness([sound]))).toBeLessThan(0.1);
    expect(Math.abs(predictedLufs(sheet, 2) - integratedLoudness([sound, sound]))).toBeLessThan(0.1);
  });

  it('on two channels counts the places of the speakers', () => {
    const sheet = sheetOf(
      [trackOf(0, 0, 1, { left: 1.1, right: 0.88 }), trackOf(1, 0, 1, { left: 0.9, right: 1.09 })],
      2,
    );
    expect(Math.abs(predictedLufs(sheet, 2) - integratedLoudness(mixed(sheet)))).toBeLessThan(0.1);
  });

  it('of nothing is nothing', () => {
    const { energies, peakBounds } = predictSteps({ durationSamples: 3 * STEP + 1, channels: 1, cues: [] }, 2);
    expect([...energies, ...peakBounds]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('the bound of peaks', () => {
  it.each(CASES)('of %s holds in every step, and is not far above', (_what, sheet) => {
    const [sound = new Float32Array()] = mixed(sheet);
    const { peakBounds } = predictSteps(sheet, 2);
    let nearest = Number.POSITIVE_INFINITY;
    for (const [step, bound] of peakBounds.entries()) {
      const most = sound
        .subarray(step * STEP, (step + 1) * STEP)
        .reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
      // What lies between two samples may be higher than either, where drift is corrected.
      expect(most).toBeLessThanOrEqual(bound * (sheet.cues.some(({ rate }) => rate !== 1) ? 1.5 : 1.000_001));
      if (most > 0.01) nearest = Math.min(nearest, bound / most);
    }
    expect(nearest).toBeLessThan(1.5);
  });

  it('is that of the step, not of two together, for a track that begins between steps', () => {
    const track = { ...trackOf(0, 333, 1), gains: [new Float32Array(601).fill(1)] };
    const { peakBounds } = predictSteps(sheetOf([track]), 1);
    const peaks = stretches[0]?.peaks ?? [];
    for (let step = 1; step < 599; step += 1) {
      expect(peakBounds[step]).toBeCloseTo(Math.max(peaks[step - 1] ?? 0, peaks[step] ?? 0), 6);
    }
  });

  it('holds for a cue that is shorter than its own fades', () => {
    const sheet = sheetOf([trackOf(2, 0, 1)], 1, [{ roomFrom: 4_900, length: 700, episodeFrom: 0 }]);
    const [sound = new Float32Array()] = mixed(sheet);
    const { peakBounds } = predictSteps(sheet, 1);
    const most = sound.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
    expect(most).toBeGreaterThan(0.005);
    expect(peakBounds[0]).toBeGreaterThanOrEqual(most);
  });
});
