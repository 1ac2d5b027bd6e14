/** What a show may ask of its sound, heard in the result: channels, dead air, silences, noise, intro, outro and bed. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseFile } from 'music-metadata';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { Marker } from '../../src/domain/room.ts';
import { SoundSettings } from '../../src/domain/show.ts';
import { integratedLoudness, loudnessWithin } from '../support/loudness-meter.ts';
import { instant, manifestOf, openStudio, type Rendered, rendered, type Studio } from '../support/render-room.ts';
import {
  addAt,
  babble,
  chirp,
  decode,
  FFMPEGS,
  locate,
  silence,
  tone,
  toneLevel,
  writeSound,
} from '../support/sounds.ts';
import { noise } from '../support/voices.ts';

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  /** Two voices in turns, from second 12 to 38 of a room of 60 s, with 8 s of silence in the middle, and markers. */
  let manifest: Manifest;

  beforeAll(() => {
    studio = openStudio(path);
    const [ana, june] = [silence(60), silence(60)];
    addAt(ana, babble(4, 0.4, 3), 12);
    addAt(june, babble(4, 0.1, 5), 17);
    addAt(ana, babble(4, 0.4, 7), 29);
    addAt(june, babble(4, 0.1, 9), 34);
    writeSound(studio.track('ana.ogg'), ana);
    writeSound(studio.track('june.ogg'), june);
    const tracks = ['ana', 'june'].map((id) => ({ participantId: id, key: `${id}.ogg`, startedAt: instant(0) }));
    const participants = [{ id: 'ana', role: 'host' }, { id: 'june' }];
    const markers = [Marker.parse({ at: instant(17), title: 'June' }), Marker.parse({ at: instant(29), title: 'Ana' })];
    manifest = { ...manifestOf({ seconds: 60, tracks, participants }), markers };
  });
  afterAll(() => studio.close());

  const renderedAs = (settings: Parameters<typeof SoundSettings.parse>[0], of = manifest): Promise<Rendered> =>
    rendered(studio, of, { sound: SoundSettings.parse(settings) });
  const beside = ({ master }: Rendered, name: string) =>
    JSON.parse(readFileSync(join(dirname(studio.masterPath(master.renderKey)), name), 'utf8'));

  test('mono is one channel, as loud to the ear as two would be', async () => {
    const result = await renderedAs({ channels: 'mono' });
    const file = studio.masterPath(result.master.renderKey);
    expect((await parseFile(file)).format).toMatchObject({ numberOfChannels: 1, bitrate: 96_000 });
    const bytes = execFileSync(path, ['-v', 'error', '-i', file, '-f', 'f32le', 'pipe:1'], { maxBuffer: 2 ** 30 });
    const left = new Float32Array(new Uint8Array(bytes).buffer);
    expect(left).toHaveLength(60 * 48_000);
    // 3 LU below two such channels by the plain meter: each app plays it on both sides.
    expect(Math.abs(integratedLoudness([left]) + 19)).toBeLessThanOrEqual(0.3);
    expect(result.master.loudness.integratedLufs).toBeCloseTo(integratedLoudness([left]), 1);
  }, 60_000);

  test('on a stage the host is in the centre and the others a little aside, all equally loud', async () => {
    const result = await renderedAs({ channels: 'stage', bitrateKbps: 128 });
    const [left, right] = decode(studio.masterPath(result.master.renderKey));
    expect(Math.abs(integratedLoudness([left, right]) + 16)).toBeLessThanOrEqual(0.3);
    const windows = { ana: [[12, 16]], june: [[17, 21]] } as const;
    const balance = (who: keyof typeof windows) =>
      loudnessWithin([left], windows[who]) - loudnessWithin([right], windows[who]);
    expect(Math.abs(balance('ana'))).toBeLessThan(0.2);
    expect(Math.abs(balance('june'))).toBeGreaterThan(0.5);
    expect(Math.abs(balance('june'))).toBeLessThan(3);
    const of = (who: keyof typeof windows) => loudnessWithin([left, right], windows[who]);
    expect(Math.abs(of('ana') - of('june'))).toBeLessThan(1.5);
  }, 60_000);

  test('dead air and long silences are cut from sound, chapters and turns alike', async () => {
    const result = await renderedAs({ trimDeadAir: true, shortenSilences: true });
    // 0.5 s, 4 + 1 + 4 s of talk with a pause, about 1 s of silence instead of 8, and 9 s again with a second after it.
    expect(result.master.durationSeconds).toBeGreaterThan(19.5);
    expect(result.master.durationSeconds).toBeLessThan(23);
    const [left] = decode(studio.masterPath(result.master.renderKey));
    expect(Math.abs(left.length / 48_000 - result.master.durationSeconds)).toBeLessThan(0.001);
    const { turns } = beside(result, 'turns.json') as { turns: { participantId: string; startSeconds: number }[] };
    expect(turns.map(({ participantId }) => participantId)).toEqual(['ana', 'june', 'ana', 'june']);
    const [june, ana] = result.master.chapters ?? [];
    expect(june?.title).toBe('June');
    for (const [chapter, turn] of [
      [june, turns[1]],
      [ana, turns[2]],
    ] as const) {
      expect(Math.abs((chapter?.startSeconds ?? 0) - (turn?.startSeconds ?? 99))).toBeLessThan(0.3);
      // And there the voice begins in the sound: silence before, speech after.
      const at = chapter?.startSeconds ?? 0;
      expect(loudnessWithin([left], [[at + 0.2, at + 2]])).toBeGreaterThan(-30);
    }
    const peaks = beside(result, 'peaks.json') as { length: number };
    expect(Math.abs(peaks.length / 10 - result.master.durationSeconds)).toBeLessThanOrEqual(0.1);
  }, 60_000);

  test('an episode may ask for whole silences where its show shortens them', async () => {
    const result = await renderedAs({ shortenSilences: true }, { ...manifest, edit: { shortenSilences: false } });
    expect(result.master.durationSeconds).toBe(60);
  }, 60_000);

  test('steady noise is reduced where the show asks for it, and nothing moves', async () => {
    const noisy = addAt(
      addAt(addAt(noise(30, -46, 'white', 11), babble(8, 0.3, 21), 4), babble(8, 0.3, 22), 18),
      chirp(),
      15,
    );
    writeSound(studio.track('noisy.wav'), noisy);
    const tracks = [{ participantId: 'n', key: 'noisy.wav', startedAt: instant(0) }];
    const room = manifestOf({ seconds: 30, tracks });
    const [plain] = decode(studio.masterPath((await renderedAs({}, room)).master.renderKey));
    const [reduced] = decode(studio.masterPath((await renderedAs({ noiseReduction: true }, room)).master.renderKey));
    // Right after a phrase the microphone is still open, and its noise can be heard.
    const between = [[12.05, 12.45]] as const;
    expect(loudnessWithin([reduced], between)).toBeLessThan(loudnessWithin([plain], between) - 5);
    expect(Math.abs(locate(chirp(), reduced, 15) - 15)).toBeLessThan(0.002);
    const talk = [[5, 11]] as const;
    expect(Math.abs(loudnessWithin([reduced], talk) - loudnessWithin([plain], talk))).toBeLessThan(1);
  }, 60_000);

  test('intro and outro are as loud as the voices and play before and after them; the bed stays under them', async () => {
    for (const [name, sound] of [
      ['intro', tone(6, 500, 0.02)],
      ['outro', tone(5, 600, 0.9)],
      ['bed', tone(10, 2500, 0.3)],
    ] as const) {
      writeSound(studio.track(`jingles/${name}.flac`), sound);
    }
    const result = await renderedAs({
      introKey: 'jingles/intro.flac',
      outroKey: 'jingles/outro.flac',
      bedKey: 'jingles/bed.flac',
    });
    expect(result.warnings.filter(({ code }) => code !== 'length-unverified')).toEqual([]);
    // Each overlaps with the room by a second and a half.
    expect(result.master.durationSeconds).toBeCloseTo(60 + 4.5 + 3.5, 2);
    const [left] = decode(studio.masterPath(result.master.renderKey));
    const voices = loudnessWithin(
      [left],
      [12, 17, 29, 34].map((at) => [at + 4.7, at + 8.3] as const),
    );
    expect(Math.abs(loudnessWithin([left], [[0.5, 4]]) - voices)).toBeLessThan(2);
    expect(Math.abs(loudnessWithin([left], [[65, 67.8]]) - voices)).toBeLessThan(2);
    // The chapter moved with its voice.
    expect(result.master.chapters?.[0]).toMatchObject({ title: 'June', startSeconds: 21.5 });
    const [alone, ducked] = [toneLevel(left, 2500, 7, 12), toneLevel(left, 2500, 17.5, 20)];
    expect(alone - ducked).toBeGreaterThan(7);
    expect(alone - ducked).toBeLessThan(13);
    expect(toneLevel(left, 2500, 55, 60)).toBeGreaterThan(alone - 1);
    expect(Math.abs(integratedLoudness(decode(studio.masterPath(result.master.renderKey))) + 16)).toBeLessThanOrEqual(
      0.3,
    );
  }, 60_000);

  test('an intro that is no sound is left out, and said so', async () => {
    mkdirSync(dirname(studio.track('jingles/x')), { recursive: true });
    copyFileSync(new URL(import.meta.url).pathname, studio.track('jingles/text.mp3'));
    const result = await renderedAs({ introKey: 'jingles/text.mp3', outroKey: 'jingles/missing.mp3' });
    expect(result.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['intro-unusable', 'outro-unusable']),
    );
    expect(result.master.durationSeconds).toBe(60);
  }, 60_000);
});
