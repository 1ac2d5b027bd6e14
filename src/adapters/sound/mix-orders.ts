/** What threads and ffmpeg are told of a mix: where its lanes lie, which cues are needed, and how it is to be encoded. */
import { cuesWithin } from '../../audio/cue-sheet.ts';
import { aacPlan, mp3SlicePlan, opusPlan, stemFlacPlan } from '../../audio/encoding-plan.ts';
import type { FfmpegPlan } from '../../audio/ffmpeg-plan.ts';
import type { Finish } from '../../audio/finish.ts';
import { monoBitrateFor } from '../../audio/mp3-stereo.ts';
import type { SampleRange } from '../../audio/sample-clock.ts';
import type { Lane, Mix, WholeFormat } from '../../pipeline/audio-engine.ts';
import type { WorkFolder } from '../../pipeline/ports.ts';
import type { LaneFile } from './lane-file.ts';
import type { MixSource } from './thread-messages.ts';

/** Then slices are encoded in mono, and made joint stereo when they are joined. */
export const carriesOneChannelTwice = (mix: Mix): boolean => mix.outputChannels === 2 && mix.sheet.channels === 1;

export function slicePlan(mix: Mix, target: string): FfmpegPlan {
  const bitrateKbps = carriesOneChannelTwice(mix) ? monoBitrateFor(mix.bitrateKbps) : mix.bitrateKbps;
  return mp3SlicePlan(mix.sheet.channels, bitrateKbps, target);
}

export function wholePlan({ sheet, bitrateKbps }: Mix, format: WholeFormat, target: string): FfmpegPlan {
  switch (format) {
    case 'aac':
      return aacPlan(sheet.channels, bitrateKbps, target);
    case 'opus':
      return opusPlan(sheet.channels, 64, target);
    case 'stem-flac':
      return stemFlacPlan(24, target);
  }
}

/** All that is needed to mix [from, to) of the episode. */
export function sourceWithin(
  mix: Mix,
  { fromSample, toSample }: SampleRange,
  finish: Finish,
  folder: WorkFolder,
): MixSource {
  const cues = cuesWithin(mix.sheet, fromSample, toSample);
  const named = new Set(cues.map(({ lane }) => lane));
  return { lanes: laneFiles(mix.lanes, named, folder), cues, channels: mix.sheet.channels, finish };
}

export function laneFiles(lanes: readonly Lane[], named: ReadonlySet<number>, folder: WorkFolder) {
  return lanes.flatMap(({ file, kept }, lane) => {
    if (!named.has(lane)) return [];
    // The thread needs to know where things lie, not how loud they are.
    const ranges = kept.map(({ firstStep, stepCount }) => ({ firstStep, stepCount }));
    return [[lane, { path: folder.file(file), kept: ranges } satisfies LaneFile] as const];
  });
}
