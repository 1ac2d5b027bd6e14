/** Ogg files that are one recording, and those that are several. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FILE_END_BYTES } from '../../src/audio/file-ends.ts';
import { isChainedOgg } from '../../src/audio/ogg-links.ts';
import { babble, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

let folder: string;
beforeAll(() => {
  folder = makeTempFolder('links');
});
afterAll(() => removeFolder(folder));

const isChained = (bytes: Uint8Array) =>
  isChainedOgg(bytes.subarray(0, FILE_END_BYTES), bytes.subarray(-FILE_END_BYTES));

function ogg(options: readonly string[] = [], seconds = 8): Buffer {
  const path = join(folder, 'sound.ogg');
  writeSound(path, babble(seconds, 0.2, 5), options);
  return readFileSync(path);
}

test.each([['libopus'], ['libvorbis'], ['flac']])('one recording of %s is one, whole or cut', (codec) => {
  const bytes = ogg(['-c:a', codec]);
  expect(isChained(bytes)).toBe(false);
  expect(isChained(bytes.subarray(0, bytes.length / 2))).toBe(false);
  expect(isChained(bytes.subarray(0, bytes.length - 1))).toBe(false);
});

test('two streams side by side are one recording', () => {
  const path = join(folder, 'two.ogg');
  const sources = ['sine=440:d=3', 'sine=880:d=3'].flatMap((source) => ['-f', 'lavfi', '-i', source]);
  execFileSync(bundled.path, ['-v', 'error', '-y', ...sources, '-map', '0', '-map', '1', '-c:a', 'libopus', path]);
  expect(isChained(readFileSync(path))).toBe(false);
});

test('two files one behind the other are not', () => {
  expect(isChained(Buffer.concat([ogg(), ogg()]))).toBe(true);
  expect(isChained(Buffer.concat([ogg(), ogg(['-c:a', 'libvorbis'])]))).toBe(true);
  expect(isChained(Buffer.concat([ogg(), ogg([], 0.1)]))).toBe(true);
});

test('what is no Ogg file is no chain of them', () => {
  expect(isChained(Buffer.alloc(0))).toBe(false);
  expect(isChained(Buffer.from('OggS'))).toBe(false);
  expect(isChained(Buffer.alloc(1000))).toBe(false);
});
