/** Which ffmpeg is chosen, and how it is told what it is. */
import { accessSync, chmodSync, constants, copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseFfmpeg, executableAt, libavcodecOf, versionOf } from '../../src/adapters/ffmpeg/ffmpeg-choice.ts';
import { findProgram } from '../support/programs.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

let folder: string;
beforeAll(() => {
  folder = makeTempFolder('choice');
});
afterAll(() => removeFolder(folder));

test.each([
  ['ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026', '5.1.9'],
  ['ffmpeg version n7.0.2 Copyright', '7.0.2'],
  ['ffmpeg version N-47683-g0e8eb07980-static https://johnvansickle.com', 'N-47683-g0e8eb07980-static'],
])('"%s" is version %s', (identity, version) => {
  expect(versionOf(identity)).toBe(version);
});

test('the libraries tell how new a build without a number is', () => {
  expect(libavcodecOf('libavutil      56. 24.101 / 56. 24.101\nlibavcodec     58. 42.100 / 58. 42.100')).toEqual([
    58, 42, 100,
  ]);
});

test('the ffmpeg that was asked for is taken, and says what it is', async () => {
  const choice = await chooseFfmpeg({ path: bundled.path });
  expect(choice).toMatchObject({ path: bundled.path, isOld: true });
  expect(choice.identity).toMatch(/libavfilter/);
});

test('one that does not run is refused with the setting that names it', async () => {
  await expect(chooseFfmpeg({ path: '/nowhere/ffmpeg' })).rejects.toMatchObject({
    code: 'ffmpeg-failed',
    message: expect.stringMatching(/AFTERSHOW_FFMPEG.*\/nowhere\/ffmpeg/),
  });
});

test('without a setting there is always one: the newer of the bundled one and that on PATH', async () => {
  const choice = await chooseFfmpeg();
  expect(choice.isBundled).toBe(choice.path === bundled.path);
  if (findProgram('ffmpeg') === undefined) expect(choice.isBundled).toBe(true);
});

test('a binary without its executable bit is copied to where it can have it', async () => {
  const locked = join(folder, 'locked');
  copyFileSync(bundled.path, locked);
  chmodSync(locked, 0o600);
  const copy = await executableAt(locked);
  expect(copy).not.toBe(locked);
  expect(() => accessSync(copy, constants.X_OK)).not.toThrow();
  expect((await chooseFfmpeg({ path: copy })).identity).toMatch(/^ffmpeg version/);
  expect(await executableAt(bundled.path)).toBe(bundled.path);
  removeFolder(dirname(copy));
});
