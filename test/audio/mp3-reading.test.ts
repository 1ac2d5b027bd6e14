/** What is read of an MP3 without decoding it, whatever the pieces it comes in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mp3Account, Mp3Reading } from '../../src/audio/mp3-reading.ts';
import { writeSampleMp3 } from '../support/sample-mp3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('mp3-reading');
afterAll(() => removeFolder(folder));
const SECONDS = 3;
let bytes: Uint8Array;
beforeAll(() => {
  writeSampleMp3(join(folder, 'a.mp3'), SECONDS, 6);
  bytes = readFileSync(join(folder, 'a.mp3'));
});

function readIn(pieceBytes: number, sound = bytes): Mp3Account {
  const reading = new Mp3Reading();
  for (let at = 0; at < sound.length; at += pieceBytes) reading.add(sound.subarray(at, at + pieceBytes));
  return reading.end();
}

it('believes the header what counting the frames says too', () => {
  const account = readIn(bytes.length);
  expect(account.header).toEqual({
    frameCount: account.frameCount,
    byteCount: bytes.length,
    durationSamples: SECONDS * 48_000,
  });
  expect(account).toMatchObject({ sampleRateHz: 48_000, channelMode: 'joint-stereo' });
});

it.each([1, 7, 417, 1441, 5000])('reads the same in pieces of %i bytes', (pieceBytes) => {
  expect(readIn(pieceBytes)).toEqual(readIn(bytes.length));
});

it('has no header to go by where the first frame is sound', () => {
  const headerBytes = bytes.findIndex((byte, at) => at > 0 && byte === 0xff && bytes[at + 1] === 0xfb);
  const account = readIn(1000, bytes.subarray(headerBytes));
  expect(account.header).toBeUndefined();
  expect(account.frameCount).toBe(readIn(bytes.length).frameCount);
});

it.each([
  ['is cut off', () => bytes.subarray(0, bytes.length - 5), /after \d+ MP3 frames, at byte \d+: .*cut off/],
  ['goes on as something else', () => Buffer.concat([bytes, Buffer.alloc(2000, 1)]), /no sync word/],
  ['is empty', () => new Uint8Array(), /no MP3 frame of sound/],
])('says where and why an MP3 cannot be read that %s', (_what, sound, message) => {
  expect(() => readIn(1000, sound())).toThrow(message);
});
