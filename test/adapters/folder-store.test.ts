/** The folder store: the contract of every store, and what only a folder can suffer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { increment, objectStoreContract, readText } from './object-store.contract.ts';

const folders: string[] = [];
function newFolder(): string {
  const folder = makeTempFolder('store');
  folders.push(folder);
  return folder;
}
afterAll(() => folders.forEach(removeFolder));

const CHILD = join(import.meta.dirname, 'folder-writer.child.ts');
const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => void child.kill('SIGKILL')));

/** A process of its own that works on the folder and prints a line for what it has done. */
function startChild(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const firstLine = once(reader, 'line');
  return { child, lines, firstLine, ended: once(child, 'close') };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

const PLAIN = { contentType: 'text/plain' };

describe('the folder store', () => {
  objectStoreContract(() => openFolderStore(newFolder()));

  describe('a file put there by hand', () => {
    let root: string;
    let store: ObjectStore;
    beforeAll(() => {
      root = newFolder();
      store = openFolderStore(root);
      mkdirSync(join(root, 'rooms/rm_1'), { recursive: true });
    });

    test('is an object with a type from its name and a lasting ETag', async () => {
      writeFileSync(join(root, 'rooms/rm_1/p1-1.ogg'), 'OggS');
      const head = await store.head('rooms/rm_1/p1-1.ogg');
      expect(head).toMatchObject({ lengthBytes: 4, contentType: 'audio/ogg' });
      expect(await store.head('rooms/rm_1/p1-1.ogg')).toEqual(head);
      expect((await store.list('rooms/')).objects).toEqual([head]);
      const got = await store.get('rooms/rm_1/p1-1.ogg', { ifMatch: head?.etag ?? '' });
      expect(got?.info).toEqual(head);
      expect(got && (await text(got.body))).toBe('OggS');
    });

    test('changes its ETag when its bytes change, even with size and time kept', async () => {
      const path = join(root, 'kept.txt');
      const time = new Date('2026-01-01T00:00:00Z');
      writeFileSync(path, 'aaaa');
      utimesSync(path, time, time);
      const before = await store.head('kept.txt');
      writeFileSync(path, 'bbbb');
      utimesSync(path, time, time);
      expect((await store.head('kept.txt'))?.etag).not.toBe(before?.etag);
    });

    test('that replaces a stored object gets another ETag and makes a stale write fail', async () => {
      const etag = await store.put('mixed', 'stored', PLAIN);
      appendFileSync(join(root, 'mixed'), ' and more');
      expect((await store.head('mixed'))?.etag).not.toBe(etag);
      await expect(store.put('mixed', 'x', { ...PLAIN, condition: { etag } })).rejects.toThrow(/changed by another/);
      await expect(store.put('mixed', 'x', { ...PLAIN, condition: { absent: true } })).rejects.toThrow(/changed by/);
    });
  });

  describe('its paths', () => {
    test('never lead out through a symbolic link', async () => {
      const outside = newFolder();
      const root = newFolder();
      writeFileSync(join(outside, 'secret'), 'x');
      symlinkSync(outside, join(root, 'out'));
      symlinkSync(join(outside, 'secret'), join(root, 'link'));
      const store = openFolderStore(root);
      for (const key of ['out/secret', 'link']) {
        await expect(store.get(key)).rejects.toThrow(/symbolic link/);
        await expect(store.head(key)).rejects.toThrow(/symbolic link/);
        await expect(store.delete(key)).rejects.toThrow(/symbolic link/);
        await expect(store.put(key, 'mine', PLAIN)).rejects.toThrow(/symbolic link/);
      }
      await expect(store.put('out/new/deep', 'mine', PLAIN)).rejects.toThrow(/symbolic link/);
      expect((await store.list('')).objects).toEqual([]);
      expect(filesUnder(outside)).toEqual(['secret']);
    });

    test('may themselves lie behind one', async () => {
      const real = newFolder();
      const link = join(newFolder(), 'data');
      symlinkSync(real, link);
      const store = openFolderStore(link);
      await store.put('a/b', 'x', PLAIN);
      expect(await readText(store, 'a/b')).toBe('x');
    });

    test('cannot be object and folder at once, and say so', async () => {
      const store = openFolderStore(newFolder());
      await store.put('pending/x', 'x', PLAIN);
      await store.put('leaf', 'x', PLAIN);
      const options = { ...PLAIN, condition: { absent: true } as const };
      await expect(store.put('pending', 'y', PLAIN)).rejects.toThrow('"pending" cannot be stored: it is the folder');
      await expect(store.put('pending', 'y', options)).rejects.toThrow('"pending" cannot be stored: it is the folder');
      await expect(store.put('leaf/x', 'y', PLAIN)).rejects.toThrow('"leaf/x" cannot be stored: a part of its path');
      expect(await store.head('pending')).toBeUndefined();
      await store.delete('pending/x');
      expect(await store.put('pending', 'now free', PLAIN)).toMatch(/./);
    });

    test("keep the store's own files out of sight and reach", async () => {
      const root = newFolder();
      const store = openFolderStore(root);
      await store.put('a', 'x', PLAIN);
      expect(readdirSync(root).sort()).toEqual(['.aftershow', 'a']);
      expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['a']);
      expect((await store.list('.aftershow')).objects).toEqual([]);
      await expect(store.get('.aftershow/x')).rejects.toThrow(/store's own/);
    });
  });

  test('reads from a folder that is not there as from an empty one', async () => {
    const store = openFolderStore(join(newFolder(), 'not/yet'));
    expect(await store.list('')).toEqual({ objects: [] });
    expect(await store.head('a')).toBeUndefined();
    await store.put('a', 'x', PLAIN);
    expect(await readText(store, 'a')).toBe('x');
  });

  test('a reader keeps the version it opened while others replace it', async () => {
    const store = openFolderStore(newFolder());
    const old = 'old'.repeat(200_000);
    await store.put('read', old, PLAIN);
    const opened = await store.get('read');
    await store.put('read', 'new', PLAIN);
    let content = '';
    for await (const chunk of opened?.body ?? []) content += chunk;
    expect(content === old).toBe(true);
  });

  test('puts and deletes side by side in one folder do not trip over each other', async () => {
    const store = openFolderStore(newFolder());
    const work = async (n: number) => {
      for (let turn = 0; turn < 20; turn += 1) {
        await store.put(`shared/deep/${n}`, 'x', PLAIN);
        await store.delete(`shared/deep/${n}`);
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => work(n)));
    expect(await store.list('')).toEqual({ objects: [] });
  });

  describe('several processes', () => {
    test('count right on one counter', async () => {
      const root = newFolder();
      const store = openFolderStore(root);
      await store.put('counter', '0', PLAIN);
      const all = Array.from({ length: 4 }, () => startChild('count', root, '25'));
      await Promise.all(all.map(({ ended }) => ended));
      expect(all.map(({ child }) => child.exitCode)).toEqual([0, 0, 0, 0]);
      expect(await readText(store, 'counter')).toBe('100');
    }, 60_000);

    test('create each of 100 keys once', async () => {
      const root = newFolder();
      const all = Array.from({ length: 3 }, () => startChild('create', root, '100'));
      await Promise.all(all.map(({ ended }) => ended));
      const won = all.flatMap(({ lines }) => lines);
      expect(won).toHaveLength(100);
      expect(new Set(won).size).toBe(100);
    }, 60_000);

    test('get the lock of one that was killed while it held it', async () => {
      const root = newFolder();
      const store = openFolderStore(root);
      const etag = await store.put('held', '0', PLAIN);
      const holder = startChild('hold', root, 'held');
      await holder.firstLine;
      const waiting = store.put('held', '1', { ...PLAIN, condition: { etag } });
      holder.child.kill('SIGKILL');
      await waiting;
      expect(await readText(store, 'held')).toBe('1');
    });

    test('wait for one that lives', async () => {
      const root = newFolder();
      const store = openFolderStore(root);
      await store.put('held', '0', PLAIN);
      const holder = startChild('hold', root, 'held');
      await holder.firstLine;
      let done = false;
      const waiting = store.put('held', '1', PLAIN).then(() => {
        done = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(done).toBe(false);
      holder.child.kill('SIGKILL');
      await waiting;
    });

    test('lose nothing that one acknowledged before it was killed at any instant', async () => {
      const root = newFolder();
      const store = openFolderStore(root);
      await store.put('counter', '0', PLAIN);
      let acknowledged = 0;
      for (let round = 0; round < 6; round += 1) {
        const writer = startChild('count', root, '100000');
        await writer.firstLine;
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
        writer.child.kill('SIGKILL');
        await writer.ended;
        acknowledged += writer.lines.length;
        const value = Number(await readText(store, 'counter'));
        // Each killed writer may have done one more than it could say.
        expect(value).toBeGreaterThanOrEqual(acknowledged);
        expect(value).toBeLessThanOrEqual(acknowledged + round + 1);
        expect(await store.head('counter')).toMatchObject({ contentType: 'text/x-count' });
      }
      const before = Number(await readText(store, 'counter'));
      // What the killed ones left half-written goes when the next one opens the folder.
      const next = openFolderStore(root);
      await increment(next, 'counter');
      expect(await readText(next, 'counter')).toBe(String(before + 1));
      expect(filesUnder(join(root, '.aftershow/temp'))).toEqual([]);
    }, 90_000);
  });
});
