/** What was heard of a track survives the bucket, and nonsense from there is refused. */
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { readHearing, TrackHearingRecord, writeHearing } from '../../src/audio/track-hearing-record.ts';
import { listen } from '../support/listening.ts';
import { addAt, silence, tone } from '../support/sounds.ts';

const { hearing } = listen(addAt(addAt(silence(20), tone(2, 440, 0.1), 3.003), tone(1, 1000, 0.3), 12));

type Written = z.input<typeof TrackHearingRecord>;
/** Through JSON, changed on the way. */
const reread = (change: (record: Written) => object = (record) => record) =>
  readHearing(TrackHearingRecord.parse(JSON.parse(JSON.stringify(change(writeHearing(hearing))))));

test('what was heard is read back exactly as it was', () => {
  expect(hearing.kept.length).toBe(2);
  expect(hearing.talk.length).toBe(2);
  expect(reread()).toEqual(hearing);
  const silent = listen(silence(1)).hearing;
  expect(readHearing(TrackHearingRecord.parse(JSON.parse(JSON.stringify(writeHearing(silent)))))).toEqual(silent);
});

test('numbers are written as little-endian float32 in base64', () => {
  const [first] = hearing.kept;
  const bytes = Buffer.from(writeHearing(hearing).kept[0]?.energies ?? '', 'base64');
  expect(bytes.length).toBe(4 * (first?.stepCount ?? 0));
  expect(bytes.readFloatLE(80)).toBe(first?.energies[20]);
});

const base64 = (...values: number[]) => Buffer.from(new Float32Array(values).buffer).toString('base64');
const firstKept = (record: Written, change: object) => ({
  ...record,
  kept: record.kept.map((stretch, index) => (index === 0 ? { ...stretch, ...change } : stretch)),
});

test.each<[string, (record: Written) => object, RegExp]>([
  ['another format', (record) => ({ ...record, format: 2 }), /expected 1/],
  ['too few energies', (record) => firstKept(record, { energies: base64(1, 2) }), /2 values for \d+ steps/],
  ['half a number', (record) => firstKept(record, { peaks: 'AAAAAAA=' }), /5 bytes are no whole float32 numbers/],
  ['no base64', (record) => firstKept(record, { peaks: '???' }), /base64/],
  ['a negative energy', (record) => firstKept(record, { energies: base64(-1) }), /finite and never negative/],
  ['NaN', (record) => firstKept(record, { energies: base64(Number.NaN) }), /finite and never negative/],
  ['more steps than samples', (record) => ({ ...record, decodedSamples: 960 }), /ends at step \d+ of 1/],
  ['stretches out of order', (record) => ({ ...record, kept: record.kept.toReversed() }), /but the one before ends/],
  ['talk in what is not kept', (record) => ({ ...record, talk: [{ firstStep: 400, stepCount: 9 }] }), /outside what/],
  ['talk that begins too early', (record) => ({ ...record, talk: [{ firstStep: 0, stepCount: 200 }] }), /outside what/],
  ['an empty stretch', (record) => ({ ...record, talk: [{ firstStep: 150, stepCount: 0 }] }), /stepCount/],
])('refused: %s', (_, change, message) => {
  expect(() => reread(change)).toThrow(message);
});
