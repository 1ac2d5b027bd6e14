/** Runs programs on chosen cores and tells what they took together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from '../support/programs.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { cpuSecondsOfChildren, watchTree } from './process-tree.ts';

export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  readonly peakDiskBytes: number;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it writes to stdout becomes this one's stdin. */
  readonly into?: readonly [program: string, ...args: string[]];
}

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workbench {
  /** Empty, removed afterwards; programs run in it, and what lies in it counts as disk. */
  readonly folder: string;
  /** Resolves when it ends well; throws an Error with its last words otherwise. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Said>;
}

const children = new Set<ChildProcess>();

/** For a bench that is interrupted. */
export function endAllChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** The cores this process may use, at most two: the same two for everybody. */
export function benchCores(): number[] {
  const [, list = '0'] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const cores = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
  return cores.slice(0, 2);
}

/** Binds programs to cores. Throws an Error where it is missing. */
function tasksetProgram(): string {
  const path = findProgram('taskset');
  if (path === undefined) throw new Error('taskset is missing, which binds all to the same cores: install util-linux');
  return path;
}

/** `look` is called when all is done, before the folder goes. */
export async function measured<T, R>(
  cores: readonly number[],
  work: (bench: Workbench) => Promise<T>,
  look: (bench: Workbench, done: T) => Promise<R>,
): Promise<{ cost: Cost; done: T; seen: R }> {
  const folder = makeTempFolder('bench');
  const watch = watchTree(folder);
  const bench: Workbench = {
    folder,
    run: (program, args, options = {}) => runOn(cores, folder, watch.add, program, args, options),
  };
  try {
    const [cpuBefore, begin] = [cpuSecondsOfChildren(), performance.now()];
    const done = await work(bench);
    const wallSeconds = (performance.now() - begin) / 1000;
    const cpuSeconds = cpuSecondsOfChildren() - cpuBefore;
    const { memoryBytes, diskBytes } = watch.stop();
    const cost = { wallSeconds, cpuSeconds, peakMemoryBytes: memoryBytes, peakDiskBytes: diskBytes };
    return { cost, done, seen: await look(bench, done) };
  } finally {
    watch.stop();
    removeFolder(folder);
  }
}

async function runOn(
  cores: readonly number[],
  cwd: string,
  onStart: (pid: number) => void,
  program: string,
  args: readonly string[],
  { env, into }: RunOptions,
): Promise<Said> {
  const start = (command: readonly string[], stdin: 'ignore' | 'pipe') => {
    const child = spawn(tasksetProgram(), ['-c', cores.join(','), ...command], {
      cwd,
      env: { ...process.env, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    if (child.pid !== undefined) onStart(child.pid);
    return child;
  };
  if (!into) return ended(start([program, ...args], 'ignore'), program);
  // A shell's pipe, not ours: what flows between the two must not pass through this process.
  const script = [[program, ...args], into].map((words) => words.map(quoted).join(' ')).join(' | ');
  return ended(start(['sh', '-c', script], 'ignore'), program);
}

function ended(child: ChildProcess, name: string): Promise<Said> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const said = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      if (status === 0) return resolve(said);
      reject(new Error(`${name} ended with ${signal ?? `status ${status}`}: ${said.stderr.slice(-3000)}`));
    });
  });
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
