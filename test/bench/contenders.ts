/** What others do with the same tracks on the same ffmpeg, and the least that anybody must do. */
import { join } from 'node:path';
import type { Workbench } from './measured.ts';
import type { BuiltRoom } from './rooms.ts';

export interface Contender {
  readonly name: string;
  /** What exactly is run. */
  readonly description: string;
  /** Name of the episode it makes in the bench's folder; undefined when it makes none. */
  readonly result?: string;
  run(bench: Workbench, room: BuiltRoom, ffmpegPath: string): Promise<void>;
}

const RESULT = 'episode.mp3';

/** ffmpeg's words for: each track where it lies, `each` done to it, all mixed, then `after`. */
function mixGraph(room: BuiltRoom, each: string, after: string): string[] {
  const inputs = room.tracks.flatMap(({ key }) => ['-i', join(room.folder, key)]);
  const placed = room.tracks.map(({ startSeconds }, index) => {
    const ms = Math.round(startSeconds * 1000);
    return `[${index}:a]adelay=${ms}|${ms}${each}[a${index}]`;
  });
  const labels = room.tracks.map((_, index) => `[a${index}]`).join('');
  const graph = [...placed, `${labels}amix=inputs=${room.tracks.length}:duration=longest${after}[out]`].join(';');
  return [...inputs, '-filter_complex', graph, '-map', '[out]'];
}

const QUIETLY = ['-nostdin', '-hide_banner', '-y'];
const STEREO_96K = ['-ar', '48000', '-ac', '2', '-c:a', 'libmp3lame', '-b:a', '96k', '-joint_stereo', '1', RESULT];

const NUMBER_KEYS = ['input_i', 'input_tp', 'input_lra', 'input_thresh', 'target_offset'] as const;

/** What loudnorm's first pass prints at its end. */
function loudnormReading(stderr: string): Record<(typeof NUMBER_KEYS)[number], number> {
  const json: Record<string, string> = JSON.parse(stderr.slice(stderr.lastIndexOf('{'), stderr.lastIndexOf('}') + 1));
  const [input_i = 0, input_tp = 0, input_lra = 0, input_thresh = 0, target_offset = 0] = NUMBER_KEYS.map((key) =>
    Number(json[key]),
  );
  return { input_i, input_tp, input_lra, input_thresh, target_offset };
}

/** loudnorm's second pass, told what the first has measured. */
function loudnormAgain(target: string, stderr: string): string {
  const read = loudnormReading(stderr);
  const told = [
    `measured_I=${read.input_i}`,
    `measured_TP=${read.input_tp}`,
    `measured_LRA=${read.input_lra}`,
    `measured_thresh=${read.input_thresh}`,
    `offset=${read.target_offset}`,
  ];
  return `loudnorm=${target}:${told.join(':')}:linear=true:print_format=json`;
}

const FIRST_TARGET = 'I=-16:TP=-1:LRA=11';
const NORMALIZE_TARGET = 'i=-16:lra=7:tp=-2';

const firstThing: Contender = {
  name: 'what one writes first',
  description: `\`adelay\` and \`amix\` over the tracks into \`loudnorm=${FIRST_TARGET}\` that measures, then the same again into \`loudnorm\` told what was measured; libmp3lame 96 kbit/s joint stereo, 48 kHz`,
  result: RESULT,
  async run(bench, room, ffmpegPath) {
    const measuring = mixGraph(room, '', `,loudnorm=${FIRST_TARGET}:print_format=json`);
    const { stderr } = await bench.run(ffmpegPath, [...QUIETLY, ...measuring, '-f', 'null', '-']);
    const applying = mixGraph(room, '', `,${loudnormAgain(FIRST_TARGET, stderr)}`);
    await bench.run(ffmpegPath, [...QUIETLY, ...applying, ...STEREO_96K]);
  },
};

const premixed: Contender = {
  name: 'premix, then as ffmpeg-normalize 1.41',
  description: `\`adelay\` and \`amix\` to a 16-bit WAV, then the commands of \`ffmpeg-normalize -t -16 -c:a libmp3lame -b:a 96k -ar 48000 -ac 2\`, all else its default: \`loudnorm=${NORMALIZE_TARGET}\` in two passes`,
  result: RESULT,
  async run(bench, room, ffmpegPath) {
    const premix = ['-ar', '48000', '-c:a', 'pcm_s16le', 'premix.wav'];
    await bench.run(ffmpegPath, [...QUIETLY, ...mixGraph(room, '', ''), ...premix]);
    // With a number of channels asked for, ffmpeg-normalize brings the sound to it before it measures.
    const two = 'aformat=sample_fmts=fltp:channel_layouts=stereo';
    const through = (filter: string) => ['-i', 'premix.wav', '-filter_complex', `[0:0]${two},${filter}[norm0]`];
    const first = through(`loudnorm=${NORMALIZE_TARGET}:offset=0.0:print_format=json`);
    const measuring = [...first, '-map', '[norm0]', '-vn', '-sn', '-f', 'null', '-'];
    const { stderr } = await bench.run(ffmpegPath, [...QUIETLY, ...measuring]);
    const second = through(loudnormAgain(NORMALIZE_TARGET, stderr));
    const output = ['-map_metadata', '0', '-map_chapters', '0', '-map', '[norm0]', ...STEREO_96K];
    await bench.run(ffmpegPath, [...QUIETLY, ...second, ...output]);
  },
};

const recorder: Contender = {
  name: 'the mix of a well-known Discord recorder',
  description:
    '`dynaudnorm` on each track, `amix`, `dynaudnorm`, as WAV through a pipe into LAME at 128 kbit/s (here: libmp3lame of the same ffmpeg); mono, as the tracks are',
  result: RESULT,
  async run(bench, room, ffmpegPath) {
    const mixing = [
      ...QUIETLY,
      ...mixGraph(room, ',dynaudnorm', ',dynaudnorm'),
      '-flags',
      'bitexact',
      '-f',
      'wav',
      '-',
    ];
    const encoding = ['-hide_banner', '-y', '-f', 'wav', '-i', 'pipe:0', '-c:a', 'libmp3lame', '-b:a', '128k', RESULT];
    await bench.run(ffmpegPath, mixing, { into: [ffmpegPath, ...encoding] });
  },
};

export const OTHERS: readonly Contender[] = [firstThing, premixed, recorder];

/** `wav`: a mix of the room, made beforehand and not counted. */
export function floorOn(wav: string): Contender {
  return {
    name: 'the floor',
    description:
      'each track decoded once to nowhere, and one plain mono libmp3lame encode at 96 kbit/s of a mix that lies ready: two ffmpegs at a time, the encode first, the decodes one after another beside it',
    async run(bench, room, ffmpegPath) {
      const encode = ['-i', wav, '-ac', '1', '-ar', '48000', '-c:a', 'libmp3lame', '-b:a', '96k', RESULT];
      const decodes = room.tracks.map(({ key }) => ['-i', join(room.folder, key), '-f', 'null', '-']);
      const waiting = [encode, ...decodes];
      const worker = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          await bench.run(ffmpegPath, [...QUIETLY, '-threads', '1', ...next]);
        }
      };
      await Promise.all([worker(), worker()]);
    },
  };
}

/** What the floor encodes. */
export async function premixForFloor(bench: Workbench, room: BuiltRoom, ffmpegPath: string, wav: string) {
  const output = ['-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le', wav];
  await bench.run(ffmpegPath, [...QUIETLY, ...mixGraph(room, '', ''), ...output]);
}
