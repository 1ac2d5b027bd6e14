/** Rooms of hundreds of tracks, and a track of hundreds of gaps: everything sounds where it belongs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { instant, manifestOf, openStudio, type Studio } from '../support/render-room.ts';
import {
  addAt,
  babble,
  chirp,
  decode,
  FFMPEGS,
  likeness,
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
    expect(studio.processes()).toEqual([]);
    return decode(studio.masterPath(result.master.renderKey));
  }

  function expectChirps(sound: Float32Array, instants: readonly number[], toleranceSeconds: number): void {
    for (const seconds of instants) {
      const found = likeness(chirp(), sound, seconds);
      expect(found.factor, `a chirp at ${seconds} s`).toBeGreaterThan(0.6);
      expect(Math.abs(found.seconds - seconds), `the chirp at ${seconds} s`).toBeLessThan(toleranceSeconds);
    }
  }

  test('300 tracks of eight speakers, as unmuting makes them, all sound where they belong', async () => {
    const STEP_SECONDS = 0.4;
    const tracks = Array.from({ length: 300 }, (_, index) => {
      writeFloatWav(studio.track(`${index}.wav`), addAt(babble(0.3, 0.2, index), chirp(), 0.1));
      return { participantId: `p${index % 8}`, key: `${index}.wav`, startedAt: instant(index * STEP_SECONDS) };
    });
    const sound = await soundOf(manifestOf({ seconds: 300 * STEP_SECONDS, tracks }));
    expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
    const instants = tracks.map((_, index) => index * STEP_SECONDS + 0.1);
    expectChirps(sound[0], instants, 0.002);
  }, 180_000);

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
    const instants = starts.map((start) => start + 0.5);
    expectChirps(left, instants, 0.02);
  }, 180_000);
});
