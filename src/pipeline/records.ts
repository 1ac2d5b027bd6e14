/** Stored records: read through their schema, created only if absent, changed by compare-and-swap. */
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import { PassingFailure, PermanentFailure, PreconditionFailed } from '../domain/failure.ts';
import type { ObjectStore } from './ports.ts';

const JSON_TYPE = 'application/json';
const MAX_TRIES = 40;
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

export async function readBytes(
  store: ObjectStore,
  key: string,
  maxBytes = MAX_RECORD_BYTES,
): Promise<{ bytes: Buffer; etag: string } | undefined> {
  const object = await store.get(key);
  if (!object) return undefined;
  if (object.info.lengthBytes > maxBytes) {
    object.body.destroy();
    throw new PermanentFailure('internal', `${key} is larger than ${maxBytes} bytes: that is no record of ours`);
  }
  return { bytes: await buffer(object.body), etag: object.info.etag };
}

/** For pictures that somebody else put there: nothing rather than an error where one is larger than any picture need be. */
export async function readPicture(store: ObjectStore, key: string): Promise<Buffer | 'missing' | 'too-large'> {
  const info = await store.head(key);
  if (info && info.lengthBytes > MAX_RECORD_BYTES) return 'too-large';
  return (info && (await readBytes(store, key))?.bytes) ?? 'missing';
}

export async function readRecord<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<{ value: T; etag: string } | undefined> {
  const object = await readBytes(store, key);
  if (!object) return undefined;
  return { value: parseRecord(key, object.bytes, schema), etag: object.etag };
}

function parseRecord<T>(key: string, bytes: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new PermanentFailure('internal', `${key} does not hold what this version of aftershow writes there`, {
      cause,
    });
  }
}

/** False when something is there already. */
export async function createRecord(store: ObjectStore, key: string, value: unknown): Promise<boolean> {
  try {
    await store.put(key, encode(value), { contentType: JSON_TYPE, condition: { absent: true } });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailed) return false;
    throw error;
  }
}

/** Throws PreconditionFailed when the record is no longer what `etag` says. */
export async function replaceRecord(store: ObjectStore, key: string, etag: string, value: unknown): Promise<string> {
  return store.put(key, encode(value), { contentType: JSON_TYPE, condition: { etag } });
}

/**
 * Applies a pure change until it is written onto exactly what it was computed from. `change` returns the same object
 * (or undefined) for "nothing to change". `seen`: the record as it was read a while ago, to be read again only where it
 * has changed since. Throws PermanentFailure('not-found') when there is no record.
 */
export async function changeRecord<T extends object>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
  change: (value: T) => T | undefined,
  seen?: { readonly value: T; readonly etag: string },
): Promise<{ value: T; isChanged: boolean }> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const current = (tries === 0 && seen) || (await readRecord(store, key, schema));
    if (!current) throw new PermanentFailure('not-found', `${key} does not exist`);
    const next = change(current.value);
    if (next === undefined || next === current.value) return { value: current.value, isChanged: false };
    try {
      await replaceRecord(store, key, current.etag, next);
      return { value: next, isChanged: true };
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error;
      await backOff(tries);
    }
  }
  throw new PassingFailure('contention', `${key} was changed by others ${MAX_TRIES} times in a row`);
}

/** Random, so that writers who collided do not collide again. */
export function backOff(tries: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(500, 10 * 2 ** tries)));
}

function encode(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}

/** Every object under a prefix, page by page. */
export async function* listAll(store: ObjectStore, prefix: string) {
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, cursor === undefined ? {} : { cursor });
    yield* page.objects;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
