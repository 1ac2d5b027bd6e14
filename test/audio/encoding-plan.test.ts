/** What encoders make of the mix: level, length, channels, and the same bytes each time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aacPlan, opusPlan, stemFlacPlan, stemPlan } from '../../src/audio/encoding-plan.ts';
import { monoBitrateFor, withEmptySideChannel } from '../../src/audio/mp3-stereo.ts';
import { slicesOf } from '../../src/audio/slices.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import {
  decodeWith,
  encodeInSlices,
  encodeSound,
  energyBetween,
  fixtureSpeech,
  interleaved,
  mp3File,
} from '../support/mp3-encoding.ts';
import { decode, FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const SAMPLES = 8 * 48_000 + 123;

describe.each(FFMPEGS)('with $name', ({ path: ffmpeg }) => {
  let folder: string;
  let voice: Float32Array;
  let lufsBefore: number;
  beforeAll(() => {
    folder = makeTempFolder('encoding-plan');
    voice = fixtureSpeech('p1-1.ogg', SAMPLES);
    lufsBefore = integratedLoudness([voice, voice]);
  });
  afterAll(() => removeFolder(folder));

  const written = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  test.each([
    [64, 0.45],
    [96, 0.45],
    [128, 0.45],
    [192, 0.45],
  ])('libmp3lame lowers one channel by the same for joint stereo of %d kbit/s: %d dB', (kbps, lossDb) => {
    const encoder = { ffmpeg, folder, channels: 1, bitrateKbps: monoBitrateFor(kbps) } as const;
    const mono = encodeInSlices(encoder, voice, slicesOf(SAMPLES));
    const file = written('whole.mp3', mp3File(withEmptySideChannel(mono, kbps), SAMPLES));
    expect(Math.abs(lufsBefore - lossDb - integratedLoudness(decode(file)))).toBeLessThan(0.02);
  });

  test.each([
    [96, 0.45],
    [128, 0.45],
    [192, 0.265],
  ])('and two channels at %d kbit/s by %d dB', (kbps, lossDb) => {
    const encoder = { ffmpeg, folder, channels: 2, bitrateKbps: kbps } as const;
    const frames = encodeInSlices(encoder, interleaved(voice, voice), slicesOf(SAMPLES));
    const file = written('whole.mp3', mp3File(frames, SAMPLES));
    expect(Math.abs(lufsBefore - lossDb - integratedLoudness(decode(file)))).toBeLessThan(0.02);
  });

  test.each([
    ['AAC', 'other.m4a', aacPlan(1, 96, 'other.m4a'), 0.3],
    ['Opus', 'other.ogg', opusPlan(1, 64, 'other.ogg'), 0.2],
  ])('%s of one channel has two, equal and as loud as the mix, and the same bytes again', (_, name, plan, nearDb) => {
    const bytes = encodeSound(ffmpeg, plan, voice, folder);
    expect(Buffer.compare(encodeSound(ffmpeg, plan, voice, folder), bytes)).toBe(0);
    const both = decodeWith(ffmpeg, written(name, bytes));
    const [left, right] = [0, 1].map((channel) => both.filter((_value, n) => n % 2 === channel));
    if (left === undefined || right === undefined) throw new Error('two channels');
    expect(Math.abs(left.length - SAMPLES)).toBeLessThan(1024);
    expect(energyBetween(left, 0, SAMPLES, right)).toBeLessThan(1e-4 * energyBetween(left, 0, SAMPLES));
    expect(Math.abs(integratedLoudness([left, right]) - lufsBefore)).toBeLessThan(nearDb);
  });

  test('the alternates keep two channels apart', () => {
    const sound = interleaved(
      voice,
      voice.map((value) => value / 2),
    );
    for (const plan of [aacPlan(2, 96, 'wide.m4a'), opusPlan(2, 64, 'wide.ogg')]) {
      encodeSound(ffmpeg, plan, sound, folder);
      const [left, right] = decode(join(folder, plan.outputs[0]?.target ?? ''));
      const db = 10 * Math.log10(energyBetween(left, 0, SAMPLES) / energyBetween(right, 0, SAMPLES));
      expect(Math.abs(db - 6.02)).toBeLessThan(0.3);
    }
  });

  test('a stem is one channel of the exact length, at its level, and the same bytes again', () => {
    const bytes = encodeSound(ffmpeg, stemPlan('stem.ogg'), voice, folder);
    expect(Buffer.compare(encodeSound(ffmpeg, stemPlan('stem.ogg'), voice, folder), bytes)).toBe(0);
    const stem = decodeWith(ffmpeg, written('stem.ogg', bytes));
    expect(stem.length).toBe(SAMPLES);
    expect(Math.abs(integratedLoudness([stem, stem]) - lufsBefore)).toBeLessThan(0.1);
    const noise = energyBetween(stem, 0, SAMPLES, voice) / energyBetween(voice, 0, SAMPLES);
    expect(10 * Math.log10(noise)).toBeLessThan(-15);
    expect(bytes.length / (SAMPLES / 48_000)).toBeLessThan(4400);
  });

  test.each([16, 24] as const)('a FLAC stem of %d bits differs by its last bit at most', (bits) => {
    const bytes = encodeSound(ffmpeg, stemFlacPlan(bits, 'stem.flac'), voice, folder);
    const stem = decodeWith(ffmpeg, written('stem.flac', bytes));
    expect(stem.length).toBe(SAMPLES);
    let most = 0;
    for (const [n, value] of stem.entries()) most = Math.max(most, Math.abs(value - (voice[n] ?? 0)));
    expect(most).toBeLessThanOrEqual(2 ** (1 - bits));
    // Not fewer bits than it says, either.
    expect(most).toBeGreaterThan(2 ** -(bits + 2));
  });
});
