/** A small script in front of ffmpeg that takes from it what it needs not: environment, network, endless resources, its parent's signals, and life after its parent. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { access, constants, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../domain/failure.ts';
import { createOwnedFolder, removeAbandonedFolders } from '../owned-folders.ts';

const run = promisify(execFile);

const KIND = 'aftershow-launcher';

export interface IsolationFact {
  readonly name: 'own-session' | 'dies-with-parent' | 'limits' | 'no-network' | 'empty-environment';
  readonly isOn: boolean;
  /** How, or why not. */
  readonly detail: string;
}

export interface Launcher {
  /** What is run in ffmpeg's place; ffmpeg itself where no launcher is possible. */
  readonly program: string;
  /** What runs ends with the thread that started it, whatever happens. */
  readonly diesWithParent: boolean;
  /** For `doctor`. */
  describeIsolation(): readonly IsolationFact[];
  remove(): void;
}

/** Bounds that no honest room reaches, and that keep a bomb from taking the machine. */
const LIMITS = [
  `--as=${8 * 1024 ** 3}`,
  `--cpu=${6 * 3600}`,
  // Six times the mix of a twelve-hour room.
  `--fsize=${48 * 1024 ** 3}`,
  '--core=0',
];

interface Wrapper {
  readonly fact: IsolationFact;
  /** Words put before the command; empty when it is not available. */
  readonly words: readonly string[];
}

export async function createLauncher(ffmpegPath: string): Promise<Launcher> {
  if (process.platform !== 'linux') return withoutLauncher(ffmpegPath, 'only done on Linux');
  // Order matters: a change of user namespace takes back the promise to die with the parent, so it comes before.
  const wrappers = [
    // Ctrl-C goes to a terminal's whole process group. A child of node leads none, so setsid keeps its process id.
    await probe('own-session', [['setsid']]),
    await probe('no-network', [
      ['unshare', '-n', '--'],
      ['unshare', '-r', '-n', '--'],
    ]),
    withParentThere(await probe('dies-with-parent', [['setpriv', '--no-new-privs', '--pdeathsig', 'KILL', '--']])),
    await probe('limits', [['prlimit', ...LIMITS, '--']]),
    await probe('empty-environment', [['env', '-i']]),
  ];
  const words = wrappers.flatMap((wrapper) => wrapper.words);
  if (words.length === 0)
    return withoutLauncher(ffmpegPath, 'setsid, setpriv, prlimit, unshare and env are all missing');
  let folder: string;
  try {
    await removeAbandonedFolders(tmpdir(), KIND);
    folder = await createOwnedFolder(tmpdir(), KIND, 'ffmpeg');
  } catch (error) {
    return withoutLauncher(ffmpegPath, `no launcher could be written to ${tmpdir()}: ${messageOf(error)}`);
  }
  const program = join(folder, 'ffmpeg');
  await writeFile(program, `#!/bin/sh\nexec ${[...words, ffmpegPath].map(quoted).join(' ')} "$@"\n`, { mode: 0o700 });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const works = await run(program, ['-version'], { timeout: 20_000 }).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  if (works !== undefined) {
    remove();
    return withoutLauncher(ffmpegPath, `ffmpeg does not run inside it: ${works}`);
  }
  process.once('exit', remove);
  return {
    program,
    diesWithParent: wrappers.some(({ fact }) => fact.name === 'dies-with-parent' && fact.isOn),
    describeIsolation: () => wrappers.map((wrapper) => wrapper.fact),
    remove: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Whoever was gone before the promise was made sends no signal any more: then nothing is begun. */
function withParentThere(promise: Wrapper): Wrapper {
  if (!promise.fact.isOn) return promise;
  return {
    ...promise,
    words: [...promise.words, '/bin/sh', '-c', 'test "$PPID" = "$0" && exec "$@"', `${process.pid}`],
  };
}

/** The first of the given ways that works here. */
async function probe(name: IsolationFact['name'], ways: readonly (readonly string[])[]): Promise<Wrapper> {
  let why = 'not available here';
  for (const [tool = '', ...options] of ways) {
    const path = await findTool(tool);
    if (path === undefined) {
      why = `${tool} is not installed`;
      continue;
    }
    const failure = await run(path, [...options, '/bin/true'], {
      timeout: 10_000,
    }).then(
      () => undefined,
      (error: unknown) => error ?? 'unknown',
    );
    const words = [path, ...options];
    if (failure === undefined) return { words, fact: { name, isOn: true, detail: words.join(' ') } };
    why = `${[tool, ...options].join(' ')} is not permitted here`;
  }
  return { words: [], fact: { name, isOn: false, detail: why } };
}

async function findTool(name: string): Promise<string | undefined> {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

function withoutLauncher(ffmpegPath: string, detail: string): Launcher {
  const names = ['own-session', 'no-network', 'dies-with-parent', 'limits', 'empty-environment'] as const;
  return {
    program: ffmpegPath,
    diesWithParent: false,
    describeIsolation: () => names.map((name) => ({ name, isOn: false, detail })),
    remove: () => {},
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
