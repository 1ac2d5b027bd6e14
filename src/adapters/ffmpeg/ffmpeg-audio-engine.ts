/** The audio engine on ffmpeg: makes plans, has them run, and reads what came of it. */
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { analysisPlan, verificationPlan } from '../../audio/decode-plan.ts';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import { encodingPlan, rehearsalPlan } from '../../audio/finishing-plan.ts';
import { DUAL_CHANNEL_LU, integratedLufs } from '../../audio/loudness-gating.ts';
import { type MeterReading, readMeter, readTimestamps } from '../../audio/meter-output.ts';
import { mixBatches } from '../../audio/mix-batches.ts';
import { mixingPlan } from '../../audio/mix-graph.ts';
import { SAMPLE_RATE_HZ } from '../../audio/sample-clock.ts';
import { trackFormatOf } from '../../audio/track-formats.ts';
import { PermanentFailure } from '../../domain/failure.ts';
import type { Loudness } from '../../domain/loudness.ts';
import { type AudioEngine, type EngineRun, UndecodableAudio } from '../../pipeline/audio-engine.ts';
import { FfmpegRefused, runFfmpeg } from './ffmpeg.ts';
import { chooseFfmpeg, type FfmpegChoice } from './ffmpeg-choice.ts';
import { createLauncher, type IsolationFact, type Launcher } from './ffmpeg-launcher.ts';
import { sniffAudio } from './sniff-audio.ts';

interface FfmpegDescription extends FfmpegChoice {
  readonly isolation: readonly IsolationFact[];
}

export interface FfmpegAudioEngine extends AudioEngine {
  /** For `doctor`. Throws PermanentFailure when there is no ffmpeg. */
  describe(): Promise<FfmpegDescription>;
  /** Removes the launcher; afterwards the engine may not be used. */
  close(): Promise<void>;
}

const TONE_HZ = 997;
const TONE_SECONDS = 4;
const TONE_AMPLITUDE = 0.1;

/** `path`: the ffmpeg to use; otherwise the best there is. Nothing is looked for before it is needed. */
export function createFfmpegAudioEngine(options: { path?: string } = {}): FfmpegAudioEngine {
  let prepared: Promise<{ choice: FfmpegChoice; launcher: Launcher }> | undefined;
  const losses = new Map<number, number>();

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

  async function perform(plan: FfmpegPlan, run: EngineRun): Promise<void> {
    const { launcher } = await ready();
    await runFfmpeg(launcher.program, plan, {
      ...run,
      folder: run.folder.path,
    });
  }

  /** For plans over files of our own: there ffmpeg's refusal is a fault of the program or the machine. */
  async function performOwn(what: string, plan: FfmpegPlan, run: EngineRun): Promise<void> {
    await perform(plan, run).catch((error: unknown) => {
      if (!(error instanceof FfmpegRefused)) throw error;
      throw new PermanentFailure('ffmpeg-failed', `${what} did not succeed: ${error.message}`, { cause: error });
    });
  }

  /** For plans that read a foreign file. */
  async function performDecoding(plan: FfmpegPlan, run: EngineRun): Promise<void> {
    await perform(plan, run).catch((error: unknown) => {
      if (!(error instanceof FfmpegRefused)) throw error;
      throw new UndecodableAudio(error.message, { cause: error });
    });
  }

  const engine: FfmpegAudioEngine = {
    identity: async () => (await ready()).choice.identity,
    version: async () => (await ready()).choice.version,
    sniff: sniffAudio,

    async describe() {
      const { choice, launcher } = await ready();
      return { ...choice, isolation: launcher.describeIsolation() };
    },

    async close() {
      const now = await prepared?.catch(() => undefined);
      now?.launcher.remove();
    },

    async analyse(file, format, maxSeconds, run) {
      const files = {
        audio: file,
        timestamps: `${file}.stamps`,
        meter: `${file}.meter`,
      };
      await performDecoding(analysisPlan(files, format, maxSeconds), run);
      const reading = await readMeter(linesOf(run, files.meter));
      return {
        timestamps: await readTimestamps(linesOf(run, files.timestamps)),
        blocksLufs: reading.blocksLufs,
        samplePeakDbfs: reading.peakDb,
      };
    },

    async mix(inputs, durationSamples, output, run) {
      const meter = `${output}.meter`;
      const batches = mixBatches(inputs);
      const sumOf = (index: number) => (index === batches.length - 1 ? output : `${output}.${index}`);
      for (const [index, batch] of batches.entries()) {
        const files = {
          mix: sumOf(index),
          ...(index === 0 ? {} : { carried: sumOf(index - 1) }),
          ...(index === batches.length - 1 ? { meter } : {}),
        };
        const part = partOfRun(run, index, batches.length, durationSamples / SAMPLE_RATE_HZ);
        await performOwn('mixing', mixingPlan(batch, durationSamples, files), part);
        // An hour of it is 700 MB: no more than two are kept.
        if (index > 0) await rm(run.folder.file(sumOf(index - 1)));
      }
      return loudnessOf(await readMeter(linesOf(run, meter)), DUAL_CHANNEL_LU);
    },

    async rehearse(mix, finish, run) {
      const files = { mix, meter: `${mix}.rehearsal`, master: '' };
      await performOwn('levelling', rehearsalPlan(files, finish), run);
      return loudnessOf(await readMeter(linesOf(run, files.meter)), DUAL_CHANNEL_LU).integratedLufs;
    },

    async encode(mix, finish, durationSamples, bitrateKbps, output, run) {
      const files = { mix, meter: '', master: output };
      await performOwn('encoding', encodingPlan(files, finish, durationSamples, bitrateKbps), run);
    },

    async measure(mp3, run) {
      const format = trackFormatOf('audio/mpeg');
      if (!format) throw new Error('MP3 is missing from the table of formats');
      const files = {
        audio: mp3,
        timestamps: `${mp3}.stamps`,
        meter: `${mp3}.meter`,
      };
      await performDecoding(verificationPlan(files, format, Number.MAX_SAFE_INTEGER / 1e9), run);
      const { decodedSeconds } = await readTimestamps(linesOf(run, files.timestamps));
      return {
        loudness: loudnessOf(await readMeter(linesOf(run, files.meter)), 0),
        durationSeconds: decodedSeconds,
      };
    },

    async encoderLossDb(bitrateKbps, run) {
      const known = losses.get(bitrateKbps);
      if (known !== undefined) return known;
      const [tone, mp3] = [`tone-${bitrateKbps}.f32`, `tone-${bitrateKbps}.mp3`];
      await writeFile(run.folder.file(tone), calibrationTone());
      const samples = TONE_SECONDS * SAMPLE_RATE_HZ;
      const quietRun = {
        folder: run.folder,
        signal: run.signal,
        timeoutSeconds: run.timeoutSeconds,
      };
      const before = await engine.rehearse(tone, { gainDb: 0 }, quietRun);
      await engine.encode(tone, { gainDb: 0 }, samples, bitrateKbps, mp3, quietRun);
      const after = (await engine.measure(mp3, quietRun)).loudness.integratedLufs;
      if (before === null || after === null) {
        throw new PermanentFailure('ffmpeg-failed', 'the MP3 encoder turned a test tone into silence');
      }
      losses.set(bitrateKbps, before - after);
      return before - after;
    },
  };
  return engine;
}

/** One of several passes over the same `soundSeconds`, whose progress counts together as one. */
function partOfRun(run: EngineRun, index: number, count: number, soundSeconds: number): EngineRun {
  const { onProgress } = run;
  if (!onProgress) return run;
  return { ...run, onProgress: (seconds) => onProgress((index * soundSeconds + seconds) / count) };
}

function linesOf(run: EngineRun, name: string): AsyncIterable<string> {
  return createInterface({
    input: createReadStream(run.folder.file(name)),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
}

function loudnessOf(reading: MeterReading, addedLu: number): Loudness {
  const lufs = integratedLufs(reading.blocksLufs);
  return {
    integratedLufs: lufs === null ? null : lufs + addedLu,
    truePeakDbtp: reading.peakDb,
    loudnessRangeLu: reading.loudnessRangeLu,
  };
}

function calibrationTone(): Uint8Array {
  const samples = Float32Array.from(
    { length: TONE_SECONDS * SAMPLE_RATE_HZ },
    (_, n) => TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * n) / SAMPLE_RATE_HZ),
  );
  return new Uint8Array(samples.buffer);
}
