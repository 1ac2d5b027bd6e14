/** Our own render as one of those that are measured: compiled as it is shipped, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Cost, measured, type Workbench } from './measured.ts';
import type { BuiltRoom } from './rooms.ts';

export interface StageTime {
  readonly name: string;
  readonly seconds: number;
}

/** What the child says when it is done. */
export interface OursReport {
  /** From the call of the pipeline to its answer. */
  readonly renderSeconds: number;
  /** Of starting Node, loading the program and calibrating the encoder, which a worker does once. */
  readonly startCpuSeconds: number;
  /** By the progress that the render tells, in order. */
  readonly stages: readonly StageTime[];
  readonly master: string;
  readonly integratedLufs: number | null;
}

export const OUR_NAME = 'Aftershow';
export const OUR_DESCRIPTION =
  'the whole recipe of `src/pipeline/render.ts`, compiled, in a Node process of its own; its start, with the one tone that calibrates the encoder, is left out (but not its memory), as a worker starts once';

const root = join(import.meta.dirname, '..', '..');

/** Compiles the sources as they lie here, and gives the program to run. Throws when the compiler fails. */
export function compileOurs(): string {
  const output = join(root, 'node_modules', '.cache', 'aftershow-bench');
  mkdirSync(output, { recursive: true });
  // Below node_modules the project's own package.json does not count.
  writeFileSync(join(output, 'package.json'), '{ "type": "module" }\n');
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = join(import.meta.dirname, '.tsconfig.json');
  execFileSync(process.execPath, [compiler, '--project', project, '--outDir', output], { stdio: 'inherit' });
  return join(output, 'test', 'bench', 'ours.child.js');
}

export interface OurRun<R> {
  readonly cost: Cost;
  readonly report: OursReport;
  readonly seen: R;
}

/** `look` is called while the master is still there. */
export async function runOurs<R>(
  program: string,
  room: BuiltRoom,
  ffmpegPath: string,
  cores: readonly number[],
  look: (master: string) => Promise<R>,
): Promise<OurRun<R>> {
  const work = async (bench: Workbench): Promise<OursReport> => {
    const temp = join(bench.folder, 'temp');
    mkdirSync(temp);
    const args = [program, room.folder, bench.folder, ffmpegPath];
    const { stdout } = await bench.run(process.execPath, args, { env: { TMPDIR: temp } });
    return JSON.parse(stdout);
  };
  const { cost, done, seen } = await measured(cores, work, (_, report) => look(report.master));
  return {
    cost: { ...cost, wallSeconds: done.renderSeconds, cpuSeconds: cost.cpuSeconds - done.startCpuSeconds },
    report: done,
    seen,
  };
}
