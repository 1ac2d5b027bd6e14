/** From a file's timestamps to places in the room: on real files with losses, on every ffmpeg there is. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeTrack } from '../../src/audio/place-track.ts';
import { readTimestamps, type TimestampReading } from '../../src/audio/timestamps.ts';
import { TrackClock } from '../../src/audio/track-clock.ts';
import { withoutPages } from '../support/ogg-pages.ts';
import { addAt, chirp, FFMPEGS, locate, silence, tone, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const segmentsOf = (stamps: readonly number[], frame = 960) => {
  const clock = new TrackClock(1 / 48_000);
  for (const stamp of stamps) clock.add(stamp, frame);
  return clock.segments();
};
const row = (count: number, from: number) => Array.from({ length: count }, (_, n) => from + n * 960);

test('timestamps that tremble, or of which one comes late, make no gap', () => {
  const trembling = row(100, 500).map((stamp, n) => stamp + ((n * 37) % 240) - 120);
  expect(segmentsOf(trembling)).toEqual([{ fromSample: 0, startSeconds: 0 }]);
  const late = row(100, 0).map((stamp, n) => (n === 50 ? stamp + 1500 : stamp));
  expect(segmentsOf(late)).toEqual([{ fromSample: 0, startSeconds: 0 }]);
});

test('a lost packet is a gap of its own, one right after the other too, and at the very end', () => {
  const stamps = [...row(10, 0), ...row(1, 10_560), ...row(20, 12_480), 48_000];
  expect(segmentsOf(stamps)).toEqual([
    { fromSample: 0, startSeconds: 0 },
    { fromSample: 9600, startSeconds: 0.22 },
    { fromSample: 10_560, startSeconds: 0.26 },
    { fromSample: 29_760, startSeconds: 1 },
  ]);
});

test('a clock that slowly leaves what is decoded is followed in small steps', () => {
  const segments = segmentsOf(row(50 * 600, 0).map((stamp) => Math.round(stamp * 1.0001)));
  expect(segments.length).toBe(4);
  for (const { fromSample, startSeconds } of segments) {
    expect(Math.abs(startSeconds - (fromSample * 1.0001) / 48_000)).toBeLessThan(0.0001);
  }
});

test('a clock that goes back makes a segment that begins before the last one ended', () => {
  expect(segmentsOf([...row(100, 0), ...row(100, 86_400)])).toEqual([
    { fromSample: 0, startSeconds: 0 },
    { fromSample: 96_000, startSeconds: 1.8 },
  ]);
});

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let folder: string;
  beforeAll(() => {
    folder = makeTempFolder('track-clock');
  });
  afterAll(() => removeFolder(folder));

  const ffmpeg = (...args: string[]) =>
    execFileSync(path, ['-v', 'error', '-nostdin', '-y', '-copyts', ...args], { cwd: folder, maxBuffer: 1e9 });

  /** What the room would hear of a file that begins with the room, with every microphone open. */
  async function heard(file: string): Promise<{ timestamps: TimestampReading; room: Float32Array; decoded: number }> {
    const input = ['-start_at_zero', '-i', file, '-map', '0:a'];
    const stamps = ffmpeg(...input, '-c:a', 'pcm_f32le', '-f', 'framecrc', '-').toString();
    const oneChannel = ['-af', 'asetpts=N/SR/TB,aresample=48000,aformat=flt:48000:mono', '-f', 'f32le', '-'];
    const bytes = ffmpeg(...input, ...oneChannel);
    const sound = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const timestamps = await readTimestamps(stamps.split('\n'));
    const stepCount = Math.ceil(sound.length / 960);
    const [energies, peaks] = [new Float32Array(stepCount), new Float32Array(stepCount)];
    const notes = { speechLufs: null, noiseLufs: null, samplePeakDbfs: null, clippedSamples: 0 };
    const hearing = { decodedSamples: sound.length, talk: [], ...notes, nonFiniteSamples: 0, dcOffset: 0 };
    const kept = [{ firstStep: 0, stepCount, energies, peaks }];
    const room = silence(timestamps.extentSeconds + 1);
    for (const stretch of placeTrack({ ...hearing, kept }, timestamps.segments, 0, 1)) {
      const { fromSample, sampleCount, roomSample } = stretch;
      room.set(sound.subarray(fromSample, fromSample + sampleCount), roomSample);
    }
    return { timestamps, room, decoded: sound.length / 48_000 };
  }

  function expectChirps(room: Float32Array, instants: readonly number[]) {
    const errors = instants.map((instant) => Math.abs(locate(chirp(), room, instant) - instant));
    expect(Math.max(...errors)).toBeLessThan(0.005);
  }

  const PACKETS = ['-page_duration', '20000'];

  /** `lossy.ogg` and, of the same packets at the same times, `lossy.webm`. */
  function writeLossy(sound: Float32Array, options: readonly string[], isLost: (page: number) => boolean) {
    writeSound(join(folder, 'whole.ogg'), sound, options);
    writeFileSync(join(folder, 'lossy.ogg'), withoutPages(readFileSync(join(folder, 'whole.ogg')), isLost));
    ffmpeg('-i', 'lossy.ogg', '-c', 'copy', 'lossy.webm');
  }

  test.each(['lossy.ogg', 'lossy.webm'])('3 s of packets that were lost stay silent: %s', async (file) => {
    const instants = [1, 4.8, 8.2, 11];
    const sound = instants.reduce((all, at) => addAt(all, chirp(), at), silence(12));
    writeLossy(sound, PACKETS, (page) => page >= 250 && page < 400);
    const { timestamps, room } = await heard(file);
    expect(timestamps).toMatchObject({ gapCount: 1, gapSeconds: expect.closeTo(3, 2), stepBackSeconds: 0 });
    expect(timestamps.segments).toHaveLength(2);
    expectChirps(room, instants);
    expect(room.subarray(5.1 * 48_000, 7.9 * 48_000).every((sample) => sample === 0)).toBe(true);
  });

  test.each(['lossy.ogg', 'lossy.webm'])('whole pages of a second that were lost stay silent: %s', async (file) => {
    const instants = [1, 7.5, 11];
    const sound = instants.reduce((all, at) => addAt(all, chirp(), at), silence(12));
    writeLossy(sound, [], (page) => page >= 3 && page < 6);
    const { timestamps, room } = await heard(file);
    expect(timestamps).toMatchObject({ gapCount: 1, gapSeconds: expect.closeTo(3, 2) });
    expectChirps(room, instants);
  });

  test.each(['lossy.ogg', 'lossy.webm'])(
    'a track of which every tenth packet was lost keeps time: %s',
    async (file) => {
      const instants = Array.from({ length: 5 }, (_, n) => 0.44 + 4 * n);
      const sound = instants.reduce((all, at) => addAt(all, chirp(), at), tone(20.5, 200, 0.01));
      writeLossy(sound, PACKETS, (page) => page % 10 === 9);
      const { timestamps, room, decoded } = await heard(file);
      expect(timestamps.segments.length).toBe(timestamps.gapCount + 1);
      expect(timestamps.gapCount).toBe(102);
      expect(decoded).toBeCloseTo(20.5 - 2.04, 1);
      expectChirps(room, instants);
    },
  );

  test.each(['a.wav', 'a.flac', 'a.m4a', 'a.mp3', 'a.mka'])('a track of 44.1 kHz keeps time: %s', async (file) => {
    const instants = [0.5, 5, 9.5];
    const sound = instants.reduce((all, at) => addAt(all, chirp(), at), silence(10));
    writeSound(join(folder, file), sound, ['-ar', '44100', ...(file === 'a.mka' ? ['-c:a', 'flac'] : [])]);
    const { timestamps, room, decoded } = await heard(file);
    expect(timestamps).toMatchObject({ gapCount: 0, segments: [{ fromSample: 0, startSeconds: 0 }] });
    expect(Math.abs(timestamps.decodedSeconds - decoded)).toBeLessThan(0.001);
    expectChirps(room, instants);
  });
});
