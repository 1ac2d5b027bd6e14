/** Compressed once for each version, in bounded memory, and no failure outlives its cause. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CompressedFiles } from '../../src/http/compressed-files.ts';

const text = Buffer.from('<item>Übergänge</item>'.repeat(10_000));
const file = (name: string, etag = name) => ({ key: `public/shows/${name}/feed.xml`, etag });

/** A store that counts how often it is asked. */
function source(bytes: Buffer) {
  let opened = 0;
  const open = async () => {
    opened += 1;
    return Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]);
  };
  return { open, opened: () => opened };
}

test('a hundred polls at once and later ones read and compress it once for each coding', async () => {
  const files = new CompressedFiles();
  const { open, opened } = source(text);
  const polls = await Promise.all(Array.from({ length: 100 }, () => files.get(file('a'), 'gzip', open)));
  expect(gunzipSync(polls[99] ?? '').equals(text)).toBe(true);
  expect(new Set(polls).size).toBe(1);
  expect(brotliDecompressSync((await files.get(file('a'), 'br', open)) ?? '').equals(text)).toBe(true);
  await files.get(file('a'), 'gzip', open);
  expect(opened()).toBe(2);
});

test('another version is another file', async () => {
  const files = new CompressedFiles();
  await files.get(file('a', 'v1'), 'gzip', source(text).open);
  const newer = Buffer.from('newer');
  expect(gunzipSync((await files.get(file('a', 'v2'), 'gzip', source(newer).open)) ?? '').equals(newer)).toBe(true);
});

test('no more is kept than may be: what was not asked for longest goes first', async () => {
  const incompressible = source(randomBytes(40_000));
  const files = new CompressedFiles(100_000);
  const ask = (name: string) => files.get(file(name), 'gzip', incompressible.open);
  for (const name of ['a', 'b', 'a', 'c', 'a']) await ask(name);
  expect(incompressible.opened()).toBe(3);
  await ask('b');
  expect(incompressible.opened()).toBe(4);
});

test('what is larger than all that may be kept is given, and not kept', async () => {
  const { open, opened } = source(randomBytes(40_000));
  const files = new CompressedFiles(10_000);
  for (let asked = 0; asked < 2; asked += 1) {
    expect(gunzipSync((await files.get(file('a'), 'gzip', open)) ?? '')).toHaveLength(40_000);
  }
  expect(opened()).toBe(2);
});

test('a store that breaks midway fails who asked then, and nobody later', async () => {
  const files = new CompressedFiles();
  const breaking = async () =>
    Readable.from(
      (async function* () {
        yield text.subarray(0, 1000);
        throw new Error('the store broke');
      })(),
    );
  const failed = await Promise.allSettled([1, 2, 3, 4].map(() => files.get(file('a'), 'gzip', breaking)));
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(gunzipSync((await files.get(file('a'), 'gzip', source(text).open)) ?? '').equals(text)).toBe(true);
});

test('an object that is gone gives nothing, and is asked for again', async () => {
  const files = new CompressedFiles();
  expect(await files.get(file('a'), 'br', async () => undefined)).toBeUndefined();
  expect(await files.get(file('a'), 'br', source(text).open)).toBeDefined();
});

test('ten feeds at once are all compressed, whichever had to wait', async () => {
  const files = new CompressedFiles();
  const names = [...'abcdefghij'];
  const all = await Promise.all(names.map((name) => files.get(file(name), 'gzip', source(Buffer.from(name)).open)));
  expect(all.map((bytes) => gunzipSync(bytes ?? '').toString())).toEqual(names);
});
