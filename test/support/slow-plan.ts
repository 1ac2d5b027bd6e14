/** An ffmpeg that reads silence no faster than it would sound: long enough to be looked at, or killed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FfmpegPlan, ffmpegPlan, nullOutput, rawInput } from '../../src/audio/ffmpeg-plan.ts';

export function slowPlan(): FfmpegPlan {
  const input = rawInput('silence.f32');
  return ffmpegPlan({
    inputs: [{ ...input, options: ['-re', ...input.options] }],
    filterGraph: '[0:a]anull[out]',
    outputs: [nullOutput('out')],
  });
}

export function writeSilence(folder: string, seconds = 30): void {
  writeFileSync(join(folder, 'silence.f32'), new Uint8Array(seconds * 48_000 * 4));
}
