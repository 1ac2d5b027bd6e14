/** Whether a store honours the conditions that everything here is built on, and keeps what a file is: found out by trying, at start. */
import { randomUUID } from 'node:crypto';
import { PermanentFailure, PreconditionFailed } from '../../domain/failure.ts';
import type { ObjectStore } from '../../pipeline/ports.ts';
import { PROBE_PREFIX } from '../../storage/object-keys.ts';

type Put = Pick<ObjectStore, 'head' | 'put' | 'delete' | 'description'>;

const OPTIONS = { contentType: 'text/plain' };

async function isRefused(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    if (error instanceof PreconditionFailed) return true;
    throw error;
  }
}

/** Throws PermanentFailure('store-unsafe') ending in `advice` when a condition is ignored. Leaves nothing behind. */
export async function proveConditionalWrites(store: Put, advice: string): Promise<void> {
  const key = `${PROBE_PREFIX}${randomUUID()}`;
  const unsafe = (what: string) =>
    new PermanentFailure(
      'store-unsafe',
      `${store.description} ${what}, so two writers could undo each other's work. ${advice}`,
    );
  try {
    const first = await store.put(key, 'first', {
      ...OPTIONS,
      condition: { absent: true },
    });
    if (!(await isRefused(() => store.put(key, 'over', { ...OPTIONS, condition: { absent: true } })))) {
      throw unsafe('overwrites an object that a write asked to be absent (If-None-Match: * is ignored)');
    }
    if (await isRefused(() => store.put(key, 'second', { ...OPTIONS, condition: { etag: first } }))) {
      throw unsafe('refuses to replace an object by its current ETag (If-Match is not understood)');
    }
    if (!(await isRefused(() => store.put(key, 'stale', { ...OPTIONS, condition: { etag: first } })))) {
      throw unsafe('overwrites an object that has changed since it was read (If-Match is ignored)');
    }
    const contentType = (await store.head(key))?.contentType;
    if (contentType !== OPTIONS.contentType) {
      throw new PermanentFailure(
        'store-unsafe',
        `${store.description} tells "${contentType}" as the type of what was stored as "${OPTIONS.contentType}", so no podcast app would know what a file is. ${advice}`,
      );
    }
  } finally {
    await store.delete(key).catch(() => undefined);
  }
}
