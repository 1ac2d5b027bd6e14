/** A speaker's stem, encoded only where it sounds. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseBuffer } from 'music-metadata';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feedFfmpeg } from '../../src/adapters/sound/fed-and-heard.ts';
import { createSoundEngine, type SoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import type { Cue } from '../../src/audio/cue-sheet.ts';
import { stemPlan } from '../../src/audio/encoding-plan.ts';
import { packStep, STEP_BYTES } from '../../src/audio/kept-sound.ts';
import { STEP_SAMPLES } from '../../src/audio/sample-clock.ts';
import type { EngineRun, Mix } from '../../src/pipeline/audio-engine.ts';
import type { WorkFolder } from '../../src/pipeline/ports.ts';
import { withGranules } from '../support/ogg-pages.ts';
import { addAt, babble, decode, FFMPEGS, silence } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const RATE = 48_000;
const step = (seconds: number) => Math.round(seconds * 50) * STEP_SAMPLES;

let root: string;
let folder: WorkFolder;
let run: EngineRun;
beforeEach(async () => {
  root = makeTempFolder('stem');
  folder = await createWorkFolders(root).create('stem');
  run = { folder, signal: new AbortController().signal, timeoutSeconds: 60 };
});
afterEach(async () => {
  await folder.remove();
  removeFolder(root);
});

interface Talk {
  readonly at: number;
  readonly seconds: number;
}

/** One lane, heard at each of these moments, which lie behind one another in it. */
function mixOf(talks: readonly Talk[], durationSamples: number): { mix: Mix; sound: Float32Array } {
  const sound = silence(durationSamples / RATE);
  const packed: Uint8Array[] = [];
  let source = 0;
  const cues: Cue[] = talks.map(({ at, seconds }, index) => {
    const talk = babble(seconds, 0.4, index + 1);
    addAt(sound, talk, step(at) / RATE);
    for (let n = 0; n < talk.length; n += STEP_SAMPLES) {
      const bytes = new Uint8Array(STEP_BYTES);
      packStep(talk.subarray(n, n + STEP_SAMPLES), bytes, 0);
      packed.push(bytes);
    }
    const steps = talk.length / STEP_SAMPLES;
    const cue = {
      ...{ lane: 0, source, rate: 1, start: step(at), length: talk.length, fadeInSamples: 0, fadeOutSamples: 0 },
      curve: { fromSample: source, gains: new Float32Array(steps + 1).fill(1) },
      ...{ energies: new Float32Array(steps), peaks: new Float32Array(steps), left: 1, right: 1 },
    };
    source += talk.length;
    return cue;
  });
  writeFileSync(folder.file('lane'), Buffer.concat(packed));
  return {
    sound,
    mix: {
      sheet: { durationSamples, channels: 1, cues },
      lanes: [{ file: 'lane', kept: [{ firstStep: 0, stepCount: packed.length }] }],
      outputChannels: 1,
      bitrateKbps: 96,
    },
  };
}

/** As one whole encode would make it. */
async function encodedWhole(path: string, sound: Float32Array): Promise<Float32Array> {
  const bytes = Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength);
  await feedFfmpeg({ program: path, folder: folder.path, timeoutSeconds: 60 }, stemPlan('whole.opus'), run.signal, [
    bytes,
  ]);
  return decode(folder.file('whole.opus'))[0];
}

const powerDb = (sound: Float32Array) =>
  10 * Math.log10(sound.reduce((sum, value) => sum + value * value, 0) / Math.max(1, sound.length) + 1e-20);
const difference = (a: Float32Array, b: Float32Array) => a.map((value, n) => value - (b[n] ?? 0));

const SCATTERED: readonly Talk[] = [
  { at: 3.14, seconds: 2.5 },
  { at: 6.5, seconds: 0.1 },
  { at: 9, seconds: 1.2 },
  { at: 47.02, seconds: 4 },
  { at: 58, seconds: 1.98 },
];

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let engine: SoundEngine;
  beforeEach(() => {
    engine = createSoundEngine({ path, threads: 1 });
  });
  afterEach(() => engine.close());

  test.each([
    { what: 'talk with long silences between', talks: SCATTERED, durationSamples: 60 * RATE + 123 },
    { what: 'talk from the first sample to the last', talks: [{ at: 0, seconds: 4 }], durationSamples: 4 * RATE },
    { what: 'one word at the very end', talks: [{ at: 19.9, seconds: 0.1 }], durationSamples: 20 * RATE },
    { what: 'one word at the start of a long silence', talks: [{ at: 0, seconds: 0.1 }], durationSamples: 100 * RATE },
  ])('$what sounds as if all of it had been encoded', async ({ talks, durationSamples }) => {
    const { mix, sound } = mixOf(talks, durationSamples);
    await engine.encodeStem(mix, 'stem.opus', run);
    const [stem] = decode(folder.file('stem.opus'));
    expect(stem.length).toBe(durationSamples);
    const whole = await encodedWhole(path, sound);
    // Two encodings of one voice are never the same bits: each errs, and they may err as much.
    for (const { at, seconds } of talks) {
      const heard = (from: number, length: number) => {
        const noise = (of: Float32Array) => {
          const range: [number, number] = [step(at) + from * RATE, step(at) + (from + length) * RATE];
          return powerDb(difference(of.subarray(...range), sound.subarray(...range)));
        };
        return noise(stem) - noise(whole);
      };
      expect(heard(0, seconds)).toBeLessThan(1);
      // A codec that had forgotten the silence before would begin too soft or too loud.
      expect(heard(0, 0.1)).toBeLessThan(2);
    }
    expect(powerDb(difference(stem, sound))).toBeLessThan(powerDb(sound) - 6);
    for (const [index, { at, seconds }] of talks.entries()) {
      const silent = stem.subarray(
        step(at + seconds + 1.2),
        step(talks[index + 1]?.at ?? durationSamples / RATE) - 2400,
      );
      expect(silent.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(1e-6);
    }
  });

  test('every page has its checksum, so strict readers take it; its end is that of the room', async () => {
    const { mix } = mixOf(SCATTERED, 60 * RATE + 123);
    await engine.encodeStem(mix, 'stem.opus', run);
    const bytes = readFileSync(folder.file('stem.opus'));
    expect(
      Buffer.compare(
        withGranules(bytes, (granule) => granule),
        bytes,
      ),
    ).toBe(0);
    const { format } = await parseBuffer(bytes, { mimeType: 'audio/ogg' }, { duration: true });
    expect(format.duration).toBeCloseTo(60 + 123 / RATE, 3);
  });
});

test('a quarter of an hour of which a tenth is talk takes little more than that tenth', async () => {
  const engine = createSoundEngine({ threads: 1 });
  try {
    const { mix } = mixOf([{ at: 600, seconds: 90 }], 1000 * RATE);
    await engine.encodeStem(mix, 'stem.opus', run);
    expect(readFileSync(folder.file('stem.opus')).length).toBeLessThan(90 * 4400 + 910 * 190);
    const [stem] = decode(folder.file('stem.opus'));
    expect(stem.length).toBe(1000 * RATE);
    expect(powerDb(stem.subarray(0, 599 * RATE))).toBeLessThan(-120);
    expect(powerDb(stem.subarray(692 * RATE))).toBeLessThan(-120);
  } finally {
    await engine.close();
  }
});
