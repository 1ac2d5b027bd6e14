/** What every object store must do, run on each of them by its own test file. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PreconditionFailed } from '../../src/domain/failure.ts';
import type { ObjectStore, PutOptions } from '../../src/pipeline/ports.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const PLAIN: PutOptions = { contentType: 'text/plain' };

export async function readText(store: ObjectStore, key: string): Promise<string | undefined> {
  const found = await store.get(key);
  return found && text(found.body);
}

/** Adds one to the number under `key`, as often as it takes until no other writer came between. */
export async function increment(store: ObjectStore, key: string): Promise<void> {
  for (;;) {
    const found = await store.get(key);
    if (found === undefined) throw new Error(`${key} is gone`);
    const next = String(Number(await text(found.body)) + 1);
    try {
      await store.put(key, next, { ...PLAIN, condition: { etag: found.info.etag } });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
    }
  }
}

async function allKeys(store: ObjectStore, prefix: string, limit?: number): Promise<{ keys: string[]; pages: number }> {
  const keys: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.list(prefix, { ...(cursor && { cursor }), ...(limit && { limit }) });
    if (limit) expect(page.objects.length).toBeLessThanOrEqual(limit);
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.cursor;
    pages += 1;
  }
  return { keys, pages };
}

/** `open` gives a store whose keys nobody else uses. */
export function objectStoreContract(open: () => ObjectStore): void {
  let store: ObjectStore;
  let folder: string;
  beforeAll(() => {
    store = open();
    folder = makeTempFolder('contract');
  });
  afterAll(async () => {
    await store.close();
    removeFolder(folder);
  });

  describe('one object', () => {
    test('comes back as it was put, with its type, length and ETag', async () => {
      const etag = await store.put('one/a.bin', 'héllo', {
        contentType: 'application/x-thing',
        cacheControl: 'no-cache',
      });
      const head = await store.head('one/a.bin');
      expect(head).toMatchObject({ key: 'one/a.bin', etag, lengthBytes: 6, contentType: 'application/x-thing' });
      expect(Math.abs((head?.lastModified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      const got = await store.get('one/a.bin');
      expect(got?.info).toEqual(head);
      expect(got && (await text(got.body))).toBe('héllo');
      expect(etag).not.toMatch(/"/);
    });

    test('is undefined when absent, also below a key that is an object', async () => {
      expect(await store.head('none')).toBeUndefined();
      expect(await store.get('none')).toBeUndefined();
      await store.put('leaf', 'x', PLAIN);
      expect(await store.head('leaf/below')).toBeUndefined();
      expect(await store.get('leaf/below')).toBeUndefined();
    });

    test('is replaced as a whole, its type and ETag too', async () => {
      const first = await store.put('replaced', 'long old content', PLAIN);
      const second = await store.put('replaced', 'new', { contentType: 'text/css' });
      expect(second).not.toBe(first);
      expect(await store.head('replaced')).toMatchObject({ etag: second, lengthBytes: 3, contentType: 'text/css' });
      expect(await readText(store, 'replaced')).toBe('new');
    });

    test('is gone once deleted, and deleting it again is fine', async () => {
      await store.put('deleted/x', 'x', PLAIN);
      await store.delete('deleted/x');
      await store.delete('deleted/x');
      await store.delete('never/was');
      expect(await store.head('deleted/x')).toBeUndefined();
      expect(await store.put('deleted/x', 'y', { ...PLAIN, condition: { absent: true } })).toMatch(/./);
    });

    test('may be empty', async () => {
      await store.put('empty', new Uint8Array(0), PLAIN);
      expect(await store.head('empty')).toMatchObject({ lengthBytes: 0 });
      expect(await readText(store, 'empty')).toBe('');
      await store.put('empty', '', { ...PLAIN });
      expect(await readText(store, 'empty')).toBe('');
      await expect(store.get('empty', { range: { start: 0, end: 0 } })).rejects.toThrow(RangeError);
    });

    test.each([
      '',
      '/abs',
      'a//b',
      'a/',
      '../up',
      'a/../../b',
      'a/./b',
      'nul\0',
      'back\\slash',
      '\ud800',
      `long/${'x'.repeat(256)}`,
    ])('cannot have the key %j', async (key) => {
      await expect(store.put(key, 'x', PLAIN)).rejects.toThrow(/cannot be an object's key/);
      await expect(store.get(key)).rejects.toThrow(/cannot be an object's key/);
      await expect(store.head(key)).rejects.toThrow(/cannot be an object's key/);
      await expect(store.delete(key)).rejects.toThrow(/cannot be an object's key/);
    });

    test('has only headers that HTTP can carry', async () => {
      await expect(store.put('header', 'x', { contentType: 'text/plain\r\nx: y' })).rejects.toThrow(/contentType/);
      await expect(
        store.put('header', 'x', { ...PLAIN, contentDisposition: 'attachment; filename=é' }),
      ).rejects.toThrow(/contentDisposition/);
    });
  });

  describe('a range', () => {
    const DIGITS = '0123456789';
    const range = async (start: number, end: number) => {
      const got = await store.get('digits', { range: { start, end } });
      return got && { content: await text(got.body), lengthBytes: got.info.lengthBytes };
    };
    beforeAll(() => store.put('digits', DIGITS, PLAIN));

    test.each([
      [0, 0, '0'],
      [0, 9, DIGITS],
      [9, 9, '9'],
      [3, 5, '345'],
      [8, 100, '89'],
    ])('%i-%i is those bytes, and the object keeps its length', async (start, end, content) => {
      expect(await range(start, end)).toEqual({ content, lengthBytes: 10 });
    });

    test.each([
      [10, 12],
      [5, 4],
      [-1, 4],
      [0.5, 4],
    ])('%d-%d is refused', async (start, end) => {
      await expect(range(start, end)).rejects.toThrow(RangeError);
    });
  });

  describe('a condition', () => {
    test('on reading lets only the expected version through', async () => {
      const etag = await store.put('read-if', 'one', PLAIN);
      const got = await store.get('read-if', { ifMatch: etag });
      expect(got && (await text(got.body))).toBe('one');
      await store.put('read-if', 'two', PLAIN);
      await expect(store.get('read-if', { ifMatch: etag })).rejects.toThrow(PreconditionFailed);
    });

    test('"absent" holds once among 50 concurrent creators', async () => {
      const tries = Array.from({ length: 50 }, (_, n) =>
        store.put('created', `by ${n}`, { ...PLAIN, condition: { absent: true } }).then(
          (etag) => ({ etag, n }),
          (error: unknown) => {
            expect(error).toBeInstanceOf(PreconditionFailed);
            return undefined;
          },
        ),
      );
      const winners = (await Promise.all(tries)).filter((result) => result !== undefined);
      expect(winners).toHaveLength(1);
      expect(await readText(store, 'created')).toBe(`by ${winners[0]?.n}`);
      expect((await store.head('created'))?.etag).toBe(winners[0]?.etag);
    });

    test('"etag" refuses a stale and an absent object and lets the current one be replaced', async () => {
      const first = await store.put('cas', '1', PLAIN);
      const second = await store.put('cas', '2', { ...PLAIN, condition: { etag: first } });
      await expect(store.put('cas', '3', { ...PLAIN, condition: { etag: first } })).rejects.toThrow(PreconditionFailed);
      expect(await readText(store, 'cas')).toBe('2');
      await store.delete('cas');
      await expect(store.put('cas', '4', { ...PLAIN, condition: { etag: second } })).rejects.toThrow(
        PreconditionFailed,
      );
      expect(await store.head('cas')).toBeUndefined();
    });

    test('counts right with 16 concurrent writers', async () => {
      await store.put('counter', '0', PLAIN);
      const writer = async () => {
        for (let turn = 0; turn < 3; turn += 1) await increment(store, 'counter');
      };
      await Promise.all(Array.from({ length: 16 }, writer));
      expect(await readText(store, 'counter')).toBe('48');
    }, 60_000);

    test('is proven by the probe, which leaves nothing behind', async () => {
      await store.probe();
      expect((await allKeys(store, 'probe/')).keys).toEqual([]);
    });
  });

  describe('a listing', () => {
    test('pages through 2,500 keys in order, each exactly once', async () => {
      const expected = Array.from({ length: 2500 }, (_, n) => `many/${n % 7}/${String((n * 7919) % 2500)}`);
      for (let start = 0; start < expected.length; start += 50) {
        await Promise.all(expected.slice(start, start + 50).map((key) => store.put(key, key, PLAIN)));
      }
      expected.sort();
      expect((await allKeys(store, 'many/')).keys).toEqual(expected);
      const { keys, pages } = await allKeys(store, 'many/', 400);
      expect(keys).toEqual(expected);
      expect(pages).toBe(7);
      expect((await allKeys(store, 'many/3/1')).keys).toEqual(expected.filter((key) => key.startsWith('many/3/1')));
    }, 120_000);

    test('is in the order of UTF-8 bytes and knows every odd name', async () => {
      const names = ['a b', 'a b ', 'a+b', 'a-b', 'a.b/c', 'a/b', 'a0', 'a%2Fb', 'a%20b', 'a?x=1&y', 'a#b', 'a"\'<&>'];
      // Of the last two the order by UTF-16 is the other one.
      names.push('é', 'e\u0301', '日本', '\uffee', '😀');
      const keys = names.map((name) => `odd/${name}`);
      for (const key of keys) await store.put(key, `content of ${key}`, PLAIN);
      const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect((await allKeys(store, 'odd/')).keys).toEqual(inOrder);
      expect((await allKeys(store, 'odd/', 1)).keys).toEqual(inOrder);
      for (const key of keys) expect(await readText(store, key)).toBe(`content of ${key}`);
      for (const key of keys) await store.delete(key);
      expect((await allKeys(store, 'odd/')).keys).toEqual([]);
    });

    test('tells ETag, length and time as head does', async () => {
      await store.put('told/x.json', '{}', { contentType: 'application/json' });
      const { objects, cursor } = await store.list('told/');
      const head = await store.head('told/x.json');
      expect(cursor).toBeUndefined();
      expect(objects).toHaveLength(1);
      expect(objects[0]).toMatchObject({ key: 'told/x.json', etag: head?.etag, lengthBytes: 2 });
      // Seconds: what a HEAD tells of the time has no fractions.
      const seconds = (date: Date | undefined) => Math.floor((date?.getTime() ?? 0) / 1000);
      expect(seconds(objects[0]?.lastModified)).toBe(seconds(head?.lastModified));
    });

    test('of a prefix nothing begins with is empty', async () => {
      expect(await store.list('nothing/here')).toEqual({ objects: [] });
      expect(await store.list('../')).toEqual({ objects: [] });
    });
  });

  describe('a big file', () => {
    const content = randomBytes(20 * 1024 * 1024);
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    let file: string;
    beforeAll(() => {
      file = join(folder, 'big.bin');
      writeFileSync(file, content);
    });

    test('comes back with the same digest, its ETag and its type', async () => {
      const etag = await store.put('big/plain.mp3', { file }, { contentType: 'audio/mpeg' });
      const got = await store.get('big/plain.mp3');
      expect(got?.info).toMatchObject({ etag, lengthBytes: content.length, contentType: 'audio/mpeg' });
      expect(got && digest(await buffer(got.body))).toBe(digest(content));
      const end = { start: content.length - 10, end: content.length - 1 };
      const tail = await store.get('big/plain.mp3', { range: end, ifMatch: etag });
      expect(tail && digest(await buffer(tail.body))).toBe(digest(content.subarray(-10)));
    });

    test('is created by one of four concurrent creators', async () => {
      const put = () => store.put('big/once', { file }, { ...PLAIN, condition: { absent: true } });
      const results = await Promise.allSettled(Array.from({ length: 4 }, put));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PreconditionFailed);
      }
      const got = await store.get('big/once');
      expect(got && digest(await buffer(got.body))).toBe(digest(content));
    });

    test('leaves no object when its upload is aborted', async () => {
      const abort = new AbortController();
      const reason = new Error('the job was taken away');
      const put = store.put('big/aborted', { file }, { ...PLAIN, signal: abort.signal });
      setTimeout(() => abort.abort(reason), 5);
      await expect(put).rejects.toThrow(/the job was taken away|abort/i);
      expect(await store.head('big/aborted')).toBeUndefined();
    });

    test('that is not there is an error naming key and file', async () => {
      const missing = join(folder, 'missing.bin');
      await expect(store.put('big/missing', { file: missing }, PLAIN)).rejects.toThrow(/big\/missing.*missing\.bin/s);
    });
  });

  test('nothing is done for a signal that is aborted already', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(store.put('late', 'x', { ...PLAIN, signal })).rejects.toThrow('too late');
    await expect(store.get('late', { signal })).rejects.toThrow('too late');
    await expect(store.head('late', signal)).rejects.toThrow('too late');
    expect(await store.head('late')).toBeUndefined();
  });
}
