/** Runs newsboat, which reads feeds in a terminal, and podboat, which downloads what it queued. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTableWithPython } from './debian-python.ts';
import { eventually } from './eventually.ts';
import { absenceFails, findProgram } from './programs.ts';

const run = promisify(execFile);

const newsboat = findProgram('newsboat');
const podboat = findProgram('podboat');
/** podboat draws on a terminal, which `script` gives it. */
const script = findProgram('script');
export const hasNewsboat = newsboat !== undefined && podboat !== undefined && script !== undefined;
if (!hasNewsboat) {
  if (absenceFails) throw new Error('CI is set, so newsboat must be there: apt-get install newsboat bsdutils');
  console.warn('Left out: reading and downloading with newsboat. To run it: apt-get install newsboat bsdutils');
}

const environment = (home: string) => ({ PATH: '/usr/bin:/bin', HOME: home, TERM: 'xterm', LC_ALL: 'C.UTF-8' });

/** What newsboat keeps of the feed and its items; their enclosures are queued for podboat. */
export async function readWithNewsboat(home: string, feedUrl: string) {
  if (newsboat === undefined) throw new Error('newsboat is not installed: apt-get install newsboat');
  writeFileSync(join(home, 'urls'), `${feedUrl}\n`);
  writeFileSync(join(home, 'config'), `podcast-auto-enqueue yes\ndownload-path "${home}/downloads/"\n`);
  const cache = join(home, 'cache.db');
  const files = ['-u', join(home, 'urls'), '-C', join(home, 'config'), '-c', cache];
  await run(newsboat, [...files, '-q', '-x', 'reload'], { env: environment(home), timeout: 60_000 });
  return {
    feeds: readTableWithPython(cache, 'rss_feed'),
    items: readTableWithPython(cache, 'rss_item'),
  };
}

/** Downloads what newsboat queued, and gives every file that is then there. podboat itself never ends. */
export async function downloadWithPodboat(home: string, count: number): Promise<{ name: string; bytes: Buffer }[]> {
  if (script === undefined) throw new Error('script is not installed: apt-get install bsdutils');
  const queue = [join(home, '.newsboat', 'queue'), join(home, '.local/share/newsboat/queue')].find(existsSync);
  if (queue === undefined) throw new Error('newsboat queued nothing');
  const command = `podboat -a -C '${join(home, 'config')}' -q '${queue}'`;
  const terminal = spawn(script, ['-qec', command, '/dev/null'], { env: environment(home), detached: true });
  const downloads = join(home, 'downloads');
  // A file under way has another name.
  const finished = () => (existsSync(downloads) ? readdirSync(downloads).filter((name) => name.endsWith('.mp3')) : []);
  try {
    await eventually(
      `${count} downloads by podboat`,
      () => finished().length === count && finished().every((name) => statSync(join(downloads, name)).size > 0),
    );
  } finally {
    if (terminal.pid !== undefined) process.kill(-terminal.pid, 'SIGKILL');
  }
  return finished().map((name) => ({ name, bytes: readFileSync(join(downloads, name)) }));
}
