/** The audio engine: threads that listen and mix, and ffmpeg, which they feed or are fed by, for every codec. */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { stemPlan } from '../../audio/encoding-plan.ts';
import { streamEndMark } from '../../audio/end-mark.ts';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import type { Finish } from '../../audio/finish.ts';
import { hearingBackPlan, listeningPlan, type NoiseReduction } from '../../audio/listening-plan.ts';
import { SAMPLE_RATE_HZ, type SampleRange } from '../../audio/sample-clock.ts';
import { compactSheet, soundingSlots } from '../../audio/stem-slots.ts';
import { trackFormatOf } from '../../audio/track-formats.ts';
import { PermanentFailure } from '../../domain/failure.ts';
import {
  type AudioEngine,
  type EngineRun,
  type HeardTrack,
  type ListenRequest,
  type Mix,
  UndecodableAudio,
} from '../../pipeline/audio-engine.ts';
import { FfmpegRefused } from '../ffmpeg/ffmpeg.ts';
import { chooseFfmpeg, type FfmpegChoice } from '../ffmpeg/ffmpeg-choice.ts';
import { createLauncher, type IsolationFact, type Launcher } from '../ffmpeg/ffmpeg-launcher.ts';
import { sniffAudio } from '../ffmpeg/sniff-audio.ts';
import { encoderLossDb } from './encoder-loss.ts';
import { endsOf } from './file-end-reader.ts';
import { joinSlices } from './join-slices.ts';
import { carriesOneChannelTwice, laneFiles, slicePlan, sourceWithin, wholePlan } from './mix-orders.ts';
import { comesLate } from './noise-reduction-delay.ts';
import { SETTLING_SAMPLES } from './rehearse-task.ts';
import type { SoundTask, ThreadFfmpeg } from './thread-messages.ts';
import { ThreadPool } from './thread-pool.ts';

interface FfmpegDescription extends FfmpegChoice {
  readonly isolation: readonly IsolationFact[];
}

export interface SoundEngine extends AudioEngine {
  /** For `doctor`. Throws PermanentFailure when there is no ffmpeg. */
  describe(): Promise<FfmpegDescription>;
  /** Ends the threads and removes the launcher; afterwards the engine may not be used. */
  close(): Promise<void>;
}

const wholeOf = ({ sheet }: Mix): SampleRange => ({ fromSample: 0, toSample: sheet.durationSamples });

export interface SoundEngineOptions {
  /** The ffmpeg to use; otherwise the best there is. */
  readonly path?: string;
  /** How many threads listen and mix; otherwise one a core. */
  readonly threads?: number;
}

/** Nothing is looked for, and no thread started, before it is needed. */
export function createSoundEngine(options: SoundEngineOptions = {}): SoundEngine {
  const threads = options.threads ?? availableParallelism();
  const pool = new ThreadPool(threads);
  const losses = new Map<string, Promise<number>>();
  let reductionProbe: Promise<boolean> | undefined;
  let prepared: Promise<{ choice: FfmpegChoice; launcher: Launcher }> | undefined;

  async function prepare() {
    const choice = await chooseFfmpeg(options);
    return { choice, launcher: await createLauncher(choice.path) };
  }

  function ready() {
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  async function ffmpegFor({ folder, timeoutSeconds }: EngineRun): Promise<ThreadFfmpeg> {
    const { program, diesWithParent } = (await ready()).launcher;
    return { program, diesWithParent, folder: folder.path, timeoutSeconds };
  }

  /** For tasks over files of our own: there a refusal is a fault of the program or the machine. */
  async function performOwn<T extends SoundTask>(what: string, task: T, run: EngineRun) {
    return pool.run(task, run).catch((error: unknown) => {
      if (!(error instanceof FfmpegRefused)) throw error;
      throw new PermanentFailure('ffmpeg-failed', `${what} did not succeed: ${error.message}`, { cause: error });
    });
  }

  /** For tasks that read a foreign file. */
  async function performDecoding<T extends SoundTask>(task: T, run: EngineRun) {
    return pool.run(task, run).catch((error: unknown) => {
      if (!(error instanceof FfmpegRefused)) throw error;
      throw new UndecodableAudio(error.message, { cause: error });
    });
  }

  async function encodeOrder(mix: Mix, range: SampleRange, finish: Finish, plan: FfmpegPlan, run: EngineRun) {
    const source = sourceWithin(mix, range, finish, run.folder);
    return { kind: 'encode' as const, ffmpeg: await ffmpegFor(run), source, plan, ...range };
  }

  async function listen(
    { file, format, kind, maxSeconds, lane, known }: ListenRequest,
    run: EngineRun,
    reduction?: NoiseReduction,
  ): Promise<HeardTrack> {
    const timestamps = `${lane}.stamps`;
    return performDecoding(
      {
        kind: 'listen' as const,
        ffmpeg: await ffmpegFor(run),
        plan: listeningPlan({ audio: file, timestamps }, format, reduction),
        timestampsPath: run.folder.file(timestamps),
        maxSamples: Math.ceil(maxSeconds * SAMPLE_RATE_HZ),
        lanePath: run.folder.file(lane),
        trackKind: kind,
        ...(known === undefined ? {} : { known }),
      },
      run,
    );
  }

  function reductionComesLate(run: EngineRun): Promise<boolean> {
    reductionProbe ??= comesLate((request) => listen(request, run, { noiseLufs: -50, delay: 'unknown' }), run).catch(
      (error: unknown) => {
        reductionProbe = undefined;
        throw error;
      },
    );
    return reductionProbe;
  }

  const engine: SoundEngine = {
    threads,
    identity: async () => (await ready()).choice.identity,
    version: async () => (await ready()).choice.version,
    sniff: sniffAudio,

    async describe() {
      const { choice, launcher } = await ready();
      return { ...choice, isolation: launcher.describeIsolation() };
    },

    async close() {
      await pool.close();
      const now = await prepared?.catch(() => undefined);
      now?.launcher.remove();
    },

    async hasEndMark(path, format, decodedSamples) {
      const fileBytes = (await stat(path)).size;
      const decodedSeconds = decodedSamples / SAMPLE_RATE_HZ;
      const [head, tail] = await endsOf(path, fileBytes);
      return streamEndMark(format.demuxer, { head, tail, fileBytes, decodedSeconds });
    },

    async listen(request, run) {
      const { reducedNoiseLufs: noiseLufs } = request;
      if (noiseLufs === undefined) return listen(request, run);
      return listen(request, run, { noiseLufs, delay: (await reductionComesLate(run)) ? 'late' : 'short' });
    },

    async compare(lanes, moments, run) {
      const named = new Set(moments.flatMap(({ a, b }) => [a.lane, b.lane]));
      const task = { kind: 'compare' as const, lanes: laneFiles(lanes, named, run.folder), moments };
      return (await performOwn('comparing microphones', task, run)).likenesses;
    },

    async rehearse(mix, finish, ranges, run) {
      const fromSample = Math.min(...ranges.map((range) => range.fromSample)) - SETTLING_SAMPLES;
      const toSample = Math.max(...ranges.map((range) => range.toSample));
      const source = sourceWithin(mix, { fromSample, toSample }, finish, run.folder);
      const task = { kind: 'rehearse' as const, source, ranges };
      return (await performOwn('levelling', task, run)).energies;
    },

    async encodeSlice(mix, slice, finish, run) {
      const file = `slice-${slice.index}.mp3`;
      const { fromSample, toSample, preRollSamples, postRollSamples } = slice;
      const heard = { fromSample: fromSample - preRollSamples, toSample: toSample + postRollSamples };
      const encode = await encodeOrder(mix, heard, finish, slicePlan(mix, file), run);
      const stereo = carriesOneChannelTwice(mix) ? { stereoKbps: mix.bitrateKbps } : {};
      const task = { kind: 'slice' as const, encode, slice, path: run.folder.file(file), ...stereo };
      const { waveform } = await performOwn('encoding', task, run);
      return { slice, file, waveform };
    },

    async join(slices, mix, output, folder) {
      const paths = slices.map(({ file }) => folder.file(file));
      await joinSlices(paths, mix.sheet.durationSamples, folder.file(output));
    },

    async encodeWhole(mix, finish, format, output, run) {
      const task = await encodeOrder(mix, wholeOf(mix), finish, wholePlan(mix, format, output), run);
      await performOwn(`encoding ${format}`, task, run);
    },

    async encodeStem(mix, output, run) {
      const slots = soundingSlots(mix.sheet);
      const compact = { ...mix, sheet: compactSheet(mix.sheet, slots) };
      const file = `compact-${output}`;
      const encode = await encodeOrder(compact, wholeOf(compact), { gainDb: 0 }, stemPlan(file), run);
      const [compactPath, stemPath] = [run.folder.file(file), run.folder.file(output)];
      const { durationSamples } = mix.sheet;
      const task = { kind: 'stem' as const, encode, compactPath, stemPath, slots, durationSamples };
      await performOwn('encoding a stem', task, run);
    },

    async measure(mp3, channels, run) {
      const format = trackFormatOf('audio/mpeg');
      if (!format) throw new Error('MP3 is missing from the table of formats');
      const plan = hearingBackPlan(mp3, format);
      return performDecoding({ kind: 'measure' as const, ffmpeg: await ffmpegFor(run), plan, channels }, run);
    },

    encoderLossDb(output, run) {
      const name = `${output.sheetChannels} ${output.outputChannels} ${output.bitrateKbps}`;
      const known = losses.get(name);
      if (known) return known;
      const found = encoderLossDb(engine, output, run);
      losses.set(name, found);
      found.catch(() => losses.delete(name));
      return found;
    },
  };
  return engine;
}
