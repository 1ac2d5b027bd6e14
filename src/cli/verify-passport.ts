/** verify --passport: what a passport says of an episode's audio, beside what is found in the public file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type VerifiedPassport, verifyPassports } from '../adapters/passport-verifier/passport-verifier.ts';
import { createSoundEngine } from '../adapters/sound/sound-engine.ts';
import { createWorkFolders } from '../adapters/work-folders.ts';
import { readSettingsWithoutSecrets } from '../config.ts';
import { printResult, table } from './output.ts';
import { stopSignal } from './run.ts';

export async function verifyPassport(place: string, options: { readonly json?: boolean }): Promise<void> {
  const { ffmpegPath } = readSettingsWithoutSecrets();
  const signal = stopSignal();
  const audio = createSoundEngine({ threads: 1, ...(ffmpegPath === undefined ? {} : { path: ffmpegPath }) });
  const root = await mkdtemp(join(tmpdir(), 'aftershow-passport-'));
  try {
    const folder = await createWorkFolders(root).create('verify');
    const result = await verifyPassports(place, { audio, folder, signal });
    if (!result.ok) process.exitCode = 1;
    printResult(options.json === true, result, ({ passports }) => passports.map(describe).join('\n\n'));
  } finally {
    await audio.close();
    await rm(root, { recursive: true, force: true });
  }
}

function describe({ passport, ok, problem, checks }: VerifiedPassport): string {
  if (problem !== undefined) return `${passport}\n  cannot be verified: ${problem}`;
  const rows = checks.map((check) => [check.what, short(check.said), short(check.found), check.ok ? 'ok' : 'DIFFERS']);
  const differing = checks.filter((check) => !check.ok).length;
  const verdict = ok ? 'All of it holds.' : `${differing} of ${checks.length} do not hold.`;
  return [passport, table([['', 'said', 'found', ''], ...rows], '  '), `  ${verdict}`].join('\n');
}

/** Digests are compared whole and shown by their beginning. */
const short = (text: string) => (/^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 16)}…` : text);
