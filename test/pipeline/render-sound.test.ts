/** What comes out of a render, measured on the decoded MP3 by meters of the tests' own, on every ffmpeg there is. */
import { readFileSync } from 'node:fs';
import { parseFile } from 'music-metadata';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import type { Manifest } from '../../src/domain/episode.ts';
import { integratedLoudness, loudnessWithin, truePeak } from '../support/loudness-meter.ts';
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

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let studio: Studio;
  beforeAll(() => {
    studio = openStudio(path);
  });
  afterAll(() => studio.close());

  describe('a room of five formats, a late joiner, a rejoin and one who was recorded before it opened', () => {
    /** Where each track starts on the room's clock, and where in it the chirp lies. */
    const tracks = [
      { participantId: 'p1', key: 'p1-1.ogg', at: 0.512, chirpAt: 1.25, seconds: 5 },
      { participantId: 'p2', key: 'p2-1.webm', at: 4.345, chirpAt: 0.5, seconds: 3 },
      {
        participantId: 'p3',
        key: 'p3-1.wav',
        at: -2.001,
        chirpAt: 6.2,
        seconds: 9,
        options: ['-ar', '44100', '-ac', '2'],
      },
      { participantId: 'p2', key: 'p2-2.flac', at: 8.777, chirpAt: 0.3, seconds: 2 },
      { participantId: 'p4', key: 'p4-1.m4a', at: 10.003, chirpAt: 0.9, seconds: 2.5 },
      { participantId: 'p5', key: 'p5-1.mp3', at: 12.121, chirpAt: 0.4, seconds: 2 },
    ] as const;
    let result: Rendered;
    let left: Float32Array;

    beforeAll(async () => {
      for (const track of tracks) {
        const sound = addAt(silence(track.seconds), chirp(), track.chirpAt);
        writeSound(studio.track(track.key), sound, 'options' in track ? track.options : []);
      }
      const listed = tracks.map(({ participantId, key, at }) => ({ participantId, key, startedAt: instant(at) }));
      result = await rendered(studio, manifestOf({ seconds: 20, tracks: listed }));
      [left] = decode(studio.masterPath(result.master.renderKey));
    }, 120_000);

    test.each(tracks)('$key sounds within 2 ms of where its startedAt puts it', ({ at, chirpAt }) => {
      const expected = at + chirpAt;
      expect(Math.abs(locate(chirp(), left, expected) - expected)).toBeLessThan(0.002);
    });

    test('the result is as long as the room, although every track ends earlier', () => {
      expect(Math.abs(left.length / 48_000 - 20)).toBeLessThan(0.1);
      expect(result.master.durationSeconds).toBe(20);
    });

    test('the header of the MP3 says what counting its frames says', async () => {
      const file = studio.masterPath(result.master.renderKey);
      const fromHeader = (await parseFile(file, { duration: false })).format;
      const counted = (await parseFile(file, { duration: true })).format;
      expect(fromHeader.duration).toBe(counted.duration);
      expect(Math.abs((counted.duration ?? 0) - 20)).toBeLessThan(0.1);
      expect(counted).toMatchObject({
        codec: 'MPEG 1 Layer 3',
        sampleRate: 48_000,
        numberOfChannels: 2,
        bitrate: 96_000,
        tagTypes: [],
      });
    });

    test('the report names every speaker with gain, and every track with its place', async () => {
      const report = await studio.report(result.master.renderKey);
      expect(report.speakers.map((speaker) => speaker.participantId)).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
      expect(report.speakers[1]?.tracks.map((track) => track.startOffsetSeconds)).toEqual([4.345, 8.777]);
      expect(report.speakers[2]?.tracks[0]?.startOffsetSeconds).toBeCloseTo(-2.001, 3);
    });
  });

  describe('a loud and a very quiet speaker who take turns', () => {
    let manifest: Manifest;
    let result: Rendered;
    let sound: [Float32Array, Float32Array];

    beforeAll(async () => {
      const [loud, quiet] = [silence(24), silence(24)];
      for (const turn of [0, 8, 16]) {
        addAt(loud, babble(4, 0.9, 7 + turn), turn);
        addAt(quiet, babble(4, 0.07, 70 + turn), turn + 4);
      }
      writeSound(studio.track('turns/loud.ogg'), loud);
      writeSound(studio.track('turns/quiet.ogg'), quiet);
      manifest = manifestOf({
        seconds: 24,
        tracks: [
          { participantId: 'loud', key: 'turns/loud.ogg', startedAt: instant(0) },
          { participantId: 'quiet', key: 'turns/quiet.ogg', startedAt: instant(0) },
        ],
      });
      result = await rendered(studio, manifest);
      sound = decode(studio.masterPath(result.master.renderKey));
    }, 120_000);

    test('comes out at -16 LUFS ± 0.3 with peaks of at most -1 dBTP', () => {
      expect(Math.abs(integratedLoudness(sound) + 16)).toBeLessThanOrEqual(0.3);
      expect(truePeak(sound)).toBeLessThanOrEqual(-1);
    });

    test('reports what an independent meter reads', () => {
      expect(result.master.loudness.integratedLufs).toBeCloseTo(integratedLoudness(sound), 1);
      expect(Math.abs((result.master.loudness.truePeakDbtp ?? 0) - truePeak(sound))).toBeLessThan(0.3);
    });

    test('both are heard equally loud, within 1.5 LU', () => {
      const windows = (first: number) => [0, 8, 16].map((turn) => [first + turn, first + turn + 4] as const);
      expect(Math.abs(loudnessWithin(sound, windows(0)) - loudnessWithin(sound, windows(4)))).toBeLessThanOrEqual(1.5);
    });

    test('both channels carry the same', () => {
      expect(Buffer.from(sound[0].buffer).equals(Buffer.from(sound[1].buffer))).toBe(true);
      expect(truePeak([sound[0]])).toBeGreaterThan(-20);
    });

    test('the same work elsewhere, with its tracks named in another order, gives the same bytes under the same key', async () => {
      const other = openStudio(path);
      try {
        const again = await other.render(
          { ...manifest, tracks: manifest.tracks.toReversed() },
          { trackStore: openFolderStore(studio.track('')) },
        );
        if (again.kind !== 'rendered') throw new Error('not rendered');
        expect(again.master.renderKey).toBe(result.master.renderKey);
        const bytes = readFileSync(other.masterPath(again.master.renderKey));
        expect(bytes.equals(readFileSync(studio.masterPath(result.master.renderKey)))).toBe(true);
      } finally {
        await other.close();
      }
    }, 120_000);

    test('what was rendered once is found again, not mixed again', async () => {
      const stages = new Set<string>();
      const again = await studio.render(manifest, { onProgress: ({ stage }) => stages.add(stage) });
      expect(again).toEqual(result);
      expect([...stages]).toEqual(['fetch', 'analyse']);
    }, 60_000);

    test('progress never goes back and ends at 100', async () => {
      const percents: number[] = [];
      const other = { ...manifest, edit: { trimStartSeconds: 1, trimEndSeconds: 2.5 } };
      const trimmed = await studio.render(other, { onProgress: ({ percent }) => percents.push(percent) });
      expect(percents).toEqual(percents.toSorted((a, b) => a - b));
      expect(percents.at(-1)).toBe(100);
      if (trimmed.kind !== 'rendered') throw new Error('not rendered');
      expect(trimmed.master.durationSeconds).toBe(20.5);
    }, 120_000);
  });

  test('a voice does not move when another falls silent, and ends, and starts', async () => {
    writeSound(studio.track('steady/a.wav'), tone(20, 440, 0.1));
    writeSound(studio.track('steady/b.wav'), tone(6, 1870, 0.2));
    writeSound(studio.track('steady/c.wav'), tone(4, 3000, 0.2));
    const result = await rendered(
      studio,
      manifestOf({
        seconds: 20,
        tracks: [
          { participantId: 'a', key: 'steady/a.wav', startedAt: instant(0) },
          { participantId: 'b', key: 'steady/b.wav', startedAt: instant(1) },
          { participantId: 'c', key: 'steady/c.wav', startedAt: instant(13) },
        ],
      }),
    );
    const [left] = decode(studio.masterPath(result.master.renderKey));
    const levels = [2, 4, 8, 10, 14, 18].map((at) => toneLevel(left, 440, at, at + 1.5));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(0.1);
  }, 120_000);

  test('a long gap in a track stays as long as it was, in Ogg and in WebM', async () => {
    for (const ending of ['webm', 'ogg']) {
      const sound = addAt(addAt(silence(30), chirp(), 1), chirp(), 26);
      // Frames of 20 ms from 3 to 24 s are left out, but the clock goes on.
      const gap = ['-af', "asetnsamples=960,aselect='not(between(t,3,24))'", '-page_duration', '20000'];
      writeSound(studio.track(`gap/a.${ending}`), sound, ending === 'ogg' ? gap : gap.slice(0, 2));
      const tracks = [{ participantId: 'a', key: `gap/a.${ending}`, startedAt: instant(0.4) }];
      const result = await rendered(studio, manifestOf({ seconds: 31, tracks }));
      const [left] = decode(studio.masterPath(result.master.renderKey));
      for (const expected of [1.4, 26.4]) {
        expect(Math.abs(locate(chirp(), left, expected) - expected)).toBeLessThan(0.02);
      }
      expect((await studio.report(result.master.renderKey)).speakers[0]?.tracks[0]?.gapSeconds).toBeCloseTo(21, 0);
    }
  }, 120_000);
});
