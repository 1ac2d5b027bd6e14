/** Which answers may count, and how many bytes of a file are a minute. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { id3Length, leftOut, measureFile } from '../../src/downloads/countable.ts';

const answer = { method: 'GET', status: 200, sentBytes: 1_000_000, userAgent: 'Overcast/3.0' };

describe('an answer', () => {
  it.each([
    [{}, undefined],
    [{ status: 206 }, undefined],
    [{ method: 'HEAD' }, 'not-get'],
    [{ method: 'POST' }, 'not-get'],
    [{ status: 304 }, 'not-sent'],
    [{ status: 404 }, 'not-sent'],
    [{ status: 416 }, 'not-sent'],
    [{ sentBytes: 0 }, 'not-sent'],
    [{ status: 206, sentBytes: 2 }, 'probe'],
    [{ status: 206, sentBytes: 1 }, 'probe'],
    [{ userAgent: '' }, 'no-agent'],
    [{ userAgent: 'Googlebot/2.1' }, 'bot'],
  ])('with %j is left out as %s', (change, why) => {
    expect(leftOut({ ...answer, ...change })).toBe(why);
  });
});

describe('a minute of a file', () => {
  it('follows from its bytes and duration, without tags and cover', () => {
    const measure = measureFile({ lengthBytes: 100_000 + 12_000 * 600, soundFromByte: 100_000, durationSeconds: 600 });
    expect(measure.minimumBytes).toBe(12_000 * 60);
  });

  it('is all of its sound where it is shorter', () => {
    const measure = measureFile({ lengthBytes: 50_500, soundFromByte: 500, durationSeconds: 4.17 });
    expect(measure.minimumBytes).toBe(50_000);
  });

  it('is reckoned from a rate where nobody knows the duration, and never more than there is', () => {
    expect(measureFile({ lengthBytes: 9e6, soundFromByte: 0, bytesPerSecond: 8000 }).minimumBytes).toBe(480_000);
    expect(measureFile({ lengthBytes: 9e6, soundFromByte: 0 }).minimumBytes).toBe(960_000);
    expect(measureFile({ lengthBytes: 9000, soundFromByte: 0 }).minimumBytes).toBe(9000);
    expect(measureFile({ lengthBytes: 100, soundFromByte: 500 }).minimumBytes).toBe(1);
  });

  it('begins behind the tag, whose length the tag tells', () => {
    const tag = (flags: number, ...size: number[]) => Uint8Array.from([0x49, 0x44, 0x33, 3, 0, flags, ...size]);
    expect(id3Length(tag(0, 0, 0, 2, 1))).toBe(10 + 257);
    expect(id3Length(tag(0x10, 0, 0, 2, 1))).toBe(20 + 257);
    expect(id3Length(Uint8Array.from([0xff, 0xfb, 0x90, 0, 0, 0, 0, 0, 0, 0]))).toBe(0);
    expect(id3Length(readFileSync(import.meta.filename).subarray(0, 5))).toBe(0);
  });
});
