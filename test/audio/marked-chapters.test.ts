/** Where chapters lie after an edit: arithmetic alone. */
import { expect, test } from 'vitest';
import { editedClock } from '../../src/audio/edited-clock.ts';
import { chaptersOnClock } from '../../src/audio/marked-chapters.ts';
import { Marker } from '../../src/domain/room.ts';

const START = Date.parse('2026-11-22T19:30:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const marker = (seconds: number, title: string, url?: string) => Marker.parse({ at: at(seconds), title, url });

test('chapters follow the markers through a trim: before it they move to the start, after the end they go', () => {
  const markers = [
    marker(50, 'too late'),
    marker(2, 'early'),
    marker(4, 'opening'),
    marker(30.5, 'middle', 'https://example.com/a'),
  ];
  const clock = editedClock({
    roomDurationSamples: 60 * 48_000,
    edit: { trimStartSeconds: 5, trimEndSeconds: 10 },
    trimDeadAir: false,
    shortenSilences: false,
    sound: [],
  });
  expect(chaptersOnClock(markers, at(0), clock)).toEqual([
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
  expect(chaptersOnClock(markers, at(0), clock)).toEqual([
    { startSeconds: 5, title: 'welcome' },
    { startSeconds: 14.5, title: 'first' },
    { startSeconds: 16, title: 'still waiting' },
    { startSeconds: 27, title: 'second', url: 'https://example.com/b' },
  ]);
});
