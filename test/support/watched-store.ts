/** A real store that tells what is asked of it, and lets a test step in before anything is. */
import type { ObjectStore } from '../../src/pipeline/ports.ts';

export interface Operation {
  readonly name: 'get' | 'head' | 'put' | 'delete' | 'list';
  /** Of the object, or the prefix that is listed. */
  readonly key: string;
}

export interface WatchedStore {
  readonly store: ObjectStore;
  /** Everything asked of it, in order; may be emptied. */
  readonly operations: Operation[];
  /** How often each kind was asked for. */
  counts(): Record<Operation['name'], number>;
}

export function watchStore(
  store: ObjectStore,
  before: (operation: Operation) => Promise<void> | void = () => undefined,
): WatchedStore {
  const operations: Operation[] = [];
  const told = async (name: Operation['name'], key: string) => {
    operations.push({ name, key });
    await before({ name, key });
  };
  return {
    operations,
    counts: () => {
      const counts = { get: 0, head: 0, put: 0, delete: 0, list: 0 };
      for (const { name } of operations) counts[name]++;
      return counts;
    },
    store: {
      ...store,
      get: async (key, options) => {
        await told('get', key);
        return store.get(key, options);
      },
      head: async (key, signal) => {
        await told('head', key);
        return store.head(key, signal);
      },
      put: async (key, body, options) => {
        await told('put', key);
        return store.put(key, body, options);
      },
      delete: async (key) => {
        await told('delete', key);
        return store.delete(key);
      },
      list: async (prefix, options) => {
        await told('list', prefix);
        return store.list(prefix, options);
      },
    },
  };
}

/** Ends, for whoever works on it, when as many writes are done: nothing can be asked of it from then on. */
export function dyingStore(bucket: ObjectStore, afterWrites: number, die: () => void = () => undefined) {
  let writes = 0;
  let isDead = false;
  const { store } = watchStore(bucket, ({ name }) => {
    const isWrite = name === 'put' || name === 'delete';
    if (isWrite && writes >= afterWrites) {
      isDead = true;
      die();
    }
    if (isDead) throw new Error('killed');
    if (isWrite) writes++;
  });
  return { store, writes: () => writes };
}
