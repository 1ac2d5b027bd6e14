/** Work folders: one for each attempt, and none left of dead processes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatIdentity, thisProcess } from '../../src/adapters/process-identity.ts';
import { createWorkFolders } from '../../src/adapters/work-folders.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

let root: string;
beforeEach(() => {
  root = makeTempFolder('work');
});
afterEach(() => removeFolder(root));
const never = new AbortController().signal;

test('two attempts at one job work apart, and each leaves nothing', async () => {
  const folders = createWorkFolders(join(root, 'not', 'made', 'yet'));
  const [one, two] = [await folders.create('render/../x'), await folders.create('render/../x')];
  expect(one.path).not.toBe(two.path);
  await one.receive('a', Readable.from(['x']), never);
  await one.remove();
  expect(existsSync(one.path)).toBe(false);
  expect(existsSync(two.path)).toBe(true);
  await two.remove();
  await two.remove();
});

test('a received file is what was sent, and so are its digest and length', async () => {
  const folder = await createWorkFolders(root).create('x');
  const sent = Buffer.alloc(300_000, 'abc');
  const received = await folder.receive('a', Readable.from([sent.subarray(0, 7), sent.subarray(7)]), never);
  expect(received).toEqual({ sha256: sha256(sent), lengthBytes: 300_000 });
  expect(readFileSync(folder.file('a')).equals(sent)).toBe(true);
});

test('a body that breaks off is worth another try; an abort is passed on as it is', async () => {
  const folder = await createWorkFolders(root).create('x');
  const broken = Readable.from(
    (async function* () {
      yield 'half';
      throw new Error('connection reset');
    })(),
  );
  await expect(folder.receive('a', broken, never)).rejects.toMatchObject({
    code: 'download-failed',
    message: /connection reset/,
  });
  const abort = new AbortController();
  const endless = new Readable({ read: () => {} });
  const receiving = folder.receive('b', endless, abort.signal);
  abort.abort(new Error('stop'));
  await expect(receiving).rejects.toThrow('stop');
  expect(endless.destroyed).toBe(true);
});

test('what a killed process left is gone soon after the next one starts, also where no job comes', async () => {
  const deadPid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  const left = join(root, `attempt.${formatIdentity({ ...thisProcess, pid: deadPid })}.render.abc`);
  mkdirSync(left);
  createWorkFolders(root);
  await expect.poll(() => existsSync(left), { timeout: 10_000 }).toBe(false);
});

test('folders of processes that have died are removed at the start, those of living ones and of strangers stay', async () => {
  const deadPid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  const dead = `attempt.${formatIdentity({ ...thisProcess, pid: deadPid })}.render.abc123`;
  const alive = `attempt.${formatIdentity(thisProcess)}.render.abc123`;
  for (const name of [dead, alive, 'photos', 'attempt.of-mine']) mkdirSync(join(root, name));
  const folder = await createWorkFolders(root).create('x');
  await folder.remove();
  expect(readdirSync(root).sort()).toEqual([alive, 'attempt.of-mine', 'photos'].sort());
});
