/** What is written down about a render beside its master: report.json. The same render gives the same bytes. */
import { z } from 'zod';
import { ParticipantId, Sha256 } from '../domain/ids.ts';
import { Loudness } from '../domain/loudness.ts';
import { LoudnessTarget } from '../domain/show.ts';

const ReportedTrack = z.object({
  sha256: Sha256,
  kind: z.enum(['speech', 'music']),
  format: z.string(),
  /** Negative: that much of its beginning lies before the episode and was cut. */
  startOffsetSeconds: z.number(),
  decodedSeconds: z.number(),
  gapSeconds: z.number(),
  gapCount: z.int(),
  inputLufs: z.number().nullable(),
  inputPeakDbfs: z.number().nullable(),
});

const ReportedSpeaker = z.object({
  participantId: ParticipantId,
  /** Over all their speech, as one channel; null when silent. */
  inputLufs: z.number().nullable(),
  gainDb: z.number(),
  tracks: z.array(ReportedTrack),
});

export const RenderReport = z.object({
  format: z.literal(1),
  renderKey: Sha256,
  recipe: z.int(),
  ffmpegVersion: z.string(),
  durationSeconds: z.number().positive(),
  target: LoudnessTarget,
  loudness: z.object({
    /** Of the levelled mix, as it would sound on two channels. */
    before: Loudness,
    /** Of the decoded master. */
    after: Loudness,
  }),
  /** What the whole mix was raised or lowered by. */
  gainDb: z.number(),
  /** Where peaks were held; absent when none needed it. */
  limitDbtp: z.number().optional(),
  encoderLossDb: z.number(),
  speakers: z.array(ReportedSpeaker),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type RenderReport = z.infer<typeof RenderReport>;
