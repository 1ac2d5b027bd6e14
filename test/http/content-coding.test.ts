/** Which coding a client is sent, by what it says of each. */
import { expect, test } from 'vitest';
import { acceptedCodings } from '../../src/http/content-coding.ts';

const NOTHING: string[] = [];

test.each([
  [undefined, ['identity']],
  ['', ['identity']],
  ['identity', ['identity']],
  ['gzip', ['gzip', 'identity']],
  ['GZIP', ['gzip', 'identity']],
  ['x-gzip', ['gzip', 'identity']],
  ['br', ['br', 'identity']],
  ['gzip, deflate, br', ['br', 'gzip', 'identity']],
  ['gzip, deflate, br, zstd', ['br', 'gzip', 'identity']],
  ['deflate, gzip;q=0.5, br;q=0.3', ['gzip', 'br', 'identity']],
  ['gzip;q=1.0, identity; q=0.5, *;q=0', ['gzip', 'identity']],
  ['identity, gzip;q=0.9', ['identity', 'gzip']],
  ['gzip;q=0.001', ['gzip', 'identity']],
  ['gzip;q=0', ['identity']],
  ['gzip; q=0.0, *', ['br', 'identity']],
  ['*', ['br', 'gzip', 'identity']],
  ['*;q=0.5, gzip', ['gzip', 'br', 'identity']],
  ['identity;q=1, *;q=0', ['identity']],
  ['gzip, identity;q=0', ['gzip']],
  ['gzip, *;q=0', ['gzip']],
  ['identity;q=0', NOTHING],
  ['*;q=0', NOTHING],
  ['deflate, identity;q=0', NOTHING],
  ['gzip;q=what', ['identity']],
  ['gzip;q=1.5', ['identity']],
  ['gzip;q=-1', ['identity']],
  ['gzip;level=9', ['gzip', 'identity']],
  [', ,gzip,', ['gzip', 'identity']],
  ['gzipped', ['identity']],
])('Accept-Encoding %j: %j', (header, expected) => {
  expect(acceptedCodings(header)).toEqual(expected);
});
