/** `npm run bench:large`: six hours, fifty speakers, within 600 MiB of memory and 2.5 GB of disk. Exit status 1 when not. */
import { parseArgs } from 'node:util';
import { wholeNumber } from './options.ts';
import { withSetting } from './setting.ts';
import { COST_HEAD, costCells, decimal, table } from './tables.ts';

const HELP = `Renders a synthetic room of 6 hours and 50 speakers, recorded while they are unmuted, and checks what it takes.

  npm run bench:large [-- options]

  --minutes N   length (360)
  --speakers N  (50)
  --voices DIR, --seed N, --keep-rooms   as in: npm run bench -- --help
  --help        this`;

const MOST_MEMORY_BYTES = 600 * 2 ** 20;
const MOST_DISK_BYTES = 2.5e9;

async function run(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: '360' },
      speakers: { type: 'string', default: '50' },
      voices: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'keep-rooms': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const seed = wholeNumber('--seed', values.seed);
  const minutes = wholeNumber('--minutes', values.minutes);
  const speakers = wholeNumber('--speakers', values.speakers);
  await withSetting({ voices: values.voices, seed, keepRooms: values['keep-rooms'] }, async (setting) => {
    const room = await setting.build({ minutes, speakers, seed }, 'while-unmuted');
    const label = `${minutes} min, ${speakers} speakers, ${room.tracks.length} tracks`;
    const { cost, report } = await setting.ours(label, room, setting.cores, async () => {});
    console.log(`${setting.description}\n\n${table(COST_HEAD, [costCells(cost)])}\n\n${setting.profile()}\n`);
    console.log(
      `loudness, by its own measure: ${report.integratedLufs === null ? 'none' : decimal(report.integratedLufs)} LUFS`,
    );
    check('memory of the whole process tree', cost.peakMemoryBytes / 2 ** 20, MOST_MEMORY_BYTES / 2 ** 20, 'MiB');
    check('disk of the folder worked in', cost.peakDiskBytes / 1e6, MOST_DISK_BYTES / 1e6, 'MB');
  });
}

function check(what: string, value: number, most: number, unit: string): void {
  const isWithin = value <= most;
  console.log(`${isWithin ? 'PASS' : 'FAIL'} ${what}: ${Math.round(value)} ${unit}, at most ${most} ${unit}`);
  if (!isWithin) process.exitCode = 1;
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench:large: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
