/** A process that works on a folder store beside the test: `count|create|hold ROOT ARGUMENT`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withFolderLock } from '../../src/adapters/folder/folder-lock.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { PreconditionFailed } from '../../src/domain/failure.ts';
import { sha256 } from '../../src/domain/ids.ts';

const [, , verb = '', root = '', argument = ''] = process.argv;
const store = openFolderStore(root);

/** True when it was this process that wrote. */
async function wins(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailed) return false;
    throw error;
  }
}

async function count(times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const found = await store.get('counter');
    if (found === undefined) throw new Error('no counter');
    const next = Number(await text(found.body)) + 1;
    const options = { contentType: 'text/x-count', condition: { etag: found.info.etag } };
    if (!(await wins(() => store.put('counter', String(next), options)))) continue;
    done += 1;
    process.stdout.write(`${next}\n`);
  }
}

async function create(keys: number): Promise<void> {
  for (let n = 0; n < keys; n += 1) {
    const key = `created/${n}`;
    const options = { contentType: 'text/plain', condition: { absent: true } as const };
    if (await wins(() => store.put(key, String(process.pid), options))) process.stdout.write(`${key}\n`);
  }
}

async function hold(key: string): Promise<void> {
  const temp = join(root, '.aftershow/temp');
  await mkdir(temp, { recursive: true });
  await withFolderLock(join(root, '.aftershow/locks', sha256(key).slice(0, 2)), temp, () => {
    process.stdout.write('held\n');
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}

if (verb === 'count') await count(Number(argument));
else if (verb === 'create') await create(Number(argument));
else await hold(argument);
