/** A lease in the bucket: one holder at a time, taken over by watching it stand still, never by comparing clocks. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { PassingFailure } from '../../src/domain/failure.ts';
import { LeaseKeeper } from '../../src/pipeline/lease.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { leaseKey } from '../../src/storage/object-keys.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const TTL_MS = 1_000;
const folder = makeTempFolder('lease');
afterAll(() => removeFolder(folder));

let bucket: ObjectStore;
let count = 0;
beforeEach(() => {
  count += 1;
  bucket = openFolderStore(`${folder}/${count}`);
});

/** A process with a clock of its own, which may say anything: only how it moves counts. */
function keeper(owner: string, startMs: number, ttlMs = TTL_MS) {
  let nowMs = startMs;
  const lease = new LeaseKeeper(bucket, 'sweep', owner, ttlMs, () => nowMs);
  return {
    acquire: () => lease.acquire(),
    release: () => lease.release(),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a lease', () => {
  it('is held by the first, renewed by the same, and refused to others', async () => {
    const [one, two] = [keeper('one', 0), keeper('two', 999_999)];
    expect(await one.acquire()).toBe(true);
    expect(await two.acquire()).toBe(false);
    expect(await one.acquire()).toBe(true);
    expect(await two.acquire()).toBe(false);
  });

  it('goes to one of many who ask at once', async () => {
    const keepers = Array.from({ length: 12 }, (_, index) => keeper(`process ${index}`, index));
    const answers = await Promise.all(keepers.map((each) => each.acquire()));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('is never taken over while it is renewed, however long that goes on', async () => {
    const [one, two] = [keeper('one', 0), keeper('two', 0)];
    await one.acquire();
    for (let turn = 0; turn < 10; turn++) {
      expect(await two.acquire()).toBe(false);
      two.pass(TTL_MS - 1);
      expect(await one.acquire()).toBe(true);
    }
  });

  it('is taken over once it stood still for its time to live, by the clock of who watches', async () => {
    const [dead, next] = [keeper('dead', 5_000_000), keeper('next', 3)];
    await dead.acquire();
    expect(await next.acquire()).toBe(false);
    next.pass(TTL_MS - 1);
    expect(await next.acquire()).toBe(false);
    next.pass(1);
    expect(await next.acquire()).toBe(true);
    expect(await dead.acquire()).toBe(false);
  });

  it('counts its own time to live, not that of who watches', async () => {
    const [slow, hasty] = [keeper('slow', 0, 60_000), keeper('hasty', 0, 10)];
    await slow.acquire();
    await hasty.acquire();
    hasty.pass(59_999);
    expect(await hasty.acquire()).toBe(false);
    hasty.pass(1);
    expect(await hasty.acquire()).toBe(true);
  });

  it('goes to one of those who saw it abandoned', async () => {
    const dead = keeper('dead', 0);
    await dead.acquire();
    const heirs = Array.from({ length: 8 }, (_, index) => keeper(`heir ${index}`, index * 100));
    for (const heir of heirs) {
      expect(await heir.acquire()).toBe(false);
      heir.pass(TTL_MS);
    }
    const answers = await Promise.all(heirs.map((heir) => heir.acquire()));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('is free at once when it was released, but not by who lost it', async () => {
    const [one, two, three] = [keeper('one', 0), keeper('two', 0), keeper('three', 0)];
    await one.acquire();
    await two.release();
    expect(await two.acquire()).toBe(false);
    await one.release();
    expect(await two.acquire()).toBe(true);
    await one.release();
    expect(await three.acquire()).toBe(false);
  });

  it('holds no time of day, so that clocks that differ cannot matter', async () => {
    await keeper('one', Date.now()).acquire();
    const stored = await bucket.get(leaseKey('sweep'));
    const text = Buffer.concat((await stored?.body.toArray()) ?? []).toString();
    expect(JSON.parse(text)).toEqual({ owner: 'one', turn: 0, ttlMs: TTL_MS });
  });

  it('says that the store is away rather than that somebody else has it', async () => {
    const down: ObjectStore = {
      ...bucket,
      get: () => Promise.reject(new PassingFailure('store-unreachable', 'the store is away')),
    };
    const lease = new LeaseKeeper(down, 'sweep', 'one', TTL_MS, () => 0);
    await expect(lease.acquire()).rejects.toThrow('the store is away');
  });
});
