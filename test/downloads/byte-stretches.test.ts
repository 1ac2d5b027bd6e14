/** Stretches of bytes, against a plain list of bytes that says the same the slow way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ByteStretches,
  coveredBytes,
  unionOf,
  withFirstMissing,
  withStretch,
} from '../../src/downloads/byte-stretches.ts';

const LENGTH = 60;
const stretch = fc.tuple(fc.integer({ min: 0, max: LENGTH }), fc.integer({ min: 0, max: LENGTH }));
const stretches = fc.array(stretch, { maxLength: 20 });
const runs = { seed: 41, numRuns: 500 };

const built = (parts: readonly (readonly [number, number])[]) =>
  parts.reduce<ByteStretches>((all, [from, to]) => withStretch(all, from, to), []);
const bytesOf = (parts: readonly (readonly [number, number])[]) =>
  new Set(parts.flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)));

describe('stretches of bytes', () => {
  it('cover exactly the bytes that were sent, whatever overlaps and in whatever order', () => {
    fc.assert(
      fc.property(stretches, stretch, (parts, [from, to]) => {
        const all = bytesOf(parts);
        expect(coveredBytes(built(parts), 0, LENGTH)).toBe(all.size);
        const inWindow = [...all].filter((byte) => byte >= from && byte < to).length;
        expect(coveredBytes(built(parts), from, to)).toBe(inWindow);
      }),
      runs,
    );
  });

  it('never overlap or touch, and stand in order', () => {
    fc.assert(
      fc.property(stretches, (parts) => {
        const result = built(parts);
        expect(result.every((edge, index) => index === 0 || edge > (result[index - 1] ?? 0))).toBe(true);
      }),
      runs,
    );
  });

  it('unite the same in any order, and twice is once', () => {
    fc.assert(
      fc.property(stretches, stretches, (one, other) => {
        const united = unionOf(built(one), built(other));
        expect(united).toEqual(unionOf(built(other), built(one)));
        expect(unionOf(united, built(one))).toEqual(united);
        expect(coveredBytes(united, 0, LENGTH)).toBe(bytesOf([...one, ...other]).size);
      }),
      runs,
    );
  });

  it('take bytes of an unknown place as the first that were missing, and never more than the file', () => {
    fc.assert(
      fc.property(stretches, fc.integer({ min: 0, max: 2 * LENGTH }), (parts, sent) => {
        const before = bytesOf(parts).size;
        const after = withFirstMissing(built(parts), sent, LENGTH);
        expect(coveredBytes(after, 0, LENGTH)).toBe(Math.min(LENGTH, before + sent));
        expect(after.at(-1) ?? 0).toBeLessThanOrEqual(LENGTH);
      }),
      runs,
    );
  });

  it('of a listener who fetches a thousand crumbs stay few, and never cover what was not sent', () => {
    const crumbs = Array.from({ length: 1000 }, (_, index) => [index * 10, index * 10 + 1 + (index % 5)] as const);
    const kept = built(crumbs);
    expect(kept.length).toBeLessThanOrEqual(128);
    const sent = bytesOf(crumbs);
    for (let at = 0; at < kept.length; at += 2) {
      for (let byte = kept[at] ?? 0; byte < (kept[at + 1] ?? 0); byte++) expect(sent.has(byte)).toBe(true);
    }
  });
});
