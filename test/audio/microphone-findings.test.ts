/** What is said of a microphone, at and beside every threshold. */
import { describe, expect, it } from 'vitest';
import { microphoneFindings } from '../../src/audio/microphone-findings.ts';
import type { ReportedLevel, ReportedTrack } from '../../src/audio/report.ts';
import { sha256 } from '../../src/domain/ids.ts';

const level = (change: Partial<ReportedLevel> = {}): ReportedLevel => ({
  ...{ inputLufs: -24, outputLufs: -19, wantedGainDb: 5, gainDb: 5, boundedByNoise: false },
  compressionDb: { max: 3, mean: 1 },
  ...change,
});

const track = (change: Partial<ReportedTrack> = {}): ReportedTrack => ({
  ...{ sha256: sha256('a'), kind: 'speech', format: 'Ogg Opus', startOffsetSeconds: 0 },
  ...{ decodedSeconds: 600, talkSeconds: 300, gapSeconds: 0, gapCount: 0 },
  ...{ inputLufs: -24, noiseLufs: -65, inputPeakDbfs: -6, clippedSamples: 0, nonFiniteSamples: 0, dcOffset: 0 },
  ...change,
});

interface Microphone {
  readonly levels?: readonly ReportedLevel[];
  readonly tracks?: readonly ReportedTrack[];
  readonly hearsOthers?: boolean;
}
const findingsOf = ({ levels = [level()], tracks = [track()], hearsOthers = false }: Microphone = {}) =>
  microphoneFindings({ levels, tracks, hearsOthers });
const codes = (microphone: Microphone) => findingsOf(microphone).map(({ code }) => code);

const short = (wantedGainDb: number, gainDb: number, change: Partial<ReportedLevel> = {}) =>
  level({ boundedByNoise: true, wantedGainDb, gainDb, ...change });

describe('A microphone', () => {
  it('that is well is not talked about', () => {
    expect(findingsOf()).toEqual([]);
  });

  it('of somebody who only plays music, or says nothing, is not either', () => {
    const silent = { inputLufs: null, noiseLufs: null, talkSeconds: 0 };
    expect(
      codes({ levels: [], tracks: [track({ kind: 'music', inputLufs: -8, noiseLufs: -20, dcOffset: 0.2 })] }),
    ).toEqual([]);
    expect(codes({ levels: [level({ inputLufs: null, outputLufs: null })], tracks: [track(silent)] })).toEqual([]);
  });

  it.each<[string, Microphone, string[]]>([
    ['1 dB short of the others for its noise', { levels: [short(12, 11)] }, ['noisy-microphone']],
    ['0.9 dB short of them', { levels: [short(12, 11.1)] }, []],
    ['with two levels, one of them short', { levels: [level(), short(20, 12)] }, ['noisy-microphone']],
    ['with 50 clipped samples', { tracks: [track({ clippedSamples: 50 })] }, ['clipped-microphone']],
    ['with 49', { tracks: [track({ clippedSamples: 49 })] }, []],
    [
      'with 30 on each of two tracks',
      { tracks: [track({ clippedSamples: 30 }), track({ clippedSamples: 30 })] },
      ['clipped-microphone'],
    ],
    ['with 300 in three hours of talk', { tracks: [track({ clippedSamples: 300, talkSeconds: 10_800 })] }, []],
    [
      'with 360 in three hours of talk',
      { tracks: [track({ clippedSamples: 360, talkSeconds: 10_800 })] },
      ['clipped-microphone'],
    ],
    ['at -39 LUFS', { levels: [level({ inputLufs: -39 })] }, ['quiet-microphone']],
    ['at -38 LUFS', { levels: [level({ inputLufs: -38 })] }, []],
    ['at -11 LUFS', { levels: [level({ inputLufs: -11 })] }, ['loud-microphone']],
    ['at -12 LUFS', { levels: [level({ inputLufs: -12 })] }, []],
    [
      'at -40 LUFS, then at -10',
      { levels: [level({ inputLufs: -40 }), level({ inputLufs: -10 })] },
      ['quiet-microphone', 'loud-microphone'],
    ],
    ['25.9 LU above its room', { tracks: [track({ inputLufs: -30, noiseLufs: -55.9 })] }, ['far-microphone']],
    ['26 LU above its room', { tracks: [track({ inputLufs: -30, noiseLufs: -56 })] }, []],
    [
      'that is noisy, and so no distance is told',
      { levels: [short(20, 10)], tracks: [track({ inputLufs: -30, noiseLufs: -50 })] },
      ['noisy-microphone'],
    ],
    ['that hears others', { hearsOthers: true }, ['shared-room']],
    ['with one sample that is no number', { tracks: [track({ nonFiniteSamples: 1 })] }, ['damaged-samples']],
    ['shifted by 1.1 % downwards', { tracks: [track({ dcOffset: -0.011 })] }, ['dc-offset']],
    ['shifted by 1 %', { tracks: [track({ dcOffset: 0.01 })] }, []],
    ['that lost 0.6 s', { tracks: [track({ gapSeconds: 0.3 }), track({ gapSeconds: 0.3 })] }, ['lost-sound']],
    ['that lost 0.5 s', { tracks: [track({ gapSeconds: 0.5 })] }, []],
    ['whose clock was corrected', { tracks: [track(), track({ driftPpm: -60 })] }, ['clock-drift']],
    [
      'with everything wrong',
      {
        levels: [short(20, 10, { inputLufs: -41 })],
        tracks: [track({ clippedSamples: 99, nonFiniteSamples: 3, dcOffset: 0.1, gapSeconds: 9, driftPpm: 90 })],
        hearsOthers: true,
      },
      [
        'noisy-microphone',
        'clipped-microphone',
        'quiet-microphone',
        'shared-room',
        'damaged-samples',
        'dc-offset',
        'lost-sound',
        'clock-drift',
      ],
    ],
  ])('%s', (_what, microphone, expected) => {
    expect(codes(microphone)).toEqual(expected);
  });

  it.each<[string, Microphone, RegExp]>([
    ['noisy-microphone', { levels: [short(25.4, 12.1)] }, /raised by 12 dB only, and stays 13 dB softer/],
    ['noisy-microphone', { levels: [short(8, 0)] }, /was not raised, and stays 8 dB softer/],
    [
      'quiet-microphone',
      { levels: [level({ inputLufs: -43.6 })] },
      /very soft \(-44 LUFS\)\. It was brought to the others' level/,
    ],
    [
      'quiet-microphone',
      { levels: [short(25, 12, { inputLufs: -44 })] },
      /very soft \(-44 LUFS\)\. Turn the microphone up/,
    ],
    ['clipped-microphone', { tracks: [track({ clippedSamples: 1234 })] }, /\(1234 samples\)/],
    ['lost-sound', { tracks: [track({ gapSeconds: 3.04 })] }, /^3\.0 s of the recording were lost/],
    ['clock-drift', { tracks: [track({ driftPpm: 150 })] }, /ran fast, by 0\.54 s an hour/],
    ['clock-drift', { tracks: [track({ driftPpm: -150 })] }, /ran slow, by 0\.54 s an hour/],
  ])('is told of %s in words: %#', (code, microphone, words) => {
    expect(findingsOf(microphone).find((finding) => finding.code === code)?.message).toMatch(words);
  });

  it('is told of in sentences that go on after a name and end', () => {
    const all = findingsOf({
      levels: [short(20, 10, { inputLufs: -41 }), level({ inputLufs: -9 })],
      tracks: [track({ clippedSamples: 99, nonFiniteSamples: 3, dcOffset: 0.1, gapSeconds: 9, driftPpm: 90 })],
      hearsOthers: true,
    });
    expect(all).toHaveLength(9);
    for (const { message } of all) expect(message).toMatch(/^([a-z]|\d)[^\n]*[.]$/);
  });
});
