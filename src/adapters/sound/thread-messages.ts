/** What is said between the process and its sound threads. Both ends are ours and of one version: types are enough. */

import type { MomentComparison } from '../../audio/bleed.ts';
import type { Cue } from '../../audio/cue-sheet.ts';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import type { Finish } from '../../audio/finish.ts';
import type { LaneMoment } from '../../audio/lane-moments.ts';
import type { SampleRange } from '../../audio/sample-clock.ts';
import type { Slice } from '../../audio/slices.ts';
import type { SoundingSlots } from '../../audio/stem-slots.ts';
import type { TimestampReading } from '../../audio/timestamps.ts';
import type { TrackHearing } from '../../audio/track-hearing.ts';
import type { FailureCode } from '../../domain/failure.ts';
import type { LaneFile } from './lane-file.ts';

/** How ffmpeg is run for a task. Files of plans are named within `folder`. */
export interface ThreadFfmpeg {
  readonly program: string;
  /** It ends with the thread that starts it, whatever happens. */
  readonly diesWithParent?: boolean;
  readonly folder: string;
  readonly timeoutSeconds: number;
}

/** Decodes a track up to `maxSamples`, listens to it, and writes what is kept of it to a lane. */
export interface ListenTask {
  readonly kind: 'listen';
  readonly ffmpeg: ThreadFfmpeg;
  readonly plan: FfmpegPlan;
  readonly timestampsPath: string;
  readonly maxSamples: number;
  readonly lanePath: string;
  readonly trackKind: 'speech' | 'music';
  readonly known?: TrackHearing;
}

export interface ListenAnswer {
  readonly hearing: TrackHearing;
  readonly timestamps: TimestampReading;
}

/** What lanes are mixed from, and into how many channels. */
export interface MixSource {
  /** By the number that cues call them. */
  readonly lanes: readonly (readonly [number, LaneFile])[];
  readonly cues: readonly Cue[];
  readonly channels: 1 | 2;
  readonly finish: Finish;
}

/** Mixes and limits some stretches of the episode, and tells how loud they are. */
export interface RehearseTask {
  readonly kind: 'rehearse';
  readonly source: MixSource;
  /** Ascending, whole steps. */
  readonly ranges: readonly SampleRange[];
}

export interface RehearseAnswer {
  /** For each range, the K-weighted mean square of each of its steps, summed over the mixed channels. */
  readonly energies: readonly Float64Array[];
}

/** Mixes, limits and encodes [fromSample, toSample) of the episode. */
export interface EncodeTask extends SampleRange {
  readonly kind: 'encode';
  readonly ffmpeg: ThreadFfmpeg;
  readonly source: MixSource;
  readonly plan: FfmpegPlan;
}

/** Encodes a slice of an MP3, rolls and all, to `path`, where only the frames are left that are joined. */
export interface SliceTask {
  readonly kind: 'slice';
  readonly encode: EncodeTask;
  readonly slice: Slice;
  readonly path: string;
  /** It is encoded in mono, and both channels of the result carry it at this bitrate. */
  readonly stereoKbps?: number;
}

export interface SliceAnswer {
  /** Lowest and highest sample of every 100 ms, alternating, -128 to 127. */
  readonly waveform: readonly number[];
}

/** Encodes a stem of `durationSamples`, of which `encode` writes to `compactPath` what sounds. */
export interface StemTask {
  readonly kind: 'stem';
  readonly encode: EncodeTask;
  readonly compactPath: string;
  readonly stemPath: string;
  readonly slots: readonly SoundingSlots[];
  readonly durationSamples: number;
}

/** Decodes a finished file and measures it as it is heard. */
export interface MeasureTask {
  readonly kind: 'measure';
  readonly ffmpeg: ThreadFfmpeg;
  readonly plan: FfmpegPlan;
  readonly channels: 1 | 2;
}

export interface MeasureAnswer {
  /** Of every 20 ms, over both channels. */
  readonly energies: Float64Array;
  /** Highest of each step between samples too, as a factor; 0 where it is surely lower than the step's `peakFloor`. */
  readonly truePeaks: Float32Array;
  readonly decodedSamples: number;
  readonly channelsAreEqual: boolean;
}

/** Compares what two microphones picked up at the same time. */
export interface CompareTask {
  readonly kind: 'compare';
  readonly lanes: readonly (readonly [number, LaneFile])[];
  readonly moments: readonly LaneMoment[];
}

export interface CompareAnswer {
  /** One for each moment. */
  readonly likenesses: readonly MomentComparison[];
}

export type SoundTask = ListenTask | RehearseTask | EncodeTask | SliceTask | StemTask | MeasureTask | CompareTask;

export interface AnswerOf {
  readonly listen: ListenAnswer;
  readonly rehearse: RehearseAnswer;
  readonly encode: null;
  readonly slice: SliceAnswer;
  readonly stem: null;
  readonly measure: MeasureAnswer;
  readonly compare: CompareAnswer;
}

export type ToThread = { readonly run: SoundTask } | { readonly abort: true };

/** An error as it crosses: classes do not. */
export type CrossedError =
  | { readonly type: 'passing'; readonly code: string; readonly message: string }
  | { readonly type: 'permanent'; readonly code: FailureCode; readonly message: string }
  | { readonly type: 'refused' | 'other'; readonly message: string };

export type FromThread =
  | { readonly progress: number }
  | { readonly answer: AnswerOf[keyof AnswerOf] }
  | { readonly failed: CrossedError };
