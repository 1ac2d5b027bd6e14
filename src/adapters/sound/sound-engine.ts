/** The audio engine: threads that listen and mix, and ffmpeg, which they feed or are fed by, for every codec. */
import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type Cue, cuesWithin } from '../../audio/cue-sheet.ts';
import { aacPlan, mp3SlicePlan, opusPlan, stemFlacPlan, stemPlan } from '../../audio/encoding-plan.ts';
import { streamEndMark } from '../../audio/end-mark.ts';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import { FILE_END_BYTES } from '../../audio/file-ends.ts';
import type { Finish } from '../../audio/finish.ts';
import { hearingBackPlan, listeningPlan, type NoiseReduction } from '../../audio/listening-plan.ts';
import { monoBitrateFor } from '../../audio/mp3-stereo.ts';
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { trackFormatOf } from '../../audio/track-formats.ts';
import { messageOf, PermanentFailure } from '../../domain/failure.ts';
import {
  type AudioEngine,
  type EngineRun,
  type HeardTrack,
  type Lane,
  type ListenRequest,
  type Mix,
  UndecodableAudio,
  type WholeFormat,
} from '../../pipeline/audio-engine.ts';
import { FfmpegRefused } from '../ffmpeg/ffmpeg.ts';
import { chooseFfmpeg, type FfmpegChoice } from '../ffmpeg/ffmpeg-choice.ts';
import { createLauncher, type IsolationFact, type Launcher } from '../ffmpeg/ffmpeg-launcher.ts';
import { sniffAudio } from '../ffmpeg/sniff-audio.ts';
import { encoderLossDb } from './encoder-loss.ts';
import { joinSlices } from './join-slices.ts';
import type { LaneFile } from './lane-file.ts';
import { comesLate } from './noise-reduction-delay.ts';
import type { MixSource, SoundTask, ThreadFfmpeg } from './thread-messages.ts';
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
    return { program: (await ready()).launcher.program, folder: folder.path, timeoutSeconds };
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
      const task = { kind: 'compare' as const, lanes: filesOf(lanes, named, run), moments };
      return (await performOwn('comparing microphones', task, run)).likenesses;
    },

    async rehearse(mix, finish, ranges, run) {
      const from = Math.min(...ranges.map(({ fromSample }) => fromSample));
      const to = Math.max(...ranges.map(({ toSample }) => toSample));
      const cues = cuesWithin(mix.sheet, Math.max(0, from - SETTLING_SAMPLES), to);
      const task = { kind: 'rehearse' as const, source: sourceOf(mix, cues, finish, run), ranges };
      return (await performOwn('levelling', task, run)).energies;
    },

    async encodeSlice(mix, slice, finish, run) {
      const file = `slice-${slice.index}.mp3`;
      const from = slice.fromSample - slice.preRollSamples;
      const cues = cuesWithin(mix.sheet, from, slice.toSample + slice.postRollSamples);
      const { energies, waveform } = await performOwn(
        'encoding',
        {
          kind: 'encode' as const,
          ffmpeg: await ffmpegFor(run),
          source: sourceOf(mix, cues, finish, run),
          plan: slicePlan(mix, file),
          ...slice,
        },
        run,
      );
      const doubled = mix.outputChannels === 2 && mix.sheet.channels === 1;
      return { slice, file, waveform, energies: doubled ? energies.map((energy) => 2 * energy) : energies };
    },

    async join(slices, mix, output, folder) {
      await joinSlices(
        slices.map(({ slice, file }) => ({ slice, path: folder.file(file) })),
        mix.sheet.durationSamples,
        carriesOneChannelTwice(mix) ? mix.bitrateKbps : undefined,
        folder.file(output),
      );
    },

    async encodeWhole(mix, finish, format, output, run) {
      const { durationSamples: toSample, cues } = mix.sheet;
      const task = {
        kind: 'encode' as const,
        ffmpeg: await ffmpegFor(run),
        source: sourceOf(mix, cues, finish, run),
        plan: wholePlan(mix, format, output),
        ...{ fromSample: 0, toSample, preRollSamples: 0, postRollSamples: 0 },
      };
      await performOwn(`encoding ${format}`, task, run);
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

/** As rehearse-task.ts begins before a stretch. */
const SETTLING_SAMPLES = 48_000;

const carriesOneChannelTwice = (mix: Pick<Mix, 'sheet' | 'outputChannels'>) =>
  mix.outputChannels === 2 && mix.sheet.channels === 1;

function slicePlan(mix: Mix, target: string): FfmpegPlan {
  const bitrateKbps = carriesOneChannelTwice(mix) ? monoBitrateFor(mix.bitrateKbps) : mix.bitrateKbps;
  return mp3SlicePlan(mix.sheet.channels, bitrateKbps, target);
}

function wholePlan({ sheet, bitrateKbps }: Mix, format: WholeFormat, target: string): FfmpegPlan {
  switch (format) {
    case 'aac':
      return aacPlan(sheet.channels, bitrateKbps, target);
    case 'opus':
      return opusPlan(sheet.channels, 64, target);
    case 'stem':
      return stemPlan(target);
    case 'stem-flac':
      return stemFlacPlan(24, target);
  }
}

function sourceOf(mix: Mix, cues: readonly Cue[], finish: Finish, run: EngineRun): MixSource {
  const named = new Set(cues.map(({ lane }) => lane));
  return { lanes: filesOf(mix.lanes, named, run), cues, channels: mix.sheet.channels, finish };
}

function filesOf(lanes: readonly Lane[], named: ReadonlySet<number>, { folder }: EngineRun) {
  return lanes.flatMap(({ file, kept }, lane) => {
    if (!named.has(lane)) return [];
    // The thread needs to know where things lie, not how loud they are.
    const ranges = kept.map(({ firstStep, stepCount }) => ({ firstStep, stepCount }));
    return [[lane, { path: folder.file(file), kept: ranges } satisfies LaneFile] as const];
  });
}

async function endsOf(path: string, fileBytes: number): Promise<[Uint8Array, Uint8Array]> {
  const length = Math.min(FILE_END_BYTES, fileBytes);
  const file = await open(path, 'r');
  try {
    const [head, tail] = [Buffer.alloc(length), Buffer.alloc(length)];
    await file.read(head, 0, length, 0);
    await file.read(tail, 0, length, fileBytes - length);
    return [head, tail];
  } catch (error) {
    throw new Error(`the ends of ${path} could not be read: ${messageOf(error)}`, { cause: error });
  } finally {
    await file.close();
  }
}
