/** Runs the real command line as its own process, as an operator does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TEST_SECRET } from './webhook.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** As it is built and installed; the global setup built it. */
const main = join(root, 'dist/src/cli/main.js');
const START_TIMEOUT_MS = 60_000;

export const TEST_TOKEN = 'a-token-that-only-the-tests-know';

export interface AftershowProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Where it listens; empty for a worker. */
  readonly url: string;
  /** Everything it wrote to stderr so far. */
  log(): string;
  /** SIGTERM, and its exit status. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of the tests without settings of whoever runs them. */
export function cleanEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(AFTERSHOW_|VITEST|NODE_OPTIONS)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...settings };
}

/** For tests that signal it, or read it while it runs. */
export function spawnAftershow(args: readonly string[], settings: Readonly<Record<string, string>>, cwd = root) {
  return spawn(process.execPath, [main, ...args], {
    cwd,
    env: cleanEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a command to its end. */
export async function runAftershow(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<CommandResult> {
  const child = spawnAftershow(args, settings, cwd);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

/** Starts `start`, `server` or `worker` and waits until it is ready. */
export async function startAftershow(
  command: 'start' | 'server' | 'worker',
  settings: Readonly<Record<string, string>>,
  givesSecrets = true,
): Promise<AftershowProcess> {
  const secrets = givesSecrets ? { AFTERSHOW_WEBHOOK_SECRETS: TEST_SECRET, AFTERSHOW_API_TOKEN: TEST_TOKEN } : {};
  const child = spawnAftershow([command], { ...secrets, ...settings });
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command} was not ready in time:\n${log}`)), START_TIMEOUT_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (!log.includes('"msg":"ready"')) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', (status) => {
      clearTimeout(late);
      reject(new Error(`${command} ended with status ${status}:\n${log}`));
    });
  });
  child.stdout.resume();
  const exited = once(child, 'exit') as Promise<[number | null]>;
  await ready;
  return {
    child,
    pid: child.pid ?? 0,
    url: /listens on (http:\/\/\S+);/.exec(log)?.[1] ?? '',
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
