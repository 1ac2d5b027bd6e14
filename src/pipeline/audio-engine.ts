/** What rendering needs of an audio engine. Files are named within the work folder. src/adapters/sound/sound-engine.ts implements it. */

import type { MomentComparison } from '../audio/bleed.ts';
import type { CueSheet } from '../audio/cue-sheet.ts';
import type { Finish } from '../audio/finish.ts';
import type { LaneMoment } from '../audio/lane-moments.ts';
import type { SampleRange, StepRange } from '../audio/sample-clock.ts';
import type { Slice } from '../audio/slices.ts';
import type { TimestampReading } from '../audio/timestamps.ts';
import type { TrackFormat } from '../audio/track-formats.ts';
import type { TrackHearing } from '../audio/track-hearing.ts';
import type { WorkFolder } from './ports.ts';

/** `rejected` with a reason that a creator understands. */
export type Sniffed =
  | { readonly kind: 'accepted'; readonly format: TrackFormat }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Where, for how long, and until when a run of the engine may work. */
export interface EngineRun {
  readonly folder: WorkFolder;
  readonly signal: AbortSignal;
  /** Afterwards the engine's process is killed and the run throws PassingFailure('ffmpeg-timeout'). */
  readonly timeoutSeconds: number;
  /** Whatever else is asked of the engine comes first. */
  readonly hasTime?: boolean;
  /** How far into the sound the engine is. */
  onProgress?(seconds: number): void;
}

export interface ListenRequest {
  readonly file: string;
  readonly format: TrackFormat;
  readonly kind: 'speech' | 'music';
  /** Nothing after this is decoded. */
  readonly maxSeconds: number;
  /** Where the kept sound is written. */
  readonly lane: string;
  /** How loud its steady noise is, where that is to be taken down before anything is measured. */
  readonly reducedNoiseLufs?: number | undefined;
  /** What an earlier decode told: exactly that is kept again, and not measured anew. */
  readonly known?: TrackHearing;
}

export interface HeardTrack {
  readonly hearing: TrackHearing;
  readonly timestamps: TimestampReading;
}

/** The kept sound of a track, as `listen` wrote it. */
export interface Lane {
  readonly file: string;
  readonly kept: readonly StepRange[];
}

/** A mix that is all decided, and what it is to be encoded as. */
export interface Mix {
  readonly sheet: CueSheet;
  /** As the sheet's cues number them. */
  readonly lanes: readonly Lane[];
  /** 2 with a sheet of one channel: both carry the same. */
  readonly outputChannels: 1 | 2;
  readonly bitrateKbps: number;
}

export interface EncodedSlice {
  readonly slice: Slice;
  /** Its own frames and no others, as they are joined. */
  readonly file: string;
  /** Lowest and highest sample of every 100 ms, alternating, -128 to 127. */
  readonly waveform: readonly number[];
}

export interface MeasuredAudio {
  /** K-weighted mean square of every 20 ms, over both channels. */
  readonly energies: Float64Array;
  /** Highest between samples too, of every 20 ms, as a factor; 0 where it is far from mattering. */
  readonly truePeaks: Float32Array;
  readonly decodedSamples: number;
  readonly channelsAreEqual: boolean;
}

/** Further files made of the same mix. */
export type WholeFormat = 'aac' | 'opus' | 'stem-flac';

/** Thrown by `listen` and `measure` when the file cannot be decoded; the message is the decoder's own. */
export class UndecodableAudio extends Error {
  override readonly name = 'UndecodableAudio';
}

/**
 * Every call throws the signal's reason when aborted, UndecodableAudio where named, PassingFailure when the machine
 * is at fault (disk full, timeout, killed), and PermanentFailure('ffmpeg-failed') for anything else.
 */
export interface AudioEngine {
  /** How many calls are worth making at once. */
  readonly threads: number;
  /** All that `ffmpeg -version` says, its libraries too: part of every render key. */
  identity(): Promise<string>;
  /** For people, as 5.1.9. */
  version(): Promise<string>;
  sniff(path: string): Promise<Sniffed>;
  /** Whether the file ends where its recorder meant it to; false where that cannot be told. */
  hasEndMark(path: string, format: TrackFormat, decodedSamples: number): Promise<boolean>;
  listen(request: ListenRequest, run: EngineRun): Promise<HeardTrack>;
  /** How alike two lanes sound at each moment. */
  compare(lanes: readonly Lane[], moments: readonly LaneMoment[], run: EngineRun): Promise<readonly MomentComparison[]>;
  /** The energies of some stretches of the finished mix, before any encoder, over the sheet's channels. */
  rehearse(mix: Mix, finish: Finish, ranges: readonly SampleRange[], run: EngineRun): Promise<readonly Float64Array[]>;
  encodeSlice(mix: Mix, slice: Slice, finish: Finish, run: EngineRun): Promise<EncodedSlice>;
  /** One MP3 of all slices, in their order, that plays for exactly `durationSamples`. */
  join(slices: readonly EncodedSlice[], mix: Mix, output: string, folder: WorkFolder): Promise<void>;
  /** The whole mix in one file of another format. */
  encodeWhole(mix: Mix, finish: Finish, format: WholeFormat, output: string, run: EngineRun): Promise<void>;
  /** A speaker's stem, which is as long as the sheet; what lies between its cues costs next to nothing. */
  encodeStem(mix: Mix, output: string, run: EngineRun): Promise<void>;
  /** Decodes a finished MP3 and measures it anew. */
  measure(mp3: string, channels: 1 | 2, run: EngineRun): Promise<MeasuredAudio>;
  /** By how much the encoder lowers everything, in dB, positive; found out once with a tone. */
  encoderLossDb(
    output: Pick<Mix, 'outputChannels' | 'bitrateKbps'> & { readonly sheetChannels: 1 | 2 },
    run: EngineRun,
  ): Promise<number>;
}
