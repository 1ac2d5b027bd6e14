/** The lock that keeps a second process off the embedded queue, tried with real processes. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataFolder, readDataFolderLock } from '../../src/adapters/data-folder-lock.ts';
import { eventually } from '../support/eventually.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const CHILD = fileURLToPath(new URL('./data-folder-lock.child.ts', import.meta.url));
const URL_OF_SERVER = 'http://localhost:4400';

describe('the data folder lock', () => {
  let folder: string;
  const running = new Set<{ kill(): Promise<void> }>();
  beforeEach(() => {
    folder = makeTempFolder('lock');
  });
  afterEach(async () => {
    for (const child of running) await child.kill();
    running.clear();
    removeFolder(folder);
  });

  async function contender() {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, folder, URL_OF_SERVER], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const contending = {
      pid: child.pid ?? 0,
      go: async () => {
        child.stdin.write('go\n');
        return eventually('it says how that went', () => lines[1]);
      },
      leave: async () => {
        child.stdin.end();
        await ended;
      },
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
    running.add(contending);
    await eventually('the child is ready', () => lines[0]);
    return contending;
  }

  test('refuses a second process, naming the first and where it answers', async () => {
    const holder = await contender();
    expect(await holder.go()).toBe('locked');
    await expect(lockDataFolder(folder, { command: 'aftershow publish' })).rejects.toMatchObject({
      name: 'PermanentFailure',
      code: 'data-folder-in-use',
      message: expect.stringContaining(`pid ${holder.pid}, ${URL_OF_SERVER}`),
    });
    expect(await readDataFolderLock(folder)).toEqual({
      pid: holder.pid,
      command: 'aftershow start',
      url: URL_OF_SERVER,
    });
  });

  test('is free again after release', async () => {
    const holder = await contender();
    expect(await holder.go()).toBe('locked');
    await holder.leave();
    expect(await readDataFolderLock(folder)).toBeUndefined();
    const lock = await lockDataFolder(folder, { command: 'aftershow start' });
    expect(await readDataFolderLock(folder)).toEqual({ pid: process.pid, command: 'aftershow start' });
    await lock.release();
    await lock.release();
    expect(readdirSync(folder)).not.toContain('aftershow.lock');
  });

  test('refuses a second hold of the same process', async () => {
    const lock = await lockDataFolder(folder, { command: 'aftershow start' });
    await expect(lockDataFolder(folder, { command: 'aftershow start' })).rejects.toMatchObject({
      code: 'data-folder-in-use',
    });
    await lock.release();
  });

  test('goes to exactly one of many that find it held by a dead process', async () => {
    const dead = await contender();
    expect(await dead.go()).toBe('locked');
    await dead.kill();
    expect(await readDataFolderLock(folder)).toBeUndefined();
    const contenders = await Promise.all([contender(), contender(), contender(), contender(), contender()]);
    const answers = await Promise.all(contenders.map((each) => each.go()));
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1);
    const winner = contenders[answers.indexOf('locked')]?.pid;
    expect(answers.filter((answer) => answer.includes(`pid ${winner}`))).toHaveLength(4);
  }, 60_000);

  test('does not take a new process with the number of the dead one for the holder', async () => {
    const lock = await lockDataFolder(folder, { command: 'aftershow start' });
    const path = join(folder, 'aftershow.lock');
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if (record['startTicks'] !== '') {
      writeFileSync(path, JSON.stringify({ ...record, startTicks: '1' }));
      expect(await readDataFolderLock(folder)).toBeUndefined();
    }
    await lock.release();
  });

  test('respects a holder in another container while its heart beats, and replaces it after', async () => {
    const lock = await lockDataFolder(folder, { command: 'aftershow start' });
    const path = join(folder, 'aftershow.lock');
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const elsewhere = { ...record, id: 'other', pidNamespace: 'pid:[1]' };
    writeFileSync(path, JSON.stringify(elsewhere));
    const beats = setInterval(() => utimesSync(path, new Date(), new Date()), 500);
    await expect(lockDataFolder(folder, { command: 'aftershow start' })).rejects.toMatchObject({
      code: 'data-folder-in-use',
    });
    clearInterval(beats);
    utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    const next = await lockDataFolder(folder, { command: 'aftershow start' });
    // The earlier hold is lost, and must not take the new one with it.
    await lock.release();
    expect(await readDataFolderLock(folder)).toMatchObject({ pid: process.pid });
    await next.release();
  });
});
