/** Where tracks and chapters lie: arithmetic alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editedClock } from '../../src/audio/edited-clock.ts';
import {
  chaptersFromMarkers,
  chaptersOnClock,
  episodeWindow,
  leadInSeconds,
  placePieces,
  startOffsetSamples,
} from '../../src/audio/timeline.ts';
import { Marker } from '../../src/domain/room.ts';

const START = Date.parse('2026-11-22T19:30:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const room = { startedAt: at(0), endedAt: at(60) };

test('a late joiner starts after as much silence as they were late, to the sample', () => {
  const episode = episodeWindow(room, {});
  expect(episode.durationSamples).toBe(60 * 48_000);
  expect(startOffsetSamples({ startedAt: at(12.345) }, episode)).toBe(592_560);
  expect(leadInSeconds({ startedAt: at(12.345) }, episode)).toBe(12.345);
  expect(leadInSeconds({ startedAt: at(-3) }, episode)).toBe(0);
});

test('what was recorded before the room opened, or after it ended, is cut', () => {
  const episode = episodeWindow(room, {});
  const whole = [{ startSeconds: 0 }];
  expect(placePieces(whole, -48_000, episode)).toMatchObject([
    { startSample: 0, cutSamples: 48_000, endSample: 2_880_000 },
  ]);
  expect(placePieces(whole, 2_880_000, episode)).toEqual([]);
});

test('a trim moves everything to the front by as much', () => {
  const episode = episodeWindow(room, { trimStartSeconds: 5, trimEndSeconds: 10 });
  expect(episode.durationSamples).toBe(45 * 48_000);
  expect(startOffsetSamples({ startedAt: at(6) }, episode)).toBe(48_000);
});

test('a room of which everything is cut is refused, with what was asked for', () => {
  expect(() => episodeWindow(room, { trimStartSeconds: 30, trimEndSeconds: 30 })).toThrow(
    /lasted 60 s.*30 s at its start.*30 s at its end/,
  );
});

test('pieces of one track never overlap, never leave the episode, and each ends where the next begins', () => {
  const episode = episodeWindow(room, {});
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: -5_000_000, max: 5_000_000 }),
      (starts, offset) => {
        const pieces = starts.toSorted((a, b) => a - b).map((startSeconds) => ({ startSeconds }));
        const placed = placePieces(pieces, offset, episode);
        for (const [index, { startSample, cutSamples, endSample }] of placed.entries()) {
          expect(cutSamples).toBeGreaterThanOrEqual(0);
          expect(startSample).toBeGreaterThanOrEqual(0);
          expect(startSample).toBeLessThan(endSample);
          expect(endSample).toBe(placed[index + 1]?.startSample ?? episode.durationSamples);
        }
      },
    ),
  );
});

const marker = (seconds: number, title: string, url?: string) => Marker.parse({ at: at(seconds), title, url });

test('chapters follow the markers through a trim: before it they move to the start, after the end they go', () => {
  const markers = [
    marker(50, 'too late'),
    marker(2, 'early'),
    marker(4, 'opening'),
    marker(30.5, 'middle', 'https://example.com/a'),
  ];
  expect(chaptersFromMarkers(markers, room, { trimStartSeconds: 5, trimEndSeconds: 10 })).toEqual([
    { startSeconds: 0, title: 'opening' },
    { startSeconds: 25.5, title: 'middle', url: 'https://example.com/a' },
  ]);
});

test('chapters follow shortened silences and an intro: what was marked in a cut moves to the next that is heard', () => {
  const clock = editedClock({
    roomDurationSamples: 60 * 48_000,
    edit: {},
    trimDeadAir: true,
    shortenSilences: true,
    sound: [
      { fromSample: 10 * 48_000, toSample: 20 * 48_000 },
      { fromSample: 30 * 48_000, toSample: 50 * 48_000 },
    ],
    leadInSamples: 5 * 48_000,
  });
  const markers = [
    marker(-5, 'before'),
    marker(9.5, 'welcome'),
    marker(19, 'first'),
    marker(23, 'waiting'),
    marker(29, 'still waiting'),
    marker(40.5, 'second', 'https://example.com/b'),
    marker(51, 'over'),
  ];
  expect(chaptersOnClock(markers, room.startedAt, clock)).toEqual([
    { startSeconds: 5, title: 'welcome' },
    { startSeconds: 14.5, title: 'first' },
    { startSeconds: 16, title: 'still waiting' },
    { startSeconds: 27, title: 'second', url: 'https://example.com/b' },
  ]);
});
