/** Finds the one gain that brings a mix to its target: predicted from its parts, rehearsed where parts cannot tell. */
import type { Finish } from '../audio/finish.ts';
import { blockEnergies, energyToLufs, integratedFromBlocks } from '../audio/loudness-gating.ts';
import { predictSteps } from '../audio/loudness-prediction.ts';
import { SAMPLE_RATE_HZ, type SampleRange, STEP_SAMPLES } from '../audio/sample-clock.ts';
import { portionsOf, uncertainStretches } from '../audio/uncertain-stretches.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { decibelsToFactor } from '../domain/loudness.ts';
import type { LoudnessTarget } from '../domain/show.ts';
import type { AudioEngine, Mix } from './audio-engine.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';

export interface MixLevel {
  readonly finish: Finish;
  /** Of the levelled voices before the common gain, over the output's channels, as predicted. */
  readonly mixLufs: number;
  /** Of what goes to the encoder. */
  readonly predictedLufs: number;
  /** How much of the episode had to be mixed to know. */
  readonly rehearsedSeconds: number;
}

export interface LevelledMix {
  readonly level: MixLevel;
  /** Where the limiter holds peaks, if it must. */
  readonly limitDbtp: number;
  /** What the encoder will take of the loudness: `level` has made up for it. */
  readonly encoderLossDb: number;
}

interface LevelTarget {
  /** Before the encoder's own loss. */
  readonly wantedLufs: number;
  readonly limitDbtp: number;
}

/** The encoder is tried with a short tone. */
const CALIBRATION_SECONDS = 60;
/** Decoded MP3s peak higher than what was encoded; so much room is left below the ceiling. */
const ENCODER_OVERSHOOT_DB = 1;

/** How near to come, and in how many rehearsals: the limiter takes some loudness with the peaks. */
const REHEARSED_LU = 0.03;
const MAX_REHEARSALS = 5;
/** Peaks that a little more gain would bring to the limiter are watched from the first rehearsal on. */
const WATCHED_DB = 1;

/**
 * Throws PermanentFailure('all-silent') when there is nothing to bring to a level. `correlated`: where microphones heard
 * each other, in episode samples.
 */
export async function levelMix(
  mix: Mix,
  correlated: readonly SampleRange[],
  target: LoudnessTarget,
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<LevelledMix> {
  const { outputChannels, bitrateKbps } = mix;
  const output = { outputChannels, bitrateKbps, sheetChannels: mix.sheet.channels };
  const encoderLossDb = await audio.encoderLossDb(output, steps.quietRun(CALIBRATION_SECONDS));
  const limitDbtp = target.truePeakDbtp + encoderLossDb - ENCODER_OVERSHOOT_DB;
  const wanted = { wantedLufs: target.integratedLufs + encoderLossDb, limitDbtp };
  const level = await mixLevel(mix, correlated, wanted, audio, steps);
  if (level) return { level, limitDbtp, encoderLossDb };
  throw new PermanentFailure(
    'all-silent',
    'Nothing can be heard in any of the recordings. Please check the microphones.',
  );
}

/** Null when there is nothing to hear. */
async function mixLevel(
  mix: Mix,
  correlated: readonly SampleRange[],
  { wantedLufs, limitDbtp }: LevelTarget,
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<MixLevel | null> {
  const { energies, peakBounds } = predictSteps(mix.sheet, mix.outputChannels);
  const mixLufs = integratedFromBlocks(blockEnergies(energies));
  if (mixLufs === null) return null;
  let gainDb = wantedLufs - mixLufs;
  const stretches = uncertainStretches(peakBounds, decibelsToFactor(limitDbtp - gainDb - WATCHED_DB), correlated);
  if (stretches.length === 0) {
    return { finish: { gainDb }, mixLufs, predictedLufs: wantedLufs, rehearsedSeconds: 0 };
  }
  const portions = portionsOf(stretches);
  const seconds = stretches.reduce((sum, { fromSample, toSample }) => sum + toSample - fromSample, 0) / SAMPLE_RATE_HZ;
  const channelsHeard = mix.outputChannels / mix.sheet.channels;
  let predictedLufs = wantedLufs;
  for (let rehearsal = 0; rehearsal < MAX_REHEARSALS; rehearsal += 1) {
    const finish = { gainDb, limitDbtp };
    const measured = await sideBySide(portions, audio.threads, steps.signal, (ranges, signal) =>
      audio.rehearse(mix, finish, ranges, steps.under(signal).quietRun(seconds)),
    );
    const gain = decibelsToFactor(gainDb) ** 2;
    const expected = energies.map((energy) => energy * gain);
    for (const [index, ranges] of portions.entries()) {
      for (const [n, { fromSample }] of ranges.entries()) {
        const heard = measured[index]?.[n] ?? [];
        for (const [step, energy] of heard.entries())
          expected[fromSample / STEP_SAMPLES + step] = energy * channelsHeard;
      }
    }
    predictedLufs = integratedFromBlocks(blockEnergies(expected)) ?? energyToLufs(0);
    steps.report('mix', (rehearsal + 1) / MAX_REHEARSALS);
    if (Math.abs(wantedLufs - predictedLufs) <= REHEARSED_LU || rehearsal === MAX_REHEARSALS - 1) break;
    gainDb += wantedLufs - predictedLufs;
  }
  return { finish: { gainDb, limitDbtp }, mixLufs, predictedLufs, rehearsedSeconds: seconds };
}
