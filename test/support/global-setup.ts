/** Once for each `vitest run`: says which servers are missing, and ends what the suites share. */
import { absenceFails, available, PACKAGES, type ServerName } from './programs.ts';
import { removeFoldersOfDeadRuns } from './temp-folder.ts';

export default function setup(): void {
  const missing = (Object.keys(available) as ServerName[]).filter((name) => !available[name]);
  for (const name of missing) {
    console.warn(`Left out: tests on a real ${name} server. To run them: apt-get install ${PACKAGES[name]}`);
  }
  if (absenceFails && missing.length > 0) {
    throw new Error(`CI is set, so every server must be there; missing: ${missing.join(', ')}`);
  }
  removeFoldersOfDeadRuns();
}
