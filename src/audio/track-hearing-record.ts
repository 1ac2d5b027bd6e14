/** What was heard of a track as JSON, so that it need not be listened to twice. */
import { z } from 'zod';
import { STEP_SAMPLES, type StepRange } from './sample-clock.ts';
import type { TrackHearing } from './track-hearing.ts';

const FLOAT_BYTES = 4;

/** Float32, little-endian, as base64: exact, and a fifth of the size of decimal numbers. */
const Floats = z.codec(
  z.base64(),
  z.custom<Float32Array>((value) => value instanceof Float32Array),
  {
    decode: (text, context) => {
      const bytes = Buffer.from(text, 'base64');
      if (bytes.length % FLOAT_BYTES !== 0) {
        context.issues.push({
          code: 'custom',
          input: text,
          message: `${bytes.length} bytes are no whole float32 numbers`,
        });
        return z.NEVER;
      }
      const floats = Float32Array.from({ length: bytes.length / FLOAT_BYTES }, (_, n) =>
        bytes.readFloatLE(n * FLOAT_BYTES),
      );
      if (!floats.every((value) => value >= 0 && value < Infinity)) {
        context.issues.push({
          code: 'custom',
          input: text,
          message: 'energies and peaks are finite and never negative',
        });
        return z.NEVER;
      }
      return floats;
    },
    encode: (floats) => {
      const bytes = Buffer.alloc(floats.length * FLOAT_BYTES);
      for (const [n, value] of floats.entries()) bytes.writeFloatLE(value, n * FLOAT_BYTES);
      return bytes.toString('base64');
    },
  },
);

const Range = z.object({ firstStep: z.int().nonnegative(), stepCount: z.int().positive() });

const Stretch = Range.extend({ energies: Floats, peaks: Floats }).superRefine(
  ({ stepCount, energies, peaks }, context) => {
    for (const [name, { length }] of Object.entries({ energies, peaks })) {
      if (length === stepCount) continue;
      context.addIssue({ code: 'custom', path: [name], message: `${length} values for ${stepCount} steps` });
    }
  },
);

const count = z.int().nonnegative();

/** Refuses what does not fit together, such as fewer energies than steps, and tells where. */
export const TrackHearingRecord = z
  .object({
    format: z.literal(1),
    decodedSamples: count,
    kept: z.array(Stretch),
    talk: z.array(Range),
    speechLufs: z.number().nullable(),
    noiseLufs: z.number().nullable(),
    samplePeakDbfs: z.number().nullable(),
    clippedSamples: count,
    nonFiniteSamples: count,
    dcOffset: z.number(),
  })
  .superRefine(({ decodedSamples, kept, talk }, context) => {
    const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const steps = Math.ceil(decodedSamples / STEP_SAMPLES);
    for (const [name, ranges] of Object.entries({ kept, talk })) {
      for (const [index, range] of ranges.entries()) {
        if (endOf(range) > steps) refuse([name, index], `ends at step ${endOf(range)} of ${steps}`);
        const before = ranges[index - 1];
        if (before !== undefined && range.firstStep <= endOf(before)) {
          refuse([name, index], `begins at step ${range.firstStep}, but the one before ends at ${endOf(before)}`);
        }
      }
    }
    let around = 0;
    for (const [index, range] of talk.entries()) {
      while (around < kept.length && endOf(kept[around]) < endOf(range)) around += 1;
      if ((kept[around]?.firstStep ?? Infinity) > range.firstStep) refuse(['talk', index], 'lies outside what is kept');
    }
  });

const endOf = (range: StepRange | undefined) => (range === undefined ? 0 : range.firstStep + range.stepCount);

/** Plain data that JSON can hold. Throws a ZodError when the hearing itself does not fit together. */
export function writeHearing(hearing: TrackHearing): z.input<typeof TrackHearingRecord> {
  const { kept, talk, ...figures } = hearing;
  return z.encode(TrackHearingRecord, { format: 1, ...figures, kept: [...kept], talk: [...talk] });
}

/** Of a record that the schema has parsed. */
export function readHearing({ format: _, ...hearing }: z.output<typeof TrackHearingRecord>): TrackHearing {
  return hearing;
}
