/** What one decode of a recording told, kept in the bucket under the recording's digest: the same is not listened to twice. */
import { z } from 'zod';
import { readHearing, TrackHearingRecord, writeHearing } from '../audio/track-hearing-record.ts';
import { type Sha256, sha256 } from '../domain/ids.ts';
import { analysisKey } from '../storage/object-keys.ts';
import type { HeardTrack } from './audio-engine.ts';
import type { ObjectStore } from './ports.ts';
import { readBytes } from './records.ts';

/** How it was listened to: another way tells other things. */
export interface ListenedAs {
  readonly sha256: Sha256;
  readonly kind: 'speech' | 'music';
  readonly maxSeconds: number;
  readonly reduceNoise: boolean;
}

export interface KnownHearing extends HeardTrack {
  readonly hasEndMark: boolean;
  /** How loud its noise was before it was taken down; absent where it was left as it is. */
  readonly reducedNoiseLufs?: number | undefined;
}

/** Raise it whenever listening changes. */
const ANALYSIS_FORMAT = 2;

const TimestampRecord = z.object({
  decodedSeconds: z.number(),
  extentSeconds: z.number(),
  gapSeconds: z.number(),
  gapCount: z.int(),
  stepBackSeconds: z.number(),
  segments: z.array(z.object({ fromSample: z.int(), startSeconds: z.number() })),
});

const AnalysisRecord = z.object({
  format: z.literal(ANALYSIS_FORMAT),
  /** Of all that `ffmpeg -version` says: another decoder may tell otherwise. */
  decoder: z.string(),
  kind: z.enum(['speech', 'music']),
  maxSeconds: z.number(),
  reduceNoise: z.boolean(),
  hasEndMark: z.boolean(),
  reducedNoiseLufs: z.number().optional(),
  timestamps: TimestampRecord,
  hearing: TrackHearingRecord,
});

export async function knownHearing(
  bucket: ObjectStore,
  as: ListenedAs,
  decoderIdentity: string,
  signal: AbortSignal,
): Promise<KnownHearing | undefined> {
  signal.throwIfAborted();
  const object = await readBytes(bucket, analysisKey(as.sha256));
  if (!object) return undefined;
  const parsed = AnalysisRecord.safeParse(jsonOf(object.bytes));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  if (data.decoder !== sha256(decoderIdentity) || data.kind !== as.kind || data.reduceNoise !== as.reduceNoise) {
    return undefined;
  }
  // What was cut short then is only the same if it is cut at the same place.
  if (data.maxSeconds !== as.maxSeconds) return undefined;
  const { timestamps, hasEndMark, reducedNoiseLufs } = data;
  return { hearing: readHearing(data.hearing), timestamps, hasEndMark, reducedNoiseLufs };
}

export async function rememberHearing(
  bucket: ObjectStore,
  as: ListenedAs,
  decoderIdentity: string,
  { hearing, timestamps, hasEndMark, reducedNoiseLufs }: KnownHearing,
): Promise<void> {
  const { kind, maxSeconds, reduceNoise } = as;
  const record: z.input<typeof AnalysisRecord> = {
    format: ANALYSIS_FORMAT,
    decoder: sha256(decoderIdentity),
    kind,
    maxSeconds,
    reduceNoise,
    hasEndMark,
    reducedNoiseLufs,
    timestamps: { ...timestamps, segments: [...timestamps.segments] },
    hearing: writeHearing(hearing),
  };
  await bucket.put(analysisKey(as.sha256), JSON.stringify(record), { contentType: 'application/json' });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
