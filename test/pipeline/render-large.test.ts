/** Rooms with more tracks, or tracks with more gaps, than one run of ffmpeg can take. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { trackFormatOf } from '../../src/audio/track-formats.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import {
  addAt,
  babble,
  chirp,
  decode,
  FFMPEGS,
  locate,
  silence,
  writeFloatWav,
  writeSound,
} from '../support/sounds.ts';

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  beforeAll(() => {
    studio = openStudio(path);
  });
  afterAll(() => studio.close());

  async function soundOf(manifest: Parameters<Studio['render']>[0]) {
    const result = await studio.render(manifest);
    if (result.kind !== 'rendered') throw new Error(`not rendered but ${result.kind}`);
    expect(result.isComplete).toBe(true);
    expect(studio.leftovers()).toEqual([]);
    return decode(studio.masterPath(result.master.renderKey));
  }

  test('400 tracks of eight speakers, as unmuting makes them, all sound where they belong', async () => {
    const STEP_SECONDS = 0.25;
    const hasChirp = (index: number) => index % 57 === 0 || index === 399;
    const tracks = Array.from({ length: 400 }, (_, index) => {
      const sound = babble(0.5, 0.2, index);
      writeFloatWav(studio.track(`${index}.wav`), hasChirp(index) ? addAt(sound, chirp(), 0.1) : sound);
      return { participantId: `p${index % 8}`, key: `${index}.wav`, startedAt: instant(index * STEP_SECONDS) };
    });
    const sound = await soundOf(manifestOf({ seconds: 400 * STEP_SECONDS + 1, tracks }));
    expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
    for (const index of tracks.keys()) {
      if (!hasChirp(index)) continue;
      const expected = index * STEP_SECONDS + 0.1;
      expect(Math.abs(locate(chirp(), sound[0], expected) - expected)).toBeLessThan(0.002);
    }
  }, 240_000);

  test('a track with 300 gaps keeps every one of them', async () => {
    const PERIOD_SECONDS = 2.4;
    const seconds = 301 * PERIOD_SECONDS;
    const starts = Array.from({ length: 301 }, (_, index) => index * PERIOD_SECONDS);
    const sound = silence(seconds);
    for (const start of starts) addAt(sound, chirp(), start + 0.1);
    // Of every 2.4 s only the first 0.3 are sent, in packets of 20 ms.
    const gaps = ['-af', `asetnsamples=960,aselect='lt(mod(t,${PERIOD_SECONDS}),0.29)'`];
    writeSound(studio.track('gaps.webm'), sound, gaps);
    const tracks = [{ participantId: 'a', key: 'gaps.webm', startedAt: instant(0.4) }];
    const [left] = await soundOf(manifestOf({ seconds: seconds + 1, tracks }));
    for (const start of starts.filter((_, index) => index % 20 === 0)) {
      const expected = start + 0.5;
      expect(Math.abs(locate(chirp(), left, expected) - expected)).toBeLessThan(0.02);
    }
  }, 240_000);

  test('what is mixed in several runs is as loud, to the last bit that counts, as the sum of its tracks', async () => {
    const folder = await createWorkFolders(studio.folder).create('sum');
    const format = trackFormatOf('audio/wav');
    if (!format) throw new Error('no format for WAV');
    const samples = 24_000;
    const expected = new Float32Array(samples);
    const inputs = Array.from({ length: 150 }, (_, index) => {
      const sound = babble(0.2, 0.3, index);
      const [startSample, gainDb] = [index * 90, (index % 7) - 5];
      writeFloatWav(folder.file(`${index}.wav`), sound);
      addAt(
        expected,
        sound.map((value) => value * 10 ** (gainDb / 20)),
        startSample / 48_000,
      );
      const pieces = [{ piece: { startSeconds: 0 }, startSample, cutSamples: 0, endSample: samples }];
      return { file: `${index}.wav`, format, maxSeconds: 10, gainDb, pieces };
    });
    const run = { folder, signal: new AbortController().signal, timeoutSeconds: 60 };
    await studio.engine.mix(inputs, samples, 'mix.f32', run);
    const bytes = readFileSync(folder.file('mix.f32'));
    const mixed = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    expect(mixed.length).toBe(samples);
    expect(Math.max(...mixed.map((value, n) => Math.abs(value - (expected[n] ?? 0))))).toBeLessThan(1e-5);
    await folder.remove();
  }, 60_000);
});
