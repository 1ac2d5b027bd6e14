/** Runs what listeners run: gPodder's command line, and others' parsers, on the real feed. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTableWithPython } from './debian-python.ts';
import { absenceFails, findProgram } from './programs.ts';

const run = promisify(execFile);

export const hasGpodder = findProgram('gpo') !== undefined;
if (!hasGpodder) {
  if (absenceFails) throw new Error('CI is set, so gPodder must be there: apt-get install gpodder');
  console.warn('Left out: subscribing with gPodder. To run it: apt-get install gpodder');
}

/** Subscribes, updates and downloads; gives every file that gPodder then has. */
export async function downloadWithGpodder(home: string, feedUrl: string): Promise<{ name: string; bytes: Buffer }[]> {
  const gpo = findProgram('gpo');
  if (gpo === undefined) throw new Error('gpo is not installed: apt-get install gpodder');
  // Debian's Python, not one that somebody put before it.
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: home, GPODDER_HOME: home, LC_ALL: 'C.UTF-8' };
  for (const args of [['subscribe', feedUrl], ['update'], ['download']]) {
    await run(gpo, args, { env, timeout: 60_000 });
  }
  const found: { name: string; bytes: Buffer }[] = [];
  const walk = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith('.mp3')) found.push({ name, bytes: readFileSync(path) });
    }
  };
  walk(home);
  return found;
}

/** What gPodder keeps of the feeds and episodes that it was subscribed to. */
export function readGpodder(home: string) {
  const database = join(home, 'Database');
  return { podcasts: readTableWithPython(database, 'podcast'), episodes: readTableWithPython(database, 'episode') };
}
