/** Everybody on the same room, in turns. */
import { join } from 'node:path';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { type Contender, floorOn, OTHERS, premixForFloor } from './contenders.ts';
import { type HeardLoudness, hear } from './loudness.ts';
import { type Cost, measured } from './measured.ts';
import type { BenchOptions } from './options.ts';
import { OUR_DESCRIPTION, OUR_NAME } from './ours.ts';
import type { BuiltRoom } from './rooms.ts';
import type { Setting } from './setting.ts';
import { COST_HEAD, costCells, decimal, medianCost, seconds, table, times } from './tables.ts';

interface Result {
  readonly name: string;
  readonly description: string;
  readonly costs: Cost[];
  heard?: HeardLoudness | undefined;
}

/** What audio.md asks for: our time by theirs, to aim at and at the least. In the order of the contenders. */
const AIMS: readonly (readonly [aim: number, least: number] | undefined)[] = [
  [0.2, 0.25],
  undefined,
  [0.85, 1],
  [1.4, 1.8],
];

/** Markdown. */
export async function sideBySide(setting: Setting, options: BenchOptions): Promise<string> {
  const { minutes, speakers, seed, runs } = options;
  const room = await setting.build({ minutes, speakers, seed }, 'full-length');
  const temp = makeTempFolder('premix');
  try {
    const wav = join(temp, 'premix.wav');
    await measured(
      setting.cores,
      (bench) => premixForFloor(bench, room, setting.ffmpegPath, wav),
      async () => {},
    );
    const contenders = [...OTHERS, floorOn(wav)];
    const others = contenders.map((one): Result => ({ name: one.name, description: one.description, costs: [] }));
    const ours: Result = { name: OUR_NAME, description: OUR_DESCRIPTION, costs: [] };
    for (let run = 0; run < runs; run += 1) {
      const once = [
        ...contenders.map((one, index) => () => runOther(setting, room, one, others[index], run)),
        () => runOurs(setting, room, ours, run),
      ];
      // Each run begins with another one, so that nobody always follows the same.
      for (const index of once.keys()) await once[(index + run) % once.length]?.();
    }
    return described(setting, room, options, others, ours);
  } finally {
    removeFolder(temp);
  }
}

async function runOther(setting: Setting, room: BuiltRoom, one: Contender, result: Result | undefined, run: number) {
  setting.say(`run ${run + 1}: ${one.name}`);
  const { ffmpegPath, cores } = setting;
  const { cost, seen } = await measured(
    cores,
    (bench) => one.run(bench, room, ffmpegPath),
    // Their results are the same each time.
    async (bench) => (one.result && run === 0 ? hear(ffmpegPath, join(bench.folder, one.result)) : undefined),
  );
  result?.costs.push(cost);
  if (result && seen) result.heard = seen;
}

async function runOurs(setting: Setting, room: BuiltRoom, result: Result, run: number) {
  const { cost, seen } = await setting.ours(`run ${run + 1}`, room, setting.cores, async (master) =>
    run === 0 ? hear(setting.ffmpegPath, master) : undefined,
  );
  result.costs.push(cost);
  if (seen) result.heard = seen;
}

function described(
  setting: Setting,
  room: BuiltRoom,
  { minutes, speakers, runs }: BenchOptions,
  others: Result[],
  ours: Result,
) {
  const ourWall = medianCost(ours.costs).wallSeconds;
  const rows = [...others, ours].map((result, index) => {
    const cost = medianCost(result.costs);
    const walls = result.costs.map(({ wallSeconds }) => wallSeconds);
    const [aim, least] = AIMS[index] ?? [];
    const { heard } = result;
    return [
      result.name,
      ...costCells(cost),
      `${seconds(Math.min(...walls))} – ${seconds(Math.max(...walls))}`,
      heard ? `${decimal(heard.integratedLufs)} LUFS` : '',
      heard ? `${decimal(heard.truePeakDbtp)} dBTP` : '',
      heard ? String(heard.channels) : '',
      result === ours ? '' : times(ourWall / cost.wallSeconds),
      aim === undefined || least === undefined ? '' : `${aim} × (${least} ×)`,
    ];
  });
  const head = [
    'who',
    ...COST_HEAD,
    'wall, all runs',
    'loudness',
    'true peak',
    'channels',
    'our wall by theirs',
    'aim (at the least)',
  ];
  const descriptions = [...others, ours].map(({ name, description }) => `- **${name}**: ${description}.`);
  return [
    `## Side by side`,
    `A room of ${minutes} minutes, ${speakers} speakers (${Math.round(room.speechSeconds)} s of speech), full-length Ogg Opus tracks at 48 kbit/s. ${setting.description}. ${runs === 1 ? 'One run' : `Medians of ${runs} runs, in turns`}. Target −16 LUFS, −1 dBTP.`,
    table(head, rows),
    'What is run:',
    descriptions.join('\n'),
  ].join('\n\n');
}
