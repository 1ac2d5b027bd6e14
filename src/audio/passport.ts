/** A published episode's passport: how its audio was made, for anybody to check against the public file. Pure. */
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { Notice } from '../domain/failure.ts';
import { Sha256, sha256 } from '../domain/ids.ts';
import { LoudnessTarget } from '../domain/show.ts';

/** Of a file that lies in the passport's own folder. */
const FileName = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/, 'must be the name of a file beside the passport');
const PublishedFile = z.object({
  file: FileName,
  contentType: z.string(),
  lengthBytes: z.int().positive(),
  sha256: Sha256,
});

const PassportTrack = z.object({
  /** Of the recording as the platform stored it. */
  sha256: Sha256,
  kind: z.enum(['speech', 'music']),
  format: z.string(),
  /** Made of what an earlier render kept of it: the recording itself was gone. */
  fromStem: z.boolean().optional(),
  /** After the room's start; negative: that much of it lay before and was cut. */
  startOffsetSeconds: z.number(),
  decodedSeconds: z.number(),
  talkSeconds: z.number(),
  gapSeconds: z.number(),
  gapCount: z.int(),
  driftPpm: z.number().optional(),
  inputLufs: z.number().nullable(),
  noiseLufs: z.number().nullable(),
  inputPeakDbfs: z.number().nullable(),
  clippedSamples: z.int(),
});

const PassportLevel = z.object({
  inputLufs: z.number().nullable(),
  outputLufs: z.number().nullable(),
  wantedGainDb: z.number(),
  gainDb: z.number(),
  boundedByNoise: z.boolean(),
  mostCompressionDb: z.number(),
  meanCompressionDb: z.number(),
});

const PassportSpeaker = z.object({
  /** As it is published; absent for somebody who gave none. */
  name: z.string().optional(),
  role: z.enum(['host', 'speaker', 'guest']),
  levels: z.array(PassportLevel),
  /** What was found out about their microphone and what was done about it, in plain words. */
  findings: z.array(Notice),
  tracks: z.array(PassportTrack),
});
export type PassportSpeaker = z.infer<typeof PassportSpeaker>;

/** All but what can only be known once the file is tagged: its tags hold the seal of this. */
export const PassportAccount = z.object({
  type: z.literal('aftershow-passport'),
  format: z.literal(1),
  /** The episode's, as its feed has it. */
  guid: z.string(),
  audio: z.object({
    /** What lies between the tags: the header frame and the frames of sound. New tags do not change it. */
    frames: z.object({
      sha256: Sha256,
      lengthBytes: z.int().positive(),
      /** Frames of sound: all but the first, which is the header. */
      count: z.int().positive(),
    }),
    /** At 48 kHz, to the sample. */
    durationSamples: z.int().positive(),
    durationSeconds: z.number().positive(),
    channels: z.enum(['both-equal', 'mono', 'stage']),
    bitrateKbps: z.number(),
  }),
  loudness: z.object({
    target: LoudnessTarget.required(),
    /** Of the levelled voices together, before the common gain. */
    beforeLufs: z.number(),
    predictedLufs: z.number(),
    /** Measured on the decoded file. */
    integratedLufs: z.number(),
    truePeakDbtp: z.number(),
    loudnessRangeLu: z.number(),
  }),
  mastering: z.object({
    gainDb: z.number(),
    /** Null where no peak needed it. */
    limiterCeilingDbtp: z.number().nullable(),
    encoderLossDb: z.number(),
    wasCorrected: z.boolean(),
    rehearsedSeconds: z.number(),
  }),
  speakers: z.array(PassportSpeaker),
  /** How many people are not in it: without consent, or left out afterwards. Who they are is written nowhere. */
  leftOut: z.int().nonnegative(),
  /** Microphones that heard another's voice; speakers by their places in the list above. */
  sharedRooms: z.array(z.object({ from: z.int(), into: z.int(), gainDb: z.number(), lagMs: z.number() })),
  edit: z.object({
    roomSeconds: z.number(),
    pieces: z.int(),
    removedSeconds: z.number(),
    introSeconds: z.number(),
    outroSeconds: z.number(),
  }),
  /** The same in other formats. */
  alternates: z.array(PublishedFile),
  recipe: z.int(),
  ffmpegVersion: z.string(),
  /** Every filter that was at work, with its settings. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type PassportAccount = z.infer<typeof PassportAccount>;

export const Passport = PassportAccount.extend({
  /** The published file, tags and all. */
  published: PublishedFile,
});
export type Passport = z.infer<typeof Passport>;

/** The name under which an MP3's tags hold the seal of its passport. */
export const SEAL_TAG = 'aftershow-passport';

/**
 * What the tags of the audio say of its passport, so that no number in it can be changed afterwards. Takes the JSON as
 * it was read, or what is to be written; the published file, which holds this very seal, does not count.
 */
export function sealOf(passport: unknown): Sha256 {
  const { published: _published, ...account } = z.record(z.string(), z.unknown()).parse(passport);
  const text = canonicalize(account);
  if (text === undefined) throw new Error('a passport must be plain data');
  return sha256(text);
}

/** The same passport gives the same bytes. */
export function passportJson(passport: Passport): string {
  return `${JSON.stringify(Passport.parse(passport), undefined, 2)}\n`;
}
