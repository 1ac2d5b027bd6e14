/** An ffmpeg that takes as long as the recording lasts, so that there is a middle of a render to do something in. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './programs.ts';

/** Undefined where no ffmpeg is installed. */
export function writeSlowFfmpeg(folder: string): string | undefined {
  const real = findProgram('ffmpeg');
  if (real === undefined) return undefined;
  const path = join(folder, 'slow-ffmpeg');
  // `exec` keeps it one process; -re reads no faster than real time.
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *-version*) exec ${real} "$@" ;; *) exec ${real} -re "$@" ;; esac\n`);
  chmodSync(path, 0o755);
  return path;
}
