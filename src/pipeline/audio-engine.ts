/** What rendering needs of an audio engine. Files are named within the work folder. src/adapters/ffmpeg/ffmpeg-audio-engine.ts implements it. */
import type { Finish } from '../audio/finishing-plan.ts';
import type { TimestampReading } from '../audio/meter-output.ts';
import type { MixInput } from '../audio/mix-graph.ts';
import type { TrackFormat } from '../audio/track-formats.ts';
import type { Loudness } from '../domain/loudness.ts';
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
  /** How far into the sound the engine is. */
  onProgress?(seconds: number): void;
}

export interface TrackAnalysis {
  readonly timestamps: TimestampReading;
  /** Loudness of each 400 ms block every 100 ms, as one channel, in LUFS. */
  readonly blocksLufs: readonly number[];
  readonly samplePeakDbfs: number | null;
}

/** Thrown by `analyse` and `measure` when the file cannot be decoded; the message is the decoder's own. */
export class UndecodableAudio extends Error {
  override readonly name = 'UndecodableAudio';
}

/**
 * Every call throws the signal's reason when aborted, UndecodableAudio where named, PassingFailure when the machine
 * is at fault (disk full, timeout, killed), and PermanentFailure('ffmpeg-failed') for anything else.
 */
export interface AudioEngine {
  /** All that `ffmpeg -version` says, its libraries too: part of every render key. */
  identity(): Promise<string>;
  /** For people, as 5.1.9. */
  version(): Promise<string>;
  sniff(path: string): Promise<Sniffed>;
  analyse(file: string, format: TrackFormat, maxSeconds: number, run: EngineRun): Promise<TrackAnalysis>;
  /** Writes one channel of 32-bit floats at 48 kHz; the loudness is that of two such channels. */
  mix(inputs: readonly MixInput[], durationSamples: number, output: string, run: EngineRun): Promise<Loudness>;
  /** What a finish would make of the mix's loudness (two channels), before any encoder. Null for silence. */
  rehearse(mix: string, finish: Finish, run: EngineRun): Promise<number | null>;
  encode(
    mix: string,
    finish: Finish,
    durationSamples: number,
    bitrateKbps: number,
    output: string,
    run: EngineRun,
  ): Promise<void>;
  /** Decodes a finished MP3 and measures it anew. */
  measure(mp3: string, run: EngineRun): Promise<{ readonly loudness: Loudness; readonly durationSeconds: number }>;
  /** By how much the encoder lowers everything at this bitrate, in dB, positive; found out once with a tone. */
  encoderLossDb(bitrateKbps: number, run: EngineRun): Promise<number>;
}
