/** An object into a local file. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { PermanentFailure } from '../domain/failure.ts';
import type { ObjectStore } from '../pipeline/ports.ts';

/** Throws PermanentFailure('not-found') when there is no such object. */
export async function downloadTo(store: ObjectStore, key: string, path: string, signal: AbortSignal): Promise<void> {
  const object = await store.get(key, { signal });
  if (!object) throw new PermanentFailure('not-found', `${key} is not in the store any more`);
  await pipeline(object.body, createWriteStream(path), { signal });
}
