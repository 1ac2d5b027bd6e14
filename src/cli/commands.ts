/** Every command as a person sees it: name, options, example. What it does is loaded when it is called: help comes at once. */
import type { Command } from 'commander';

type Action = (...args: never[]) => Promise<void>;

interface Described {
  /** With its arguments, as commander writes them. */
  readonly usage: string;
  /** The command that it is a part of, which stands before it in the list. */
  readonly of?: string;
  readonly description: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
  /** The action gets the arguments, then the options. */
  readonly load: () => Promise<Action>;
}

const JSON_OPTION = ['--json', 'print the result as JSON'] as const;

const COMMANDS: readonly Described[] = [
  {
    usage: 'demo',
    description: 'a room of three real voices becomes an episode on this machine, nothing to install',
    options: [['--keep', 'stay up afterwards, so that a podcast app can subscribe'], JSON_OPTION],
    examples: ['npm run demo', 'npm run demo -- --keep'],
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    usage: 'start',
    description: 'server and workers in one process; embedded unless AFTERSHOW_QUEUE_URL says otherwise',
    examples: ['aftershow start', 'AFTERSHOW_PORT=8080 aftershow start'],
    load: async () => (await import('./start.ts')).start,
  },
  {
    usage: 'server',
    description: 'the HTTP server alone; workers run elsewhere on the same queue',
    examples: ['AFTERSHOW_QUEUE_URL=redis://127.0.0.1:6379 aftershow server'],
    load: async () => (await import('./start.ts')).server,
  },
  {
    usage: 'worker',
    description: 'the workers alone; run as many as you like on one queue',
    examples: ['AFTERSHOW_QUEUE_URL=redis://127.0.0.1:6379 aftershow worker'],
    load: async () => (await import('./start.ts')).worker,
  },
  {
    usage: 'publish <event.json>',
    description: 'makes one room an episode: uploads its tracks, renders, publishes, and waits for it',
    options: [
      ['--tracks <dir>', "a folder with the files that the event's keys name, under the same relative paths"],
      JSON_OPTION,
    ],
    examples: ['aftershow publish fixtures/room/event.json --tracks fixtures/room'],
    load: async () => (await import('./publish.ts')).publish,
  },
  {
    usage: 'rebuild',
    description: 'derives feeds again from the bucket alone',
    options: [
      ['--show <id>', 'only this show'],
      [
        '--force',
        'also a feed that knows more than its manifests: they were restored from an older copy, and are right',
      ],
      JSON_OPTION,
    ],
    examples: ['aftershow rebuild --show late-table'],
    load: async () => (await import('./rebuild.ts')).rebuild,
  },
  {
    usage: 'import <feed>',
    description: "makes another host's feed (URL or file) a show here; every episode keeps its GUID",
    options: [
      ['--show <id>', 'which show it becomes'],
      ['--copy-media', 'also download audio and pictures; otherwise they stay where they are'],
      ['--check-media', 'ask for the length of every enclosure, not only where the feed cannot be right'],
      ['--dry-run', 'only tell what would be done'],
      ['--force', 'also a feed that its owner locked (podcast:locked)'],
      ['--overwrite-show', 'what the feed says of the show replaces what was set here'],
      ['--allow-host <host...>', 'hosts that may be asked although they are local or have no https'],
      JSON_OPTION,
    ],
    examples: [
      'aftershow import https://feeds.example.org/night-radio.xml --show night-radio --dry-run',
      'aftershow import https://feeds.example.org/night-radio.xml --show night-radio --copy-media',
    ],
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    usage: 'move-out <show> [new-feed-url]',
    description: 'sends podcast apps to the feed at another host: 301, and itunes:new-feed-url',
    options: [
      ['--undo', 'the show is back'],
      ['--force', 'also when the new feed lacks episodes, or cannot be read'],
      JSON_OPTION,
    ],
    examples: [
      'aftershow move-out late-table https://feeds.example.org/late-table.xml',
      'aftershow move-out late-table --undo',
    ],
    load: async () => (await import('./move.ts')).moveOutCommand,
  },
  {
    usage: 'set-public-url <show> <url>',
    description: 'moves a show: all its links begin with another address from now on',
    options: [JSON_OPTION],
    examples: ['aftershow set-public-url late-table https://podcasts.example.org'],
    load: async () => (await import('./move.ts')).setPublicUrl,
  },
  {
    usage: 'deliveries',
    description: 'what platform and hubs were told of episodes, what they are still owed, and what was given up',
    options: [
      ['--show <id>', 'of this show only'],
      ['--days <days>', 'how far back; otherwise 7'],
      ['--resend [id]', 'send one again, with --show; without an id all that were given up'],
      JSON_OPTION,
    ],
    examples: ['aftershow deliveries --show late-table', 'aftershow deliveries --resend'],
    load: async () => (await import('./deliveries.ts')).deliveries,
  },
  {
    usage: 'listeners <show> [action] [who]',
    description: 'whom a private show is for: add <name> gives an address of their own, revoke <id> takes it away',
    options: [JSON_OPTION],
    examples: [
      'aftershow listeners late-table add "Ana on her phone"',
      'aftershow listeners late-table list',
      'aftershow listeners late-table revoke ls-3f0c9a5be2d14c77',
    ],
    load: async () => (await import('./listeners.ts')).listeners,
  },
  {
    usage: 'set-hub-url <show> <url>',
    description: 'which WebSub hub is told of changes of a show; "none" for no hub',
    options: [JSON_OPTION],
    examples: ['aftershow set-hub-url late-table https://pubsubhubbub.appspot.com/'],
    load: async () => (await import('./set-hub-url.ts')).setHubUrl,
  },
  {
    usage: 'stems <show> <episode>',
    description: "every speaker's sound by itself, aligned with the room: FLAC files in a zip",
    options: [['--out <file>', 'where to; otherwise <show>-<episode>-stems.zip here'], JSON_OPTION],
    examples: ['aftershow stems late-table ep-3f0c9a5be2d14c7788f1a2b3c4d5e6f7 --out album-night.zip'],
    load: async () => (await import('./stems.ts')).stems,
  },
  {
    usage: 'person-report <person>',
    description: 'everything that is stored of one person, by id or name: recordings, renders, files, words',
    options: [['--show <id>', 'in this show only'], JSON_OPTION],
    examples: ["aftershow person-report 'Ana Quimera'", 'aftershow person-report p1 --show late-table --json'],
    load: async () => (await import('./person-report.ts')).reportOnPerson,
  },
  {
    usage: 'retention',
    description: 'what shows keep for how long, and what would go when; changes nothing',
    options: [['--show <id>', 'of this show only'], JSON_OPTION],
    examples: ['aftershow retention --show late-table'],
    load: async () => (await import('./retention.ts')).showRetention,
  },
  {
    usage: 'stats <show>',
    description: 'downloads of a show, by day, episode and app',
    options: [
      ['--from <day>', 'the first day, like 2026-11-01; otherwise 30 days up to the last'],
      ['--to <day>', 'the last day, in UTC; otherwise today'],
      ['--episode <id>', 'of this episode alone'],
      JSON_OPTION,
    ],
    examples: [
      'aftershow stats late-table --from 2026-11-01 --to 2026-11-30',
      'aftershow stats import access.log.1.gz',
    ],
    load: async () => (await import('./stats.ts')).stats,
  },
  {
    usage: 'import <files...>',
    of: 'stats',
    description:
      'counts downloads from access logs: of S3, CloudFront, nginx or Apache, plain or gzipped; each line once',
    options: [JSON_OPTION],
    examples: [
      'aftershow stats import /var/log/nginx/access.log.1',
      'aftershow stats import cloudfront/E2K4*.gz --json',
    ],
    load: async () => (await import('./stats.ts')).importStats,
  },
  {
    usage: 'doctor',
    description: 'shows what is configured and reachable; status 1 when something is wrong',
    options: [JSON_OPTION],
    examples: ['aftershow doctor'],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    usage: 'verify <feed>',
    description: 'checks a feed (URL or file) and its enclosures as a podcast app would',
    options: [
      ['--passport', 'check episodes against their passports instead; <feed> may also be one passport'],
      JSON_OPTION,
    ],
    examples: [
      'aftershow verify http://localhost:4400/shows/late-table/feed.xml',
      'aftershow verify --passport http://localhost:4400/shows/late-table/feed.xml',
      'aftershow verify --passport downloads/3f9c….passport.json',
    ],
    load: async () => (await import('./verify.ts')).verify,
  },
];

export function addCommands(program: Command): void {
  // Options belong to the command whose name stands before them.
  program.enablePositionalOptions();
  for (const { usage, of, description, options = [], examples, load } of COMMANDS) {
    const parent = program.commands.find((each) => each.name() === of) ?? program;
    const command = parent.command(usage).description(description).enablePositionalOptions();
    for (const [flags, about] of options) command.option(flags, about);
    command.addHelpText('after', `\nExample:\n${examples.map((example) => `  ${example}`).join('\n')}`);
    command.action(async (...args: unknown[]) => Reflect.apply(await load(), undefined, args));
  }
}
