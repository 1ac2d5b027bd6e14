/** Reading what ffmpeg writes, also where it writes nan. */
import { expect, test } from 'vitest';
import { isDiskFull, lastMeaningfulLine, wasToldToEnd } from '../../src/audio/ffmpeg-messages.ts';
import { readTimestamps } from '../../src/audio/timestamps.ts';

const frames = (...list: readonly (readonly [number, number])[]) => [
  '#software: Lavf58.24.100',
  '#tb 0: 1/48000',
  ...list.map(([pts, duration]) => `0, ${pts}, ${pts}, ${duration}, ${duration * 4}, 0x12345678`),
];

test('a whole track is one segment, as long as its frames', async () => {
  expect(await readTimestamps(frames([336, 648], [984, 960], [1944, 960]))).toMatchObject({
    segments: [{ fromSample: 0, startSeconds: 0 }],
    gapCount: 0,
    decodedSeconds: 2568 / 48_000,
    extentSeconds: 2568 / 48_000,
    stepBackSeconds: 0,
  });
});

test('every gap begins a segment, a long one as a short one', async () => {
  const reading = await readTimestamps(frames([0, 960], [1920, 960], [2880 + 480_000, 960]));
  expect(reading).toMatchObject({
    gapCount: 2,
    gapSeconds: expect.closeTo(10.02, 6),
    decodedSeconds: 0.06,
    extentSeconds: expect.closeTo(10.08, 6),
  });
  expect(reading.segments).toEqual([
    { fromSample: 0, startSeconds: 0 },
    { fromSample: 960, startSeconds: expect.closeTo(0.04, 6) },
    { fromSample: 1920, startSeconds: expect.closeTo(10.06, 6) },
  ]);
  expect(reading.segments).toEqual([
    { fromSample: 0, startSeconds: 0 },
    { fromSample: 960, startSeconds: expect.closeTo(0.04, 9) },
    { fromSample: 1920, startSeconds: expect.closeTo(10.06, 9) },
  ]);
});

test('a clock that goes back, which ffmpeg shows as one that stands still, is told; one that trembles is not', async () => {
  const back = frames([0, 9600], [9600, 9600], [9600, 9600], [9600, 9600], [19_200, 9600]);
  expect((await readTimestamps(back)).stepBackSeconds).toBeCloseTo(0.4, 6);
  expect((await readTimestamps(frames([0, 960], [950, 960], [1930, 960], [2870, 960]))).stepBackSeconds).toBe(0);
});

test('nothing is read beyond the frame with which enough is decoded, however much more ffmpeg wrote down', async () => {
  const some = frames([0, 960], [960, 960], [480_000, 960]);
  const reading = await readTimestamps([...some, '0, 960000, 960000, 960, 3840, 0x1', '0, 96'], 2880 / 48_000);
  expect(reading).toEqual(await readTimestamps(some));
  expect(reading).toMatchObject({ decodedSeconds: 0.06, extentSeconds: 10.02, gapCount: 1 });
});

test('no frames are no sound; other text is refused', async () => {
  expect(await readTimestamps(frames())).toEqual({
    decodedSeconds: 0,
    extentSeconds: 0,
    gapSeconds: 0,
    gapCount: 0,
    stepBackSeconds: 0,
    segments: [],
  });
  await expect(readTimestamps(['<html>'])).rejects.toThrow(/"<html>" where it lists a decoded frame/);
});

test('of all that ffmpeg says, the line that tells why is kept', () => {
  const stderr =
    '[ogg @ 0x55d0] Format ogg detected\nfile:a: Invalid data found when processing input\nConversion failed!\n';
  expect(lastMeaningfulLine(stderr)).toBe('file:a: Invalid data found when processing input');
  expect(lastMeaningfulLine('[libmp3lame @ 0x2f] Input contains NaN\r\nsize=  0kB time=00:00:00\r')).toBe(
    'Input contains NaN',
  );
  expect(lastMeaningfulLine('')).toBeUndefined();
  expect(isDiskFull('av_interleaved_write_frame(): No space left on device')).toBe(true);
});

test.each([
  ['ffmpeg was killed with signal SIGKILL', '', true],
  ['ffmpeg was killed with signal SIGSEGV', '', false],
  ['ffmpeg exited with code 255: ', 'Exiting normally, received signal 15.', true],
  ['ffmpeg exited with code 255: ', '', true],
  ['ffmpeg exited with code 143: ', '', true],
  ['ffmpeg exited with code 255: ', 'Error opening output: Operation not permitted', false],
  ['ffmpeg exited with code 1: ', 'a: Invalid data found when processing input', false],
  ['ffmpeg exited with code 183: ', 'a: Invalid data found when processing input', false],
])('"%s" with "%s" on stderr: told to end, %s', (exit, stderr, expected) => {
  expect(wasToldToEnd(exit, stderr)).toBe(expected);
});
