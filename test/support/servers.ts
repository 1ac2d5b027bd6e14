/** Real Redis and PostgreSQL for tests: on free loopback ports, in temp folders, gone when the test process goes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { findProgram, POSTGRES_FOLDER, REDIS_PROGRAM } from './programs.ts';
import { makeTempFolder, removeFolder, removeFoldersOfDeadRuns } from './temp-folder.ts';

export interface TestServer {
  /** redis://… or postgres://… */
  readonly url: string;
  readonly port: number;
  /** To the server's main process: SIGKILL, SIGSTOP and SIGCONT are what faults are made of. */
  kill(signal: NodeJS.Signals): void;
  /** Starts it again on the same port and folder, after a kill or as a clean restart. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

interface Launch {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly port: number;
  readonly answers: () => Promise<boolean>;
  /** Ends the server cleanly and fast. */
  readonly stopSignal: NodeJS.Signals;
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

const START_TIMEOUT_MS = 20_000;

/** Connects, sends, and judges the first bytes of the answer; false when there is none. */
async function answerTo(port: number, request: string, isReady: (answer: string) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(request, 'latin1'));
    socket.once('data', (data: Buffer) => {
      resolve(isReady(data.toString('latin1')));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Neither starting nor still loading its append-only file. That it asks for a password is an answer too. */
const redisAnswers = (port: number) => answerTo(port, 'PING\r\n', (answer) => /^(\+PONG|-NOAUTH)/.test(answer));

/** Listening is not enough: while it recovers, PostgreSQL takes connections only to refuse them with an E. */
async function postgresAnswers(port: number): Promise<boolean> {
  const startup = '\0\x03\0\0user\0postgres\0database\0postgres\0\0';
  return answerTo(port, `\0\0\0${String.fromCharCode(startup.length + 4)}${startup}`, (answer) => answer[0] === 'R');
}

/** Through setpriv the server dies with us, whatever ends us. */
function command(launch: Launch): { program: string; args: string[] } {
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) return { program: launch.program, args: [...launch.args] };
  const identity = launch.runAs ? [`--reuid=${launch.runAs.uid}`, `--regid=${launch.runAs.gid}`, '--clear-groups'] : [];
  const deathSignal = launch.stopSignal === 'SIGQUIT' ? 'QUIT' : 'KILL';
  return { program: setpriv, args: [...identity, '--pdeathsig', deathSignal, launch.program, ...launch.args] };
}

async function launchServer(launch: Launch): Promise<ChildProcess> {
  const { program, args } = command(launch);
  const child = spawn(program, args, { cwd: launch.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await launch.answers())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${launch.name} ended at its start:\n${output}`);
    }
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${launch.name} did not answer on port ${launch.port} within ${START_TIMEOUT_MS} ms:\n${output}`);
    }
    await sleep(25);
  }
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A stopped process takes no other signal than KILL until it goes on.
  child.kill('SIGCONT');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

async function serve(launch: Launch, url: string, folder: string): Promise<TestServer> {
  let child = await launchServer(launch);
  return {
    url,
    port: launch.port,
    kill: (signal) => {
      child.kill(signal);
    },
    restart: async () => {
      await end(child, launch.stopSignal);
      child = await launchServer(launch);
    },
    stop: async () => {
      await end(child, launch.stopSignal);
      removeFolder(folder);
    },
  };
}

/**
 * Undefined when no redis-server is installed. `args` come after (and so override) the defaults: append-only file on,
 * no snapshots, noeviction.
 */
export async function startRedis(options?: { readonly args?: readonly string[] }): Promise<TestServer | undefined> {
  if (REDIS_PROGRAM === undefined) return undefined;
  removeFoldersOfDeadRuns();
  const folder = makeTempFolder('redis');
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  args.push('--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
  args.push(...(options?.args ?? []));
  return serve(
    {
      name: 'redis-server',
      program: REDIS_PROGRAM,
      args,
      cwd: folder,
      port,
      answers: () => redisAnswers(port),
      stopSignal: 'SIGTERM',
    },
    `redis://127.0.0.1:${port}`,
    folder,
  );
}

/** PostgreSQL refuses to run as root; then it gets its own user, or nobody. */
function postgresIdentity(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }).toString());
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', user), gid: id('-g', user) };
    } catch {
      // That user does not exist here: try the next.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

/** Undefined when no PostgreSQL server is installed. Superuser `postgres` without password, empty database `postgres`. */
export async function startPostgres(): Promise<TestServer | undefined> {
  const binaries = POSTGRES_FOLDER;
  if (binaries === undefined) return undefined;
  removeFoldersOfDeadRuns();
  const folder = makeTempFolder('postgres');
  const identity = postgresIdentity();
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, 'data');
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { cwd: folder, stdio: 'pipe', ...identity },
  );
  const port = await freePort();
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder];
  args.push('-c', 'fsync=off', '-c', 'shared_buffers=32MB', '-c', 'max_connections=200');
  return serve(
    {
      name: 'postgres',
      program: join(binaries, 'postgres'),
      args,
      cwd: folder,
      port,
      answers: () => postgresAnswers(port),
      stopSignal: 'SIGQUIT',
      ...(identity && { runAs: identity }),
    },
    `postgres://postgres@127.0.0.1:${port}/postgres`,
    folder,
  );
}
