/** One task of every kind that a sound thread performs, each long enough to be stopped in the middle. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaneWriter } from '../../src/adapters/sound/lane-file.ts';
import type { SoundTask, ThreadFfmpeg } from '../../src/adapters/sound/thread-messages.ts';
import { mp3SlicePlan, stemPlan } from '../../src/audio/encoding-plan.ts';
import { packStep, STEP_BYTES } from '../../src/audio/kept-sound.ts';
import { hearingBackPlan, listeningPlan } from '../../src/audio/listening-plan.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES } from '../../src/audio/sample-clock.ts';
import { trackFormatOf } from '../../src/audio/track-formats.ts';
import { babble, writeSound } from './sounds.ts';

const SOUND_SECONDS = 60;

/** Writes into `folder` what the tasks read. */
export function writeTaskFiles(folder: string): void {
  const sound = babble(SOUND_SECONDS, 0.3, 11);
  writeSound(join(folder, 'track.flac'), sound);
  writeSound(join(folder, 'episode.mp3'), sound);
  const lane = new LaneWriter(join(folder, 'lane'));
  const packed = new Uint8Array(STEP_BYTES);
  for (let at = 0; at < sound.length; at += STEP_SAMPLES) {
    packStep(sound.subarray(at, at + STEP_SAMPLES), packed, 0);
    lane.add(packed);
  }
  lane.close();
}

/** An ffmpeg that reads no faster than it would sound. */
export function slowFfmpeg(ffmpeg: string, folder: string): ThreadFfmpeg {
  const program = join(folder, 'slow-ffmpeg');
  writeFileSync(program, `#!/bin/sh\nexec '${ffmpeg}' -re "$@"\n`);
  chmodSync(program, 0o755);
  return { program, folder, timeoutSeconds: 60 };
}

export function longTasks(ffmpeg: ThreadFfmpeg): readonly SoundTask[] {
  const { folder } = ffmpeg;
  const durationSamples = SOUND_SECONDS * SAMPLE_RATE_HZ;
  const stepCount = durationSamples / STEP_SAMPLES;
  const lanes = [[0, { path: join(folder, 'lane'), kept: [{ firstStep: 0, stepCount }] }]] as const;
  const cue = {
    ...{ lane: 0, source: 0, rate: 1, start: 0, length: durationSamples, fadeInSamples: 0, fadeOutSamples: 0 },
    curve: { fromSample: 0, gains: new Float32Array(stepCount + 1).fill(1) },
    ...{ energies: new Float32Array(stepCount), peaks: new Float32Array(stepCount), left: 1, right: 1 },
  };
  const source = { lanes, cues: [cue], channels: 1 as const, finish: { gainDb: 0, limitDbtp: -1 } };
  const moment = { lane: 0, fromSample: 0 };
  const encode = {
    ...{ kind: 'encode' as const, ffmpeg, source, plan: mp3SlicePlan(1, 64, 'slice.mp3') },
    ...{ fromSample: 0, toSample: durationSamples },
  };
  return [
    listenTask(ffmpeg, 'track.flac', 'new.lane'),
    { kind: 'measure', ffmpeg, plan: hearingBackPlan('episode.mp3', formatOf('audio/mpeg')), channels: 1 },
    encode,
    {
      kind: 'stem',
      encode: { ...encode, plan: stemPlan('compact.opus') },
      ...{ compactPath: join(folder, 'compact.opus'), stemPath: join(folder, 'stem.opus'), slots: [], durationSamples },
    },
    { kind: 'rehearse', source, ranges: Array(500).fill({ fromSample: 0, toSample: durationSamples / 4 }) },
    { kind: 'compare', lanes, moments: Array(100_000).fill({ a: moment, b: moment, sampleCount: SAMPLE_RATE_HZ }) },
  ];
}

export function listenTask(ffmpeg: ThreadFfmpeg, file: string, lane: string): SoundTask {
  const plan = listeningPlan({ audio: file, timestamps: `${lane}.stamps` }, formatOf('audio/flac'));
  return {
    ...{ kind: 'listen', ffmpeg, plan, trackKind: 'speech', maxSamples: 3600 * SAMPLE_RATE_HZ },
    timestampsPath: join(ffmpeg.folder, `${lane}.stamps`),
    lanePath: join(ffmpeg.folder, lane),
  };
}

/** Done at once. */
export const NOTHING_TO_DO: SoundTask = { kind: 'compare', lanes: [], moments: [] };

function formatOf(mediaType: string) {
  const format = trackFormatOf(mediaType);
  if (!format) throw new Error(`${mediaType} is missing from the table of formats`);
  return format;
}
