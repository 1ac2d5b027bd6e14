/** Mono frames made joint stereo: what every decoder makes of them is the mono sound, twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mp3SlicePlan } from '../../src/audio/encoding-plan.ts';
import { frameAt, framesOf, mainDataBegin, readBits } from '../../src/audio/mp3-frames.ts';
import { monoBitrateFor, withEmptySideChannel } from '../../src/audio/mp3-stereo.ts';
import { slicesOf } from '../../src/audio/slices.ts';
import {
  decodeWith,
  encodeInSlices,
  encodeSound,
  energyBetween,
  fixtureSpeech,
  mp3File,
} from '../support/mp3-encoding.ts';
import { addAt, FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const SAMPLES = 8 * 48_000 + 777;

/** A voice with clicks as loud as can be, so that short blocks and the highest gains are in it too. */
function voiceWithClicks(): Float32Array {
  const sound = fixtureSpeech('p1-1.ogg', SAMPLES);
  for (const at of [2, 5.01, 6.3]) addAt(sound, Float32Array.of(1, -1, 1), at);
  return sound;
}

test.each([
  [64, 56],
  [96, 80],
  [112, 96],
  [128, 112],
  [160, 128],
  [192, 160],
])('joint stereo of %d kbit/s has room for mono of %d', (stereoKbps, monoKbps) => {
  expect(monoBitrateFor(stereoKbps)).toBe(monoKbps);
});

test('a bitrate that MP3 does not have is refused with those it has', () => {
  expect(() => monoBitrateFor(100)).toThrow('MP3 has no bitrate of 100 kbit/s; choose one of 32, 40,');
});

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let folder: string;
  let sound: Float32Array;
  beforeAll(() => {
    folder = makeTempFolder('mp3-stereo');
    sound = voiceWithClicks();
  });
  afterAll(() => removeFolder(folder));
  const encode = (bitrateKbps: number) =>
    encodeInSlices({ ffmpeg: path, folder, channels: 1, bitrateKbps }, sound, slicesOf(SAMPLES));
  const decoded = (frames: Uint8Array) => {
    writeFileSync(join(folder, 'file.mp3'), mp3File(frames, SAMPLES));
    return decodeWith(path, join(folder, 'file.mp3'));
  };

  test.each([64, 96, 192])('at %d kbit/s both channels are the mono decode, bit for bit', (stereoKbps) => {
    const mono = encode(monoBitrateFor(stereoKbps));
    const windows = [...framesOf(mono)].map((frame) => readBits(mono, frame.sideInfoOffset * 8 + 18 + 33, 1));
    expect(new Set(windows)).toEqual(new Set([0, 1]));
    const alone = decoded(mono);
    const both = decoded(withEmptySideChannel(mono, stereoKbps));
    expect([alone.length, both.length]).toEqual([SAMPLES, 2 * SAMPLES]);
    const unequal = alone.findIndex((value, n) => both[2 * n] !== both[2 * n + 1] || both[2 * n] !== value);
    expect(unequal).toBe(-1);
    expect(energyBetween(alone, 0, SAMPLES)).toBeGreaterThan(1e-4);
  });

  test('every frame stands alone: constant length, no reservoir, no checksum, no private bits', () => {
    const stereo = withEmptySideChannel(encode(80), 96);
    for (const frame of framesOf(stereo)) {
      expect(frame).toMatchObject({ length: 288, bitrateKbps: 96, channelMode: 'joint-stereo', hasCrc: false });
      expect(mainDataBegin(stereo, frame)).toBe(0);
      expect(readBits(stereo, frame.sideInfoOffset * 8 + 9, 3)).toBe(0);
      expect(stereo[frame.offset + 3]).toBe(0b0110_0100);
    }
  });

  test('a checksum and what fills a frame up are left out', () => {
    const silence = encodeSound(path, mp3SlicePlan(1, 80, 'silence.mp3'), new Float32Array(48_000), folder);
    const mono = silence.subarray(0, 240);
    const withCrc = Buffer.concat([mono.subarray(0, 4), Buffer.of(0x12, 0x34), mono.subarray(4, 238)]);
    withCrc[1] = 0xfa;
    expect(frameAt(withCrc, 0)).toMatchObject({ hasCrc: true, mainDataOffset: 23 });
    const filled = Uint8Array.from(mono).fill(0x55, 200);
    expect(filled).not.toEqual(Uint8Array.from(mono));
    for (const same of [withCrc, filled])
      expect(withEmptySideChannel(same, 96)).toEqual(withEmptySideChannel(mono, 96));
  });

  test('what cannot be rewritten is named', () => {
    const mono = encode(80);
    const damaged = (at: number, value: number) => {
      const copy = Uint8Array.from(mono);
      copy[at] = value;
      return () => withEmptySideChannel(copy, 96);
    };
    expect(() => withEmptySideChannel(withEmptySideChannel(mono, 96), 96)).toThrow(
      'at byte 0 cannot become joint stereo: it is joint-stereo, not mono',
    );
    expect(() => withEmptySideChannel(mono, 64)).toThrow(
      /bits of sound do not fit into 192 bytes: encode at a lower bitrate/,
    );
    expect(damaged(240, 0xfe)).toThrow('no MP3 frame at byte 240: there is no sync word');
    expect(damaged(241, 0xf3)).toThrow('no MP3 frame at byte 240: it is not MPEG-1 Layer III');
    expect(damaged(242, 0xf4)).toThrow('no MP3 frame at byte 240: its bitrate is free or reserved');
    expect(damaged(242, 0x6c)).toThrow('no MP3 frame at byte 240: its sample rate is reserved');
    const slower = Uint8Array.from(mono.subarray(0, 360)).fill(0x68, 2, 3);
    expect(() => withEmptySideChannel(slower, 96)).toThrow('it has 32000 Hz, not 48000');
    expect(damaged(244, 0x80)).toThrow('its sound begins in an earlier frame: encode with -reservoir 0');
    expect(() => withEmptySideChannel(mono.subarray(0, 479), 96)).toThrow('its 240 bytes are cut off after 239');
  });
});
