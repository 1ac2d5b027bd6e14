/** Where chapters begin after the audio was edited. */
import { expect, it } from 'vitest';
import { movedChapters } from '../../src/audio/moved-chapters.ts';

const piece = (roomSeconds: number, durationSeconds: number, episodeSeconds: number) => ({
  roomSeconds,
  durationSeconds,
  episodeSeconds,
});
const uncut = [piece(0, 600, 0)];
const chapters = [0, 100, 200, 590].map((startSeconds) => ({
  startSeconds,
  title: `at ${startSeconds}`,
  url: 'https://a.example/',
}));
const starts = (after: ReturnType<typeof piece>[], before = uncut, given = chapters) =>
  movedChapters(given, before, after).map(({ startSeconds, title }) => [startSeconds, title]);

it('each begins where its words begin', () => {
  expect(starts(uncut)).toEqual(chapters.map(({ startSeconds, title }) => [startSeconds, title]));
  expect(starts([piece(50, 550, 10)])).toEqual([
    [10, 'at 0'],
    [60, 'at 100'],
    [160, 'at 200'],
    [550, 'at 590'],
  ]);
  expect(movedChapters(chapters, uncut, uncut)).toEqual(chapters);
});

it('what begins in a cut moves to what is heard next; of several at one instant the last stays', () => {
  expect(starts([piece(150, 450, 0)])).toEqual([
    [0, 'at 100'],
    [50, 'at 200'],
    [440, 'at 590'],
  ]);
  expect(starts([piece(0, 90, 0), piece(120, 480, 90)])).toEqual([
    [0, 'at 0'],
    [90, 'at 100'],
    [170, 'at 200'],
    [560, 'at 590'],
  ]);
});

it('what begins after the last that is heard goes', () => {
  expect(starts([piece(0, 300, 0)]).at(-1)).toEqual([200, 'at 200']);
  expect(starts([])).toEqual([]);
});

it('moves back when the edit is taken back', () => {
  const cut = [piece(20, 60, 0), piece(90, 510, 60)];
  const there = movedChapters(chapters.slice(1), uncut, cut);
  expect(movedChapters(there, cut, uncut)).toEqual(chapters.slice(1));
});

it('in the intro and the outro they keep their distance from the conversation', () => {
  const [before, after] = [[piece(0, 600, 20)], [piece(0, 600, 8)]];
  const given = [5, 15, 20, 630].map((startSeconds) => ({ startSeconds, title: `at ${startSeconds}` }));
  expect(movedChapters(given, before, after).map(({ startSeconds }) => startSeconds)).toEqual([0, 3, 8, 618]);
});
