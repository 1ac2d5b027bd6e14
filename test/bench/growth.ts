/** How our own render grows: with speakers, with length, and with cores. */
import type { Conversation, TrackKind } from './conversation.ts';
import type { Cost } from './measured.ts';
import type { BenchOptions } from './options.ts';
import type { BuiltRoom } from './rooms.ts';
import type { Setting } from './setting.ts';
import { COST_HEAD, costCells, decimal, medianCost, table, times } from './tables.ts';

interface Grown {
  readonly room: BuiltRoom;
  readonly cost: Cost;
  /** As the render measured it on its own decoded result. */
  readonly lufs: string;
}

async function render(setting: Setting, room: BuiltRoom, label: string, cores: readonly number[]): Promise<Grown> {
  const { cost, report } = await setting.ours(label, room, cores, async () => {});
  return { room, cost, lufs: report.integratedLufs === null ? '' : decimal(report.integratedLufs) };
}

async function grow(setting: Setting, conversation: Conversation, kind: TrackKind): Promise<Grown> {
  const room = await setting.build(conversation, kind);
  return render(
    setting,
    room,
    `${conversation.minutes} min, ${conversation.speakers} speakers, ${kind}`,
    setting.cores,
  );
}

/** The most that audio.md allows, from few speakers to many. */
const MOST: Readonly<Record<TrackKind, number>> = { 'while-unmuted': 3, 'full-length': 5 };

/** Markdown. */
export async function growth(setting: Setting, options: BenchOptions): Promise<string> {
  return [
    `## Growth`,
    `${setting.description}. One run each.`,
    await growthWithSpeakers(setting, options),
    await growthWithLength(setting, options),
  ].join('\n\n');
}

async function growthWithSpeakers(setting: Setting, { minutes, seed, growthSpeakers: [few, many] }: BenchOptions) {
  const rows: string[][] = [];
  for (const kind of ['while-unmuted', 'full-length'] as const) {
    const from = await grow(setting, { minutes, seed, speakers: few }, kind);
    const to = await grow(setting, { minutes, seed, speakers: many }, kind);
    const ratio = `${times(to.cost.wallSeconds / from.cost.wallSeconds)} (at most ${MOST[kind]} × from 4 to 50)`;
    rows.push(speakerRow(kind, few, from, ''), speakerRow(kind, many, to, ratio));
  }
  const head = ['tracks', 'speakers', 'files', 'speech', ...COST_HEAD, 'LUFS', 'wall by that of few'];
  return `With speakers, at equal speech (${minutes} minutes):\n\n${table(head, rows)}`;
}

function speakerRow(kind: TrackKind, speakers: number, { room, cost, lufs }: Grown, ratio: string): string[] {
  const speech = `${Math.round(room.speechSeconds)} s`;
  return [kind, String(speakers), String(room.tracks.length), speech, ...costCells(cost), lufs, ratio];
}

async function growthWithLength(setting: Setting, { seed, speakers, growthMinutes }: BenchOptions) {
  const rows: string[][] = [];
  let first: Cost | undefined;
  for (const minutes of growthMinutes) {
    const { cost, lufs } = await grow(setting, { minutes, seed, speakers }, 'full-length');
    first ??= cost;
    const perMinute = (one: Cost, length: number) => one.wallSeconds / length;
    const ratio = perMinute(cost, minutes) / perMinute(first, growthMinutes[0] ?? 1);
    rows.push([`${minutes} min`, ...costCells(cost), lufs, first === cost ? '' : times(ratio)]);
  }
  const head = ['length', ...COST_HEAD, 'LUFS', 'wall a minute, by that of the shortest'];
  return `With length (${speakers} speakers, full-length tracks):\n\n${table(head, rows)}`;
}

/** Markdown. */
export async function coresCompared(setting: Setting, options: BenchOptions): Promise<string> {
  const { minutes, speakers, seed, runs } = options;
  const room = await setting.build({ minutes, speakers, seed }, 'full-length');
  const choices = [setting.cores.slice(0, 1), ...(setting.cores.length > 1 ? [setting.cores] : [])];
  const costs = choices.map((): Cost[] => []);
  for (let run = 0; run < runs; run += 1) {
    for (const [index, cores] of choices.entries()) {
      const { cost } = await render(setting, room, `run ${run + 1} on ${cores.length} of the cores`, cores);
      costs[index]?.push(cost);
    }
  }
  const medians = costs.map(medianCost);
  const rows = medians.map((cost, index) => [
    String(index + 1),
    ...costCells(cost),
    index === 0 ? '' : times(cost.wallSeconds / (medians[0]?.wallSeconds ?? Number.NaN)),
  ]);
  return [
    `## Cores`,
    `A room of ${minutes} minutes, ${speakers} speakers, full-length tracks. ${setting.description}. ${runs === 1 ? 'One run' : `Medians of ${runs} runs`}; bound to cores by \`taskset\`.`,
    table(['cores', ...COST_HEAD, 'wall by that of one'], rows),
  ].join('\n\n');
}
