/** `npm run bench`: what Aftershow takes, beside what others take. Options: `npm run bench -- --help`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { feedBench } from './feed.ts';
import { coresCompared, growth } from './growth.ts';
import { type BenchOptions, HELP, parseBenchOptions, type SoundPart } from './options.ts';
import { type Setting, withSetting } from './setting.ts';
import { sideBySide } from './side-by-side.ts';

const PARTS: Readonly<Record<SoundPart, (setting: Setting, options: BenchOptions) => Promise<string>>> = {
  mix: sideBySide,
  growth,
  cores: coresCompared,
};

const NOTES = `**wall**: from the first program's start to the last one's end (ours: from the call to the answer). **CPU**: user and system time of all processes. **memory**: greatest sum of PSS over the process tree, looked up 20 times a second. **disk**: most that lay in the folder worked in, tracks as they came not counted unless copied. **loudness**, **true peak**: of the decoded file, by the tests' own BS.1770-4 meter, over the channels it has.`;

/** A path says more of the machine than the results need. */
function commandLine(words: readonly string[]): string {
  const shown = words.map((word, index) =>
    words[index - 1] === '--voices' ? 'DIR' : word.replace(/^(--voices=).*/, '$1DIR'),
  );
  return `npm run bench${shown.length === 0 ? '' : ` -- ${shown.join(' ')}`}`;
}

async function run(words: readonly string[]): Promise<void> {
  const options = parseBenchOptions(words);
  if (!options) return console.log(HELP);
  if (options.feedEpisodes) await runFeed(options.feedEpisodes, options.write, commandLine(words));
  if (options.parts.length > 0) await runSound(options, commandLine(words));
}

async function runFeed(episodes: readonly [number, number], isWritten: boolean, command: string): Promise<void> {
  const text = `# What a feed takes\n\nMade by \`${command}\`.\n\n${await feedBench(episodes)}\n`;
  console.log(text);
  if (isWritten) writeFileSync(join(import.meta.dirname, 'FEED-RESULTS.md'), text);
}

async function runSound(options: BenchOptions, command: string): Promise<void> {
  await withSetting(options, async (setting) => {
    const sections = [`# What it takes`, `Made by \`${command}\`.`];
    const print = (section: string) => {
      sections.push(section);
      console.log(`\n${section}`);
    };
    for (const part of options.parts) print(await PARTS[part](setting, options));
    if (options.profile) print(`## Where our time goes\n\n${setting.profile()}`);
    print(NOTES);
    if (options.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), `${sections.join('\n\n')}\n`);
  });
}

run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
