/** All that a store holds, read through the port: for tests that run on a folder as well as on S3. */
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { listAll } from '../../src/pipeline/records.ts';

const READS_AT_ONCE = 16;

export async function keysIn(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listAll(store, prefix)) keys.push(key);
  return keys;
}

/** Throws where there is nothing. */
export async function bytesOf(store: ObjectStore, key: string): Promise<Buffer> {
  const object = await store.get(key);
  if (!object) throw new Error(`there is nothing at ${key}`);
  return buffer(object.body);
}

/**
 * Keys of all objects, with these words in them, in what is told beside them, or in the keys themselves: as UTF-8 and as
 * both forms of UTF-16, in which tags may be written; as given and in capitals.
 */
export async function keysNaming(store: ObjectStore, words: string): Promise<string[]> {
  const forms = [words, words.toUpperCase()].flatMap((form) => {
    const wide = Buffer.from(form, 'utf16le');
    return [Buffer.from(form), wide, Buffer.from(wide).swap16()];
  });
  const keys = await keysIn(store);
  const found: string[] = [];
  for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
    const some = keys.slice(from, from + READS_AT_ONCE);
    const isNaming = await Promise.all(
      some.map(async (key) => {
        const object = await store.get(key);
        // Gone since it was listed.
        if (!object) return false;
        const all = Buffer.concat([Buffer.from(`${key} ${JSON.stringify(object.info)} `), await buffer(object.body)]);
        return forms.some((bytes) => all.includes(bytes));
      }),
    );
    found.push(...some.filter((_key, index) => isNaming[index]));
  }
  return found;
}
