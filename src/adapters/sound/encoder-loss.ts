/** What an MP3 encoder takes from the loudness of everything, found out with a tone. */
import { writeFileSync } from 'node:fs';
import { packStep, STEP_BYTES } from '../../audio/kept-sound.ts';
import { blockEnergies, integratedFromBlocks } from '../../audio/loudness-gating.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES } from '../../audio/sample-clock.ts';
import { slicesOf } from '../../audio/slices.ts';
import { StepMeter } from '../../audio/step-meter.ts';
import { PermanentFailure } from '../../domain/failure.ts';
import type { AudioEngine, EngineRun, Mix } from '../../pipeline/audio-engine.ts';

const TONE_HZ = 997;
const TONE_SECONDS = 4;
const TONE_AMPLITUDE = 0.1;

/** In dB, positive when it lowers. The tone goes the way of every episode. */
export async function encoderLossDb(
  engine: AudioEngine,
  { outputChannels, bitrateKbps, sheetChannels }: Parameters<AudioEngine['encoderLossDb']>[0],
  run: EngineRun,
): Promise<number> {
  const durationSamples = TONE_SECONDS * SAMPLE_RATE_HZ;
  const stepCount = durationSamples / STEP_SAMPLES;
  const lane = 'tone.lane';
  const tone = toneSteps(stepCount);
  writeFileSync(run.folder.file(lane), packed(tone));
  const cue = {
    ...{ lane: 0, source: 0, rate: 1, start: 0, length: durationSamples, fadeInSamples: 0, fadeOutSamples: 0 },
    curve: { fromSample: 0, gains: new Float32Array(stepCount + 1).fill(1) },
    ...{ energies: new Float32Array(stepCount), peaks: new Float32Array(stepCount), left: 1, right: 1 },
  };
  const mix: Mix = {
    sheet: { durationSamples, channels: sheetChannels, cues: [cue] },
    lanes: [{ file: lane, kept: [{ firstStep: 0, stepCount }] }],
    outputChannels,
    bitrateKbps,
  };
  const quiet = { folder: run.folder, signal: run.signal, timeoutSeconds: run.timeoutSeconds };
  const slices = slicesOf(durationSamples);
  const encoded = [];
  for (const slice of slices) encoded.push(await engine.encodeSlice(mix, slice, { gainDb: 0 }, quiet));
  await engine.join(encoded, mix, 'tone.mp3', run.folder);
  const before = integratedFromBlocks(blockEnergies(energiesOf(tone).map((energy) => outputChannels * energy)));
  const measured = await engine.measure('tone.mp3', outputChannels, quiet);
  const after = integratedFromBlocks(blockEnergies(measured.energies));
  if (before === null || after === null) {
    throw new PermanentFailure('ffmpeg-failed', 'the MP3 encoder turned a test tone into silence');
  }
  return before - after;
}

function toneSteps(stepCount: number): Float32Array[] {
  return Array.from({ length: stepCount }, (_, step) =>
    Float32Array.from({ length: STEP_SAMPLES }, (_, n) => {
      return TONE_AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * (step * STEP_SAMPLES + n)) / SAMPLE_RATE_HZ);
    }),
  );
}

function packed(steps: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(steps.length * STEP_BYTES);
  for (const [index, step] of steps.entries()) packStep(step, bytes, index * STEP_BYTES);
  return bytes;
}

/** Of one channel. */
function energiesOf(steps: readonly Float32Array[]): Float64Array {
  const meter = new StepMeter();
  return Float64Array.from(steps, (step) => {
    meter.measure(step.slice());
    return meter.energy;
  });
}
