/** From a mix that is all decided to a master that was decoded again and measured. */
import type { Finish } from '../audio/finish.ts';
import { blockEnergies, integratedFromBlocks, loudnessRangeLu, shortTermEnergies } from '../audio/loudness-gating.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES } from '../audio/sample-clock.ts';
import { type Slice, slicesOf } from '../audio/slices.ts';
import { type Waveform, waveformOf } from '../audio/waveform-peaks.ts';
import { PermanentFailure } from '../domain/failure.ts';
import type { Loudness } from '../domain/loudness.ts';
import type { LoudnessTarget } from '../domain/show.ts';
import type { AudioEngine, EncodedSlice, MeasuredAudio, Mix } from './audio-engine.ts';
import type { LevelledMix, MixLevel } from './mix-level.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';

export interface MasteredAudio {
  /** Within the work folder. */
  readonly file: string;
  readonly durationSeconds: number;
  readonly level: MixLevel;
  /** Of the decoded master. */
  readonly after: Loudness;
  /** As it was encoded in the end: `level.finish`, or what was corrected of it. */
  readonly finish: Finish;
  readonly wasCorrected: boolean;
  readonly encoderLossDb: number;
  readonly waveform: Waveform;
}

/** So that a thread which is done finds the next slice waiting, and takes nothing that has time. */
const QUEUED_PER_THREAD = 2;
/** A result within this is right. */
const TOLERATED_LU = 0.2;
/** A result outside this, after it was corrected, is not published. */
const ACCEPTABLE_LU = 0.3;

/** Throws PermanentFailure('mix-out-of-bounds') when the result is not what was promised although it was corrected once. */
export async function masterMix(
  mix: Mix,
  { level, limitDbtp: encodedLimitDbtp, encoderLossDb }: LevelledMix,
  target: LoudnessTarget,
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<MasteredAudio> {
  const file = 'master.mp3';
  const { durationSamples, channels: sheetChannels } = mix.sheet;
  const durationSeconds = durationSamples / SAMPLE_RATE_HZ;
  const { outputChannels } = mix;
  const slices = slicesOf(durationSamples);
  let finish = level.finish;
  let encoded = await encode(
    slices.map((slice) => ({ slice, finish })),
    0,
    0.8,
  );
  let measured = await joinAndMeasure(encoded);
  let after = loudnessOf(measured);
  const repairs = repairsOf(slices, measured, after);
  if (repairs.length > 0) {
    finish = repairs[0]?.finish ?? finish;
    const repaired = new Map(repairs.map((repair) => [repair.slice, repair.finish]));
    // The others come out as they were: that is seldom needed, and keeping them would take as much disk as the master.
    encoded = await encode(
      slices.map((slice) => ({ slice, finish: repaired.get(slice) ?? level.finish })),
      0.8,
      1,
    );
    measured = await joinAndMeasure(encoded);
    after = loudnessOf(measured);
  }
  refuseOutOfBounds(after, measured);
  steps.report('verify', 1);
  return {
    file,
    durationSeconds,
    level,
    after,
    finish,
    wasCorrected: repairs.length > 0,
    encoderLossDb,
    waveform: waveformOf(encoded.map((one) => one.waveform)),
  };

  async function encode(work: readonly { slice: Slice; finish: Finish }[], from: number, to: number) {
    const secondsOf = ({ slice }: { slice: Slice }) => (slice.toSample - slice.fromSample) / SAMPLE_RATE_HZ;
    const total = work.reduce((sum, one) => sum + secondsOf(one), 0);
    const done = new Map<Slice, number>();
    const tell = () => {
      const sum = [...done.values()].reduce((all, seconds) => all + seconds, 0);
      steps.report('encode', from + (to - from) * (sum / total));
    };
    tell();
    return sideBySide(work, QUEUED_PER_THREAD * audio.threads, steps.signal, async ({ slice, finish: own }, signal) => {
      const seconds = secondsOf({ slice });
      const onProgress = (mixed: number) => {
        done.set(slice, Math.min(seconds, mixed));
        tell();
      };
      return audio.encodeSlice(mix, slice, own, { ...steps.under(signal).quietRun(seconds), onProgress });
    });
  }

  async function joinAndMeasure(parts: readonly EncodedSlice[]): Promise<MeasuredAudio> {
    await audio.join(parts, mix, file, steps.folder);
    for (const part of parts) await steps.folder.discard(part.file);
    return audio.measure(file, outputChannels, steps.engineRun('verify', durationSeconds));
  }

  /** All slices where the whole is too loud or soft; otherwise those alone in which a peak passes the ceiling. */
  function repairsOf(all: readonly Slice[], { truePeaks }: MeasuredAudio, { integratedLufs }: Loudness) {
    const errorLu = target.integratedLufs - (integratedLufs ?? target.integratedLufs);
    const gainDb = Math.abs(errorLu) > TOLERATED_LU ? finish.gainDb + errorLu : finish.gainDb;
    return all.flatMap((slice) => {
      const peaks = truePeaks.subarray(slice.fromSample / STEP_SAMPLES, Math.ceil(slice.toSample / STEP_SAMPLES));
      const overshootDb = 20 * Math.log10(highest(peaks)) - target.truePeakDbtp;
      if (gainDb === finish.gainDb && overshootDb <= 0) return [];
      const limitDbtp = encodedLimitDbtp - (overshootDb > 0 ? overshootDb + 0.1 : 0);
      return [{ slice, finish: { gainDb, limitDbtp } }];
    });
  }

  function refuseOutOfBounds(
    { integratedLufs, truePeakDbtp }: Loudness,
    { decodedSamples, channelsAreEqual }: MeasuredAudio,
  ) {
    const refuse = (what: string) => {
      throw new PermanentFailure('mix-out-of-bounds', `${what}, so it was not published. Please tell the operator.`);
    };
    if (decodedSamples !== durationSamples) {
      refuse(`The finished audio lasts ${decodedSamples} samples, the episode ${durationSamples}`);
    }
    if (sheetChannels === 1 && !channelsAreEqual) refuse('The two channels of the finished audio differ');
    const isLoudnessRight =
      Math.abs((integratedLufs ?? Number.NEGATIVE_INFINITY) - target.integratedLufs) <= ACCEPTABLE_LU;
    if (isLoudnessRight && (truePeakDbtp ?? Number.NEGATIVE_INFINITY) <= target.truePeakDbtp) return;
    throw new PermanentFailure(
      'mix-out-of-bounds',
      `The finished audio came out at ${integratedLufs?.toFixed(1) ?? '-inf'} LUFS with peaks of ${truePeakDbtp?.toFixed(1) ?? '-inf'} dBTP, ` +
        `not at ${target.integratedLufs} LUFS and at most ${target.truePeakDbtp} dBTP, so it was not published. Please try another loudness target.`,
    );
  }
}

/** Of a whole file. */
export function loudnessOf({ energies, truePeaks }: Pick<MeasuredAudio, 'energies' | 'truePeaks'>): Loudness {
  const peak = highest(truePeaks);
  return {
    integratedLufs: integratedFromBlocks(blockEnergies(energies)),
    truePeakDbtp: peak > 0 ? 20 * Math.log10(peak) : null,
    loudnessRangeLu: loudnessRangeLu(shortTermEnergies(energies)),
  };
}

function highest(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
