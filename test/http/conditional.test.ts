/** The pure part of delivery: ranges, conditions and dates, case by case. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateConditions, ifRangeHolds, parseHttpDate, parseRange } from '../../src/http/conditional.ts';

const part = (start: number, end: number) => ({ kind: 'part', start, end });
const WHOLE = { kind: 'whole' };
const UNSATISFIABLE = { kind: 'unsatisfiable' };

describe('a Range header for a file of 1000 bytes', () => {
  test.each([
    [undefined, WHOLE],
    ['', WHOLE],
    ['bytes=0-', part(0, 999)],
    ['bytes=0-0', part(0, 0)],
    ['bytes=999-', part(999, 999)],
    ['bytes=200-299', part(200, 299)],
    ['bytes=200-99999999999999999999999', part(200, 999)],
    ['BYTES=1-2', part(1, 2)],
    ['bytes= 1-2 ', part(1, 2)],
    [' bytes=\t1-2\t', part(1, 2)],
    ['bytes=1-2,', part(1, 2)],
    ['bytes=, ,1-2', part(1, 2)],
    ['bytes=1 - 2', WHOLE],
    ['bytes =1-2', WHOLE],
    ['bytes=1-2-3', WHOLE],
    ['bytes=+1-2', WHOLE],
    ['bytes=1-2;q=1', WHOLE],
    ['bytes=١-٢', WHOLE],
    ['bytes=-500', part(500, 999)],
    ['bytes=-1', part(999, 999)],
    ['bytes=-5000', part(0, 999)],
    ['bytes=-0', UNSATISFIABLE],
    ['bytes=1000-', UNSATISFIABLE],
    ['bytes=1000-2000', UNSATISFIABLE],
    ['bytes=99999999999999999999999-', UNSATISFIABLE],
    ['bytes=5-4', WHOLE],
    ['bytes=0-1,5-6', WHOLE],
    ['bytes=0-1, bytes=5-6', WHOLE],
    ['bytes=-', WHOLE],
    ['bytes=', WHOLE],
    ['bytes=a-b', WHOLE],
    ['bytes=1.5-2', WHOLE],
    ['bytes=--5', WHOLE],
    ['bytes=0x1-2', WHOLE],
    ['seconds=0-1', WHOLE],
    ['0-1', WHOLE],
  ])('%s gives %o', (header, expected) => {
    expect(parseRange(header, 1000)).toEqual(expected);
  });

  test('an empty file has no range to give', () => {
    expect(parseRange('bytes=0-', 0)).toEqual(UNSATISFIABLE);
    expect(parseRange('bytes=-5', 0)).toEqual(UNSATISFIABLE);
    expect(parseRange(undefined, 0)).toEqual(WHOLE);
  });

  test('whatever is asked, a part lies inside the file and its ends are in order', () => {
    const bound = fc.option(fc.nat({ max: 3000 }), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, fc.nat({ max: 2000 }), (first, last, lengthBytes) => {
        const answer = parseRange(`bytes=${first ?? ''}-${last ?? ''}`, lengthBytes);
        if (answer.kind !== 'part') return;
        expect(answer.start).toBeLessThanOrEqual(answer.end);
        expect(answer.start).toBeGreaterThanOrEqual(0);
        expect(answer.end).toBeLessThan(lengthBytes);
      }),
    );
  });
});

const lastModified = new Date('2026-11-22T20:00:00.700Z');
const validators = { etags: ['abc-gzip', 'abc'], lastModified };
const ON_THE_SECOND = 'Sun, 22 Nov 2026 20:00:00 GMT';
const EARLIER = 'Sun, 22 Nov 2026 19:59:59 GMT';
const LATER = 'Sun, 22 Nov 2026 20:00:01 GMT';

describe('conditions', () => {
  const send = { kind: 'send' };
  const failed = { kind: 'precondition-failed' };
  const unchanged = (etag: string) => ({ kind: 'not-modified', etag });

  test.each([
    ['nothing asked', {}, send],
    ['the same tag', { ifNoneMatch: '"abc-gzip"' }, unchanged('abc-gzip')],
    ['the tag of the plain bytes', { ifNoneMatch: '"abc"' }, unchanged('abc')],
    ['a tag that a proxy made weak', { ifNoneMatch: 'W/"abc"' }, unchanged('abc')],
    ['a list with the tag in it', { ifNoneMatch: '"x", W/"y" , "abc"' }, unchanged('abc')],
    ['both tags, as a cache asks', { ifNoneMatch: '"abc", "abc-gzip"' }, unchanged('abc-gzip')],
    ['any', { ifNoneMatch: '*' }, unchanged('abc-gzip')],
    ['another tag', { ifNoneMatch: '"abcd"' }, send],
    ['a tag without quotes', { ifNoneMatch: 'abc' }, send],
    ['a broken list', { ifNoneMatch: '"abc" "' }, send],
    ['another tag beats an agreeing date', { ifNoneMatch: '"old"', ifModifiedSince: ON_THE_SECOND }, send],
    ['the same second', { ifModifiedSince: ON_THE_SECOND }, unchanged('abc-gzip')],
    ['a later second', { ifModifiedSince: LATER }, unchanged('abc-gzip')],
    ['an earlier second', { ifModifiedSince: EARLIER }, send],
    ['no date at all', { ifModifiedSince: 'yesterday' }, send],
    ['an ISO date', { ifModifiedSince: '2027-01-01T00:00:00Z' }, send],
    ['If-Match that holds', { ifMatch: '"abc"' }, send],
    ['If-Match *', { ifMatch: '*' }, send],
    ['If-Match with another tag', { ifMatch: '"abcd"' }, failed],
    ['If-Match with a weak tag', { ifMatch: 'W/"abc"' }, failed],
    ['unmodified since then', { ifUnmodifiedSince: ON_THE_SECOND }, send],
    ['modified since then', { ifUnmodifiedSince: EARLIER }, failed],
  ])('%s', (_case, conditions, expected) => {
    expect(evaluateConditions(conditions, validators)).toEqual(expected);
  });
});

describe('If-Range', () => {
  const plain = { etags: ['abc'], lastModified };
  const muchLater = new Date('2026-11-22T21:00:00Z');

  test.each([
    ['absent', undefined, true],
    ['the same tag', '"abc"', true],
    ['another tag', '"abd"', false],
    ['the same tag, weak', 'W/"abc"', false],
    ['two tags', '"abc", "abc"', false],
    ['the tag of the gzipped bytes', '"abc-gzip"', false],
    ['the exact date', ON_THE_SECOND, true],
    ['a later date', LATER, false],
    ['an earlier date', EARLIER, false],
    ['neither tag nor date', 'abc', false],
  ])('%s', (_case, header, expected) => {
    expect(ifRangeHolds(header, plain, muchLater)).toBe(expected);
  });

  test('a date does not hold within a second of the change, when another may follow in the same second', () => {
    expect(ifRangeHolds(ON_THE_SECOND, plain, new Date('2026-11-22T20:00:01.500Z'))).toBe(false);
    expect(ifRangeHolds(ON_THE_SECOND, plain, new Date('2026-11-22T20:00:01.700Z'))).toBe(true);
  });
});

test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
  'the HTTP date %s is read as the same instant',
  (text) => {
    expect(parseHttpDate(text)?.toISOString()).toBe('1994-11-06T08:49:37.000Z');
  },
);
