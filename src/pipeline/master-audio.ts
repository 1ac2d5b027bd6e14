/** From placed and levelled tracks to a master that was decoded again and measured. */
import type { Finish } from '../audio/finishing-plan.ts';
import type { MixInput } from '../audio/mix-graph.ts';
import type { MixPlan } from '../audio/mix-plan.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import { PermanentFailure } from '../domain/failure.ts';
import type { Loudness } from '../domain/loudness.ts';
import type { LoudnessTarget } from '../domain/show.ts';
import type { AudioEngine } from './audio-engine.ts';
import type { RenderSteps } from './render-job.ts';

export interface MasteredAudio {
  /** Within the work folder. */
  readonly file: string;
  readonly durationSeconds: number;
  /** Of the levelled mix, as two channels. */
  readonly before: Loudness;
  /** Of the decoded master. */
  readonly after: Loudness;
  readonly finish: Finish;
  readonly encoderLossDb: number;
}

/** Decoded MP3s peak higher than what was encoded; so much room is left below the ceiling. */
const ENCODER_OVERSHOOT_DB = 1;
/** A result within this is right. */
const TOLERATED_LU = 0.3;
/** A result outside this, after it was corrected, is not published. */
const ACCEPTABLE_LU = 0.5;
const LENGTH_TOLERANCE_SECONDS = 0.1;
/** The limiter takes some loudness with the peaks: how near to come before encoding, and in how many rehearsals. */
const REHEARSED_LU = 0.1;
const MAX_REHEARSALS = 4;

/**
 * Throws PermanentFailure('all-silent') when there is nothing to bring to a level, and 'mix-out-of-bounds' when the
 * result is not what was promised although it was corrected once.
 */
export async function masterAudio(
  inputs: readonly MixInput[],
  plan: MixPlan,
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<MasteredAudio> {
  const { durationSamples, target } = plan;
  const { bitrateKbps } = plan.output;
  const durationSeconds = durationSamples / SAMPLE_RATE_HZ;
  const [mix, file] = ['mix.f32', 'master.mp3'];

  const before = await audio.mix(inputs, durationSamples, mix, steps.engineRun('mix', durationSeconds));
  if (before.integratedLufs === null) {
    throw new PermanentFailure(
      'all-silent',
      'Nothing can be heard in any of the recordings. Please check the microphones.',
    );
  }
  const encoderLossDb = await audio.encoderLossDb(bitrateKbps, steps.engineRun('encode', 60, 0, 0));
  const limitDbtp = target.truePeakDbtp + encoderLossDb - ENCODER_OVERSHOOT_DB;
  const first = await rehearsedFinish(before, before.integratedLufs, target.integratedLufs + encoderLossDb, limitDbtp);

  let finish = first;
  let after = await encodeAndMeasure(finish, 0.2, 0.7);
  if (!isWithin(after, target, TOLERATED_LU)) {
    finish = corrected(finish, after, target, limitDbtp);
    after = await encodeAndMeasure(finish, 0.7, 1);
  }
  if (!isWithin(after, target, ACCEPTABLE_LU)) throw outOfBounds(after, target);
  steps.report('verify', 1);
  return { file, durationSeconds, before, after, finish, encoderLossDb };

  /** A plain gain where no peak passes the limit; else a limiter, with the gain that makes up for what it takes. */
  async function rehearsedFinish(
    mixLoudness: Loudness,
    mixLufs: number,
    wantedLufs: number,
    limit: number,
  ): Promise<Finish> {
    let gainDb = wantedLufs - mixLufs;
    if ((mixLoudness.truePeakDbtp ?? 0) + gainDb <= limit) return { gainDb };
    for (let rehearsal = 0; rehearsal < MAX_REHEARSALS; rehearsal += 1) {
      const run = steps.engineRun('encode', durationSeconds, 0.05 * rehearsal, 0.05 * (rehearsal + 1));
      const lufs = await audio.rehearse(mix, { gainDb, limitDbtp: limit }, run);
      if (lufs === null || Math.abs(wantedLufs - lufs) <= REHEARSED_LU) break;
      gainDb += wantedLufs - lufs;
    }
    return { gainDb, limitDbtp: limit };
  }

  async function encodeAndMeasure(now: Finish, from: number, to: number): Promise<Loudness> {
    const run = steps.engineRun('encode', durationSeconds, from, to);
    await audio.encode(mix, now, durationSamples, bitrateKbps, file, run);
    const result = await audio.measure(file, steps.engineRun('verify', durationSeconds));
    if (Math.abs(result.durationSeconds - durationSeconds) > LENGTH_TOLERANCE_SECONDS) {
      throw new PermanentFailure(
        'mix-out-of-bounds',
        `The finished audio lasts ${result.durationSeconds.toFixed(2)} s, the room ${durationSeconds.toFixed(2)} s: it was not published.`,
      );
    }
    return result.loudness;
  }
}

function isWithin(loudness: Loudness, target: LoudnessTarget, toleratedLu: number): boolean {
  const lufs = loudness.integratedLufs ?? Number.NEGATIVE_INFINITY;
  const peak = loudness.truePeakDbtp ?? Number.NEGATIVE_INFINITY;
  return Math.abs(lufs - target.integratedLufs) <= toleratedLu && peak <= target.truePeakDbtp;
}

function corrected(finish: Finish, after: Loudness, target: LoudnessTarget, limitDbtp: number): Finish {
  const errorLu = target.integratedLufs - (after.integratedLufs ?? target.integratedLufs);
  const overshootDb = Math.max(0, (after.truePeakDbtp ?? target.truePeakDbtp) - target.truePeakDbtp);
  const limit = finish.limitDbtp ?? limitDbtp;
  return { gainDb: finish.gainDb + errorLu, limitDbtp: overshootDb > 0 ? limit - overshootDb - 0.1 : limit };
}

function outOfBounds({ integratedLufs, truePeakDbtp }: Loudness, target: LoudnessTarget): PermanentFailure {
  return new PermanentFailure(
    'mix-out-of-bounds',
    `The finished audio came out at ${integratedLufs?.toFixed(1) ?? '-inf'} LUFS with peaks of ${truePeakDbtp?.toFixed(1) ?? '-inf'} dBTP, ` +
      `not at ${target.integratedLufs} LUFS and at most ${target.truePeakDbtp} dBTP, so it was not published. Please try another loudness target.`,
  );
}
