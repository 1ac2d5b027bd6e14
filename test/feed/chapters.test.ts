/** Chapters from the creator or from the room's markers. */
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/domain/episode.ts';
import { chaptersJson, chaptersOf, pscStart, publicChapters, timestampLines } from '../../src/feed/chapters.ts';
import { sampleEpisode } from './sample-show.ts';

const start = Date.parse(sampleEpisode(1).startedAt);
const marker = (seconds: number, title: string) => ({ at: new Date(start + seconds * 1000).toISOString(), title });
const chapters = (changes: Partial<Manifest>) =>
  chaptersOf(sampleEpisode(1, changes)).map(({ startSeconds, title }) => [startSeconds, title]);

describe('chapters of markers', () => {
  it('lie on the room’s clock, less what was trimmed', () => {
    const markers = [marker(30, 'Begin'), marker(90.5, 'Second')];
    expect(chapters({ markers, edit: { trimStartSeconds: 30 } })).toEqual([
      [0, 'Begin'],
      [60.5, 'Second'],
    ]);
  });

  it('ascend, whatever the order of the markers', () => {
    expect(chapters({ markers: [marker(20, 'b'), marker(0, 'a'), marker(10, 'c')] })).toEqual([
      [0, 'a'],
      [10, 'c'],
      [20, 'b'],
    ]);
  });

  it('keep the one that was being spoken of where the trim cut', () => {
    const markers = [marker(0, 'Sound check'), marker(50, 'Hello'), marker(200, 'Music')];
    expect(chapters({ markers, edit: { trimStartSeconds: 60 } })).toEqual([
      [0, 'Hello'],
      [140, 'Music'],
    ]);
  });

  it('end with the audio', () => {
    const markers = [
      marker(0, 'a'),
      marker(3600.3, 'just before'),
      marker(3600.4, 'at the end'),
      marker(9999, 'after'),
    ];
    expect(chapters({ markers })).toEqual([
      [0, 'a'],
      [3600.3, 'just before'],
    ]);
  });

  it('begin at 0 with the episode’s title where the first marker is later, and are none without markers', () => {
    expect(chapters({ title: 'Album night', markers: [marker(100, 'a')] })).toEqual([
      [0, 'Album night'],
      [100, 'a'],
    ]);
    expect(chapters({ markers: [marker(0.7, 'a')] })).toEqual([[0, 'a']]);
    expect(chapters({ markers: [] })).toEqual([]);
  });
});

it('what the creator set wins over markers, also when it is nothing', () => {
  expect(chapters({ chapters: [{ startSeconds: 0, title: 'Mine' }], edit: { trimStartSeconds: 5 } })).toEqual([
    [0, 'Mine'],
  ]);
  expect(chapters({ chapters: [] })).toEqual([]);
});

it('two chapters at one millisecond are one, the later in the list', () => {
  const twice = [0, 5, 5.0001].map((startSeconds, index) => ({ startSeconds, title: `${index}` }));
  expect(chapters({ chapters: twice })).toEqual([
    [0, '0'],
    [5, '2'],
  ]);
});

it('the JSON is version 1.2 with seconds, clean titles and web links alone', () => {
  const json = chaptersJson([
    { startSeconds: 0, title: 'A\u0007 "quoted"', url: 'javascript:alert(1)' },
    { startSeconds: 61.25, title: 'B', url: 'https://example.org/b' },
  ]);
  expect(JSON.parse(json)).toEqual({
    version: '1.2.0',
    chapters: [
      { startTime: 0, title: 'A "quoted"' },
      { startTime: 61.25, title: 'B', url: 'https://example.org/b' },
    ],
  });
});

it('Podlove times have hours and milliseconds', () => {
  expect([0, 61.25, 3599.9996, 36_000].map(pscStart)).toEqual([
    '00:00:00.000',
    '00:01:01.250',
    '01:00:00.000',
    '10:00:00.000',
  ]);
});

describe('timestamps in a description', () => {
  const three = publicChapters([0, 59.9, 3661].map((startSeconds) => ({ startSeconds, title: `at ${startSeconds}` })));

  it('are there from three chapters on, never later than the chapter begins', () => {
    expect(timestampLines(three, '')).toEqual(['00:00:00 at 0', '00:00:59 at 59.9', '01:01:01 at 3661']);
    expect(timestampLines(three.slice(0, 2), '')).toEqual([]);
  });

  it('are left to the creator who wrote them', () => {
    expect(timestampLines(three, 'Chapters:\n0:00 Hello\n(01:30) Middle\n1:02:03 End')).toEqual([]);
    expect(timestampLines(three, 'At 0:00 we begin.\n0:30 is early.')).toHaveLength(3);
  });
});
