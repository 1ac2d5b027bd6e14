/** What runs on this machine on behalf of an aftershow: seen through /proc, without asking the process itself. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Command lines of ffmpeg processes that work in or below `folder`. */
export function ffmpegsIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const isWithin = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return isWithin && basename(program) === 'ffmpeg' ? [[program, ...args].join(' ')] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
