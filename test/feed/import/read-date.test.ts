/** Dates and durations of feeds in every form that hosts write them. */
import { describe, expect, it } from 'vitest';
import { readDate } from '../../../src/feed/import/read-date.ts';
import { readDuration } from '../../../src/feed/import/read-duration.ts';

describe('A date in a feed', () => {
  it.each([
    ['Sun, 01 Jan 2023 10:00:00 +0000', '2023-01-01T10:00:00.000Z'],
    ['Sun, 01 Jan 2023 10:00:00 GMT', '2023-01-01T10:00:00.000Z'],
    ['1 Jan 2023 10:00:00 -0530', '2023-01-01T15:30:00.000Z'],
    ['Sun, 01 Jan 2023 10:00:00 +0000 (UTC)', '2023-01-01T10:00:00.000Z'],
  ])('is taken as RFC 2822 has it, without a word: %s', (written, instant) => {
    expect(readDate(written)).toEqual({ instant });
  });

  it.each([
    ['1 Jan 23 10:00 EST', '2023-01-01T15:00:00.000Z', /two digits; no seconds; an obsolete zone, EST/],
    ['1 Jan 99 10:00:00 GMT', '1999-01-01T10:00:00.000Z', /two digits/],
    ['1 Jan 49 10:00:00 GMT', '2049-01-01T10:00:00.000Z', /two digits/],
    ['Sunday, 1 January 2023 10:00:00 PDT', '2023-01-01T17:00:00.000Z', /PDT/],
    ['Mi, 01 Jan 2023 10:00:00 CEST', '2023-01-01T08:00:00.000Z', /CEST/],
    ['Sun, 1 Jan 2023 10:00:00 A', '2023-01-01T10:00:00.000Z', /zone/],
    ['Sun, 1 Jan 2023 10:00:00 XYZT', '2023-01-01T10:00:00.000Z', /nobody knows, XYZT, taken for UTC/],
    ['Sun, 1 Jan 2023 10:00:00', '2023-01-01T10:00:00.000Z', /no zone/],
    ['Sun, 1 Jan 2023 10:00:00 GMT+0200', '2023-01-01T08:00:00.000Z', /RFC 2822/],
    ['Sun, 1 Jan 2023 24:00:00 GMT', '2023-01-02T00:00:00.000Z', undefined],
    ['Sun, 1 Jan 2023 23:59:60 +0000', '2023-01-01T23:59:59.000Z', undefined],
    ['2023-01-01T10:00:00+02:00', '2023-01-01T08:00:00.000Z', /ISO 8601/],
    ['2023-01-01', '2023-01-01T00:00:00.000Z', /no time/],
    ['2023-01-01 10:00:00', '2023-01-01T10:00:00.000Z', /no zone/],
    ['Jan 1, 2023 10:00 PM', '2023-01-01T22:00:00.000Z', /no seconds/],
    ['31/01/2023 09:00', '2023-01-31T09:00:00.000Z', /no zone/],
    ['1672567200', '2023-01-01T10:00:00.000Z', /seconds since 1970/],
  ])('is read leniently, and said to be odd: %s', (written, instant, oddity) => {
    const read = readDate(written);
    expect(read?.instant).toBe(instant);
    if (oddity) expect(read?.oddity).toMatch(oddity);
    else expect(read?.oddity).toBeUndefined();
  });

  it.each([
    '',
    'yesterday',
    '01/02/2023',
    'Thu, 31 Feb 2023 10:00:00 GMT',
    '2023-13-01',
    'Sun, 1 Jan 2023 25:00:00 GMT',
  ])('is not guessed where nobody can know it: %s', (written) => expect(readDate(written)).toBeUndefined());
});

describe('A duration in a feed', () => {
  it.each([
    ['3600', 3600, false],
    ['60:00', 3600, false],
    ['01:00:05', 3605, false],
    ['01:02:03.5', 3723.5, true],
    ['1h 2m 3s', 3723, true],
    ['90 min', 5400, true],
    ['1 hour 5 minutes', 3900, true],
    ['PT1H2M3S', 3723, true],
    ['3,600', 3600, true],
  ])('is read: %s', (written, seconds, isOdd) => {
    const read = readDuration(written);
    expect(read?.seconds).toBe(seconds);
    expect(read?.oddity !== undefined).toBe(isOdd);
  });

  it.each(['', '0', '00:00:00', 'soon', '-5', '1:2:3:4', '3600000', 'h'])(
    'is unknown rather than guessed: %s',
    (written) => expect(readDuration(written)).toBeUndefined(),
  );
});
