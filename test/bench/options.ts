/** What the benchmarks may be asked for on the command line. */
import { parseArgs } from 'node:util';

export const HELP = `Runs Aftershow and what others do with the same tracks side by side, and prints what each takes.

  npm run bench                          all but feed, less than 20 minutes on two cores
  npm run bench -- --quick               rooms of two minutes, once: does it work?
  npm run bench -- --only mix --profile  one part, and where our own time goes

Options
  --only PARTS     mix,growth,cores,feed: some of them, with commas
                     mix     others and us on one room, in turns
                     growth  us: 4 to 50 speakers at equal speech, 10 minutes to an hour
                     cores   us: one core and two
                     feed    us: a show of 10,000 episodes beside one of 100, on a folder and on an S3 server; none of
                             the options below but --quick (1,000 episodes) and --write (test/bench/FEED-RESULTS.md)
  --minutes N      length of the rooms (20)
  --speakers N     speakers of the rooms of mix and cores (4)
  --runs N         how often everything is run; medians count (3; growth runs once)
  --long           growth goes on to three hours
  --profile        where the time of our own render goes, stage by stage
  --voices DIR     folders en/, fr/ and it/ of FLAC files with a sentence each, instead of the fixture room's voices
  --seed N         another conversation (1)
  --keep-rooms     leave the built rooms in the system's temp folder for the next time
  --write          write what was printed to test/bench/RESULTS.md too
  --quick          --minutes 2 --runs 1, and growth from 4 to 12 speakers and from 2 to 4 minutes
  --help           this

ffmpeg is the one in AFTERSHOW_FFMPEG, else the newer of the one on PATH and the bundled one.`;

const SOUND_PARTS = ['mix', 'growth', 'cores'] as const;
/** Of a render; they share rooms and an ffmpeg. */
export type SoundPart = (typeof SOUND_PARTS)[number];
const PARTS = [...SOUND_PARTS, 'feed'] as const;
type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly SoundPart[];
  /** Episodes of the two shows; undefined when that part is not asked for. */
  readonly feedEpisodes: readonly [few: number, many: number] | undefined;
  readonly minutes: number;
  readonly speakers: number;
  readonly runs: number;
  readonly growthSpeakers: readonly [number, number];
  readonly growthMinutes: readonly number[];
  readonly profile: boolean;
  readonly voices: string | undefined;
  readonly seed: number;
  readonly keepRooms: boolean;
  readonly write: boolean;
}

/** Undefined when help is wanted. Throws an Error that says what is wrong. */
export function parseBenchOptions(words: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: SOUND_PARTS.join(',') },
      minutes: { type: 'string' },
      speakers: { type: 'string', default: '4' },
      runs: { type: 'string' },
      long: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      voices: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'keep-rooms': { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const parts = values.only.split(',').map(partOf);
  return {
    parts: parts.filter((part) => part !== 'feed'),
    feedEpisodes: parts.includes('feed') ? [100, quick ? 1000 : 10_000] : undefined,
    minutes: wholeNumber('--minutes', values.minutes ?? (quick ? '2' : '20')),
    speakers: wholeNumber('--speakers', values.speakers),
    runs: wholeNumber('--runs', values.runs ?? (quick ? '1' : '3')),
    growthSpeakers: quick ? [4, 12] : [4, 50],
    growthMinutes: quick ? [2, 4] : [10, 60, ...(values.long ? [180] : [])],
    profile: values.profile,
    voices: values.voices,
    seed: wholeNumber('--seed', values.seed),
    keepRooms: values['keep-rooms'],
    write: values.write,
  };
}

function partOf(name: string): Part {
  const part = PARTS.find((known) => known === name);
  if (part === undefined) throw new Error(`--only knows ${PARTS.join(', ')}, not "${name}"`);
  return part;
}

/** At least one. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option} wants a whole number from 1 on, not "${text}"`);
  return number;
}
