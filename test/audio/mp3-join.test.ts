/** Slices encoded apart and joined: exactly as long as the sound, without a seam to hear, and a header that says so. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFile } from 'music-metadata';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crc16 } from '../../src/audio/crc16.ts';
import { mp3SlicePlan } from '../../src/audio/encoding-plan.ts';
import type { FfmpegPlan } from '../../src/audio/ffmpeg-plan.ts';
import { infoFrame, infoFrameBytes } from '../../src/audio/mp3-info-frame.ts';
import { keptFrames, NO_MUSIC, withFrames } from '../../src/audio/mp3-join.ts';
import { withEmptySideChannel } from '../../src/audio/mp3-stereo.ts';
import { framesHolding, type Slice, slicesOf } from '../../src/audio/slices.ts';
import { hasPythonParsers, readMp3HeaderWithPython } from '../support/debian-python.ts';
import {
  decodeWith,
  encodeInSlices,
  encodeSound,
  energyBetween,
  fixtureSpeech,
  interleaved,
  mp3File,
  type SliceEncoder,
} from '../support/mp3-encoding.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const SAMPLES = 19 * 48_000 + 777;
/** 3 s, so that there are five seams. */
const SLICES = slicesOf(SAMPLES, 5 * 28_800);

test('the checksum is the one that is known as CRC-16/ARC, whole or in parts', () => {
  const digits = new TextEncoder().encode('123456789');
  expect(crc16(digits)).toBe(0xbb3d);
  expect(crc16(digits.subarray(4), crc16(digits.subarray(0, 4)))).toBe(0xbb3d);
});

describe.each(FFMPEGS)('with $name', ({ path: ffmpeg }) => {
  let folder: string;
  let voice: Float32Array;
  let mono: SliceEncoder;
  beforeAll(() => {
    folder = makeTempFolder('mp3-join');
    voice = fixtureSpeech('p1-1.ogg', SAMPLES);
    mono = { ffmpeg, folder, channels: 1, bitrateKbps: 80 };
  });
  afterAll(() => removeFolder(folder));

  const written = (frames: Uint8Array, samples = SAMPLES) => {
    const file = join(folder, 'file.mp3');
    writeFileSync(file, mp3File(frames, samples));
    return file;
  };

  test('our checksums are the ones ffmpeg writes into its own header', () => {
    const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=d=3:r=48000', '-ac', '2', '-c:a', 'libmp3lame'];
    execFileSync(ffmpeg, [...args, '-b:a', '96k', '-write_xing', '1', '-id3v2_version', '0', join(folder, 'own.mp3')]);
    const file = execFileSync('cat', [join(folder, 'own.mp3')]);
    expect(file.subarray(36, 40).toString()).toBe('Info');
    expect(file.readUInt16BE(190)).toBe(crc16(file.subarray(0, 190)));
    expect(file.readUInt16BE(188)).toBe(crc16(file.subarray(288)));
    expect(file.readUInt32BE(184)).toBe(file.length);
  });

  test.each([1, 2] as const)('%d channel(s): the exact length, and seams that nobody hears', (channels) => {
    const encoder: SliceEncoder = { ffmpeg, folder, channels, bitrateKbps: channels === 1 ? 80 : 128 };
    const sound = channels === 1 ? voice : interleaved(voice, fixtureSpeech('p2-1.ogg', SAMPLES));
    const plan = mp3SlicePlan(channels, encoder.bitrateKbps, 'whole.mp3');
    const decoded = (frames: Uint8Array) => decodeWith(ffmpeg, written(frames));
    const whole = decoded(encodeSound(ffmpeg, plan, sound, folder));
    const other = decoded(encodeSound(ffmpeg, atOtherQuality(plan), sound, folder));
    const joined = decoded(encodeInSlices(encoder, sound, SLICES));
    const bare = decoded(encodeInSlices(encoder, sound, SLICES.map(withoutPreRoll)));

    expect([whole.length, joined.length]).toEqual([SAMPLES * channels, SAMPLES * channels]);
    const differences = (one: Float32Array) => SLICES.slice(1).map((seam) => aroundSeam(seam, channels, one, whole));
    const [ofJoined, ofOther, ofBare] = [joined, other, bare].map(differences);
    for (const [n, difference] of (ofJoined ?? []).entries()) expect(difference).toBeLessThanOrEqual(ofOther?.[n] ?? 0);
    expect(ofBare?.filter((difference, n) => difference > (ofOther?.[n] ?? 0)).length).toBeGreaterThan(0);
  });

  test('the order in which slices are encoded changes nothing', () => {
    const sound = voice.subarray(0, 12 * 48_000);
    const slices = slicesOf(sound.length, 5 * 28_800);
    expect(encodeInSlices(mono, sound, slices.toReversed())).toEqual(encodeInSlices(mono, sound, slices));
  });

  test('ffmpeg, music-metadata and mutagen all read the same length, of any number of samples', async () => {
    for (const samples of [1, 47, 48, 50_735, 50_736, SAMPLES]) {
      const sound = voice.subarray(0, samples);
      const stereo = withEmptySideChannel(encodeInSlices(mono, sound, slicesOf(samples, 28_800)), 96);
      const file = written(stereo, samples);
      for (const { path } of FFMPEGS) expect(decodeWith(path, file).length).toBe(2 * samples);
      if (samples < 1152) continue; // Too short for readers to tell a constant bitrate.
      const fromHeader = (await parseFile(file, { duration: false })).format;
      const counted = (await parseFile(file, { duration: true })).format;
      // It does not trim delay and padding.
      expect(counted.duration).toBe((framesHolding(samples) * 1152) / 48_000);
      expect(fromHeader).toEqual(counted);
      expect(counted).toMatchObject({ bitrate: 96_000, codecProfile: 'CBR', numberOfChannels: 2, tool: 'LAME 3.100' });
      if (!hasPythonParsers) continue;
      expect(readMp3HeaderWithPython(file)).toEqual({
        durationSeconds: samples / 48_000,
        bitrate: 96_000,
        bitrateMode: 'BitrateMode.CBR',
        encoder: 'LAME 3.100.0+',
        channels: 2,
        trackGain: null,
        isGuessed: false,
      });
    }
  });

  test('a bitrate whose frames cannot hold the header gets a longer first frame', () => {
    const sound = voice.subarray(0, 48_000);
    const frames = encodeInSlices({ ...mono, bitrateKbps: 32 }, sound, slicesOf(sound.length));
    expect(infoFrameBytes(withFrames(NO_MUSIC, frames))).toBe(192);
    expect(decodeWith(ffmpeg, written(frames, sound.length)).length).toBe(48_000);
  });
});

describe('what does not fit together', () => {
  const [first, second] = slicesOf(4 * 28_800, 2 * 28_800);
  if (first === undefined || second === undefined) throw new Error('two slices');
  const frame = (kbps: 80 | 96, mainDataBegin = 0) => {
    const bytes = new Uint8Array(3 * kbps);
    bytes.set([0xff, 0xfb, kbps === 80 ? 0x64 : 0x74, 0xc4, mainDataBegin >> 1, (mainDataBegin & 1) << 7]);
    return bytes;
  };
  const frames = (count: number) => Buffer.concat(Array.from({ length: count }, () => frame(80)));
  const needed = second.framesToDrop + second.framesToKeep;

  test('a slice that lacks a frame', () => {
    expect(keptFrames(second, frames(needed + 3)).length).toBe(240 * second.framesToKeep);
    expect(() => keptFrames(second, frames(needed - 1))).toThrow(
      `slice 1 cannot be joined, encode it again: it has ${needed - 1} MP3 frames and needs ${needed}`,
    );
    expect(() => keptFrames(first, new Uint8Array())).toThrow('slice 0 cannot be joined, encode it again: it has 0');
  });

  test('a slice that is cut off, is no MP3, or leans on what went before', () => {
    const whole = frames(needed);
    expect(() => keptFrames(second, whole.subarray(0, -1))).toThrow('its 240 bytes are cut off after 239');
    expect(() => keptFrames(second, Buffer.from('ID3 and more'))).toThrow(
      'slice 1 cannot be joined, encode it again: no MP3',
    );
    expect(() => keptFrames(second, Buffer.concat([frame(80), frame(80, 5)]))).toThrow(
      'slice 1 cannot be joined, encode it again: frame 1 begins in an earlier one: encode with -reservoir 0',
    );
  });

  test('frames of two kinds, within a slice and between slices', () => {
    const kinds = 'byte 240: 96 kbit/s 48000 Hz mono among frames of 80 kbit/s 48000 Hz mono';
    expect(() => keptFrames(first, Buffer.concat([frame(80), frame(96)]))).toThrow(kinds);
    expect(() => withFrames(withFrames(NO_MUSIC, frame(80)), frame(96))).toThrow('byte 0: 96 kbit/s');
  });

  test('a slice that was left out, or joined twice', () => {
    const samples = 4 * 28_800;
    const music = withFrames(NO_MUSIC, frames(framesHolding(samples) + 1));
    expect(() => infoFrame(music, samples)).toThrow(
      '115200 samples take 101 MP3 frames, not 102: join all slices once',
    );
    expect(() => infoFrame(NO_MUSIC, samples)).toThrow('join a slice first');
  });
});

/** How far `one` is from `whole` in the tenth of a second around a seam. */
function aroundSeam(seam: Slice, channels: number, one: Float32Array, whole: Float32Array): number {
  const at = seam.fromSample * channels;
  return energyBetween(one, at - 2400 * channels, at + 2400 * channels, whole);
}

function withoutPreRoll(slice: Slice): Slice {
  return { ...slice, preRollSamples: 0, framesToDrop: 0 };
}

function atOtherQuality(plan: FfmpegPlan): FfmpegPlan {
  const changed = (value: string, n: number, all: readonly string[]) =>
    all[n - 1] === '-compression_level' ? ({ 7: '5', 5: '7' }[value] ?? value) : value;
  return { ...plan, outputs: plan.outputs.map((output) => ({ ...output, options: output.options.map(changed) })) };
}
