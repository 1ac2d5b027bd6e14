/** The mix: every track on the episode's timeline at its gain, summed exactly. As an ffmpeg invocation, not run here. */
import { decibelsToFactor } from '../domain/loudness.ts';
import { sanitise, toOneChannel } from './decode-plan.ts';
import { type FfmpegPlan, factor, ffmpegPlan, meter, rawInput, rawOutput, trackInput } from './ffmpeg-plan.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import type { PlacedPiece } from './timeline.ts';
import type { TrackFormat } from './track-formats.ts';

export interface MixInput {
  readonly file: string;
  readonly format: TrackFormat;
  readonly maxSeconds: number;
  readonly gainDb: number;
  /** At least one. */
  readonly pieces: readonly PlacedPiece[];
}

export interface MixFiles {
  readonly mix: string;
  /** What was mixed before and is to be added to, as long as the mix. */
  readonly carried?: string;
  /** Where the mix is measured; absent when more will be added to it. */
  readonly meter?: string;
}

/** Timestamps wander by a few milliseconds in every recorder; a lost packet is 20 ms. What is missing between is silence. */
const SMALLEST_GAP_SECONDS = 0.015;
const ONE_CHANNEL = `aformat=flt:${SAMPLE_RATE_HZ}:mono`;

/** A plan whose mix is one channel of 32-bit floats, exactly `durationSamples` long. */
export function mixingPlan(inputs: readonly MixInput[], durationSamples: number, files: MixFiles): FfmpegPlan {
  const { carried, meter: meterFile } = files;
  const chains = inputs.map((input, index) => trackChain(input, index, durationSamples));
  if (carried !== undefined) chains.push(`[${inputs.length}:a:0]${ONE_CHANNEL}[t${inputs.length}]`);
  const measured = meterFile === undefined ? '' : `,${meter(meterFile, 'true')}`;
  return ffmpegPlan({
    inputs: [
      ...inputs.map(({ file, format, maxSeconds }) => trackInput(file, format, maxSeconds)),
      ...(carried === undefined ? [] : [rawInput(carried)]),
    ],
    filterGraph: [...chains, `${sum(chains.length, durationSamples)}${measured}[mix]`].join(';'),
    outputs: [rawOutput('mix', files.mix)],
  });
}

/**
 * amix divides by the number of inputs and shifts everybody's level when one ends: so all are equally long, and it is
 * undone by multiplying.
 */
function sum(count: number, durationSamples: number): string {
  const tracks = Array.from({ length: count }, (_, index) => `[t${index}]`).join('');
  const added = count === 1 ? '' : `amix=inputs=${count}:duration=longest:dropout_transition=0,volume=${count},`;
  return `${tracks}${added}atrim=end_sample=${durationSamples}`;
}

function trackChain({ format, gainDb, pieces }: MixInput, index: number, durationSamples: number): string {
  const split =
    pieces.length === 1 ? '' : `asplit=${pieces.length}${pieces.map((_, n) => `[r${index}_${n}]`).join('')};`;
  const chains = pieces.map((placed, n) => {
    const source = pieces.length === 1 ? '' : `[r${index}_${n}]`;
    return `${source}${pieceChain(placed)}[p${index}_${n}]`;
  });
  const leadIn = pieces[0]?.startSample ?? 0;
  const parts = pieces.map((_, n) => `[p${index}_${n}]`).join('');
  const joined =
    leadIn > 0
      ? `${silence(leadIn)}[s${index}];[s${index}]${parts}concat=n=${pieces.length + 1}:v=0:a=1`
      : `${parts}concat=n=${pieces.length}:v=0:a=1`;
  const gain = `volume=${factor(decibelsToFactor(gainDb))}`;
  return `[${index}:a:0]${sanitise(format)}${split}${chains.join(';')};${joined},${gain},apad=whole_len=${durationSamples}[t${index}]`;
}

/** Silence before a track is a source of its own: a delay filter holds all of it in memory. */
function silence(samples: number): string {
  return `anullsrc=r=${SAMPLE_RATE_HZ}:cl=mono,${ONE_CHANNEL},atrim=end_sample=${samples}`;
}

function pieceChain({ piece, startSample, cutSamples, endSample }: PlacedPiece): string {
  const bounds = [
    piece.fromPts === undefined ? [] : [`start_pts=${piece.fromPts}`],
    piece.toPts === undefined ? [] : [`end_pts=${piece.toPts}`],
  ].flat();
  const length = endSample - startSample;
  return [
    ...(bounds.length === 0 ? [] : [`atrim=${bounds.join(':')}`]),
    'asetpts=PTS-STARTPTS',
    toOneChannel(`:async=1:min_hard_comp=${SMALLEST_GAP_SECONDS}:first_pts=0`),
    ...(cutSamples === 0 ? [] : [`atrim=start_sample=${cutSamples}`]),
    'asetpts=N/SR/TB',
    `apad=whole_len=${length}`,
    `atrim=end_sample=${length}`,
  ].join(',');
}
