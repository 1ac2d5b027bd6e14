/** Once for each `vitest run`: says which servers are missing, builds the command line, and ends what the suites share. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { absenceFails, available, PACKAGES, type ServerName } from './programs.ts';
import { SHARED_FOLDER_VARIABLE, SHARED_OWNER_VARIABLE, stopSharedS3 } from './s3.ts';
import { makeTempFolder, removeFolder, removeFoldersOfDeadRuns } from './temp-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The tests run what is installed, and a process starts in a third of the time that its sources take. Types are checked elsewhere. */
function buildCommandLine(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', '.tsconfig.build.json', '--noCheck'], { cwd: root, stdio: 'inherit' });
}

export default function setup(): () => Promise<void> {
  const missing = (Object.keys(available) as ServerName[]).filter((name) => !available[name]);
  for (const name of missing) {
    console.warn(`Left out: tests on a real ${name} server. To run them: apt-get install ${PACKAGES[name]}`);
  }
  if (absenceFails && missing.length > 0) {
    throw new Error(`CI is set, so every server must be there; missing: ${missing.join(', ')}`);
  }
  buildCommandLine();
  removeFoldersOfDeadRuns();
  const shared = makeTempFolder('shared');
  process.env[SHARED_FOLDER_VARIABLE] = shared;
  process.env[SHARED_OWNER_VARIABLE] = String(process.pid);
  return async () => {
    await stopSharedS3(shared);
    removeFolder(shared);
  };
}
