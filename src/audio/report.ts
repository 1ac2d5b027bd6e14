/** What is written down about a render beside its master: report.json. The same render gives the same bytes. */
import { z } from 'zod';
import { Chapter } from '../domain/episode.ts';
import { Notice } from '../domain/failure.ts';
import { ParticipantId, Sha256 } from '../domain/ids.ts';
import { Loudness } from '../domain/loudness.ts';
import { LoudnessTarget, SoundSettings } from '../domain/show.ts';

const ReportedTrack = z.object({
  sha256: Sha256,
  kind: z.enum(['speech', 'music']),
  format: z.string(),
  /** Made of the stem of an earlier render: the recording itself was gone. */
  fromStem: z.boolean().optional(),
  /** After the room's start; negative: that much of its beginning lies before it and was cut. */
  startOffsetSeconds: z.number(),
  decodedSeconds: z.number(),
  /** In which somebody is heard. */
  talkSeconds: z.number(),
  gapSeconds: z.number(),
  gapCount: z.int(),
  /** By how much its recorder's clock ran fast, where that was corrected. */
  driftPpm: z.number().optional(),
  /** Gated over the talk. */
  inputLufs: z.number().nullable(),
  noiseLufs: z.number().nullable(),
  inputPeakDbfs: z.number().nullable(),
  clippedSamples: z.int(),
  nonFiniteSamples: z.int(),
  dcOffset: z.number(),
});
export type ReportedTrack = z.infer<typeof ReportedTrack>;

const ReportedLevel = z.object({
  inputLufs: z.number().nullable(),
  outputLufs: z.number().nullable(),
  wantedGainDb: z.number(),
  gainDb: z.number(),
  boundedByNoise: z.boolean(),
  compressionDb: z.object({ max: z.number(), mean: z.number() }),
});
export type ReportedLevel = z.infer<typeof ReportedLevel>;

const ReportedSpeaker = z.object({
  participantId: ParticipantId,
  /** One for all of their speech, or one for each track where they came back with another microphone; none for music. */
  levels: z.array(ReportedLevel),
  /** What a person should know about this microphone, in plain words. */
  findings: z.array(Notice),
  tracks: z.array(ReportedTrack),
});
export type ReportedSpeaker = z.infer<typeof ReportedSpeaker>;

export const RenderReport = z.object({
  format: z.literal(2),
  renderKey: Sha256,
  recipe: z.int(),
  ffmpegVersion: z.string(),
  durationSeconds: z.number().positive(),
  target: LoudnessTarget,
  sound: SoundSettings,
  loudness: z.object({
    /** Of the levelled voices together, before the common gain, over the output's channels. */
    before: z.number(),
    /** Of what went to the encoder, as predicted. */
    predicted: z.number(),
    /** Of the decoded master. */
    after: Loudness,
  }),
  /** What the whole mix was raised or lowered by. */
  gainDb: z.number(),
  /** Where peaks were held before encoding; absent when none needed it. */
  limitDbtp: z.number().optional(),
  encoderLossDb: z.number(),
  /** Measured outside the figures at first, and corrected once. */
  wasCorrected: z.boolean(),
  /** How much had to be mixed beforehand to know its loudness. */
  rehearsedSeconds: z.number(),
  speakers: z.array(ReportedSpeaker),
  /** Microphones that heard another's owner; there only the nearer one was open. */
  bleeds: z.array(z.object({ from: ParticipantId, into: ParticipantId, gainDb: z.number(), lagMs: z.number() })),
  edit: z.object({
    /** Of the room, as it was. */
    roomSeconds: z.number(),
    /** How many pieces of the room were joined. */
    pieces: z.int(),
    removedSeconds: z.number(),
    introSeconds: z.number(),
    outroSeconds: z.number(),
  }),
  /** From the room's markers, where they are heard. */
  chapters: z.array(Chapter),
  /** Each filter that was at work, with its settings. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  warnings: z.array(Notice),
});
export type RenderReport = z.infer<typeof RenderReport>;
