/** Keeps a second aftershow off a data folder: two processes on one embedded queue destroy it. */
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PermanentFailure } from '../domain/failure.ts';
import { withFolderLock } from './folder/folder-lock.ts';
import { liveness, thisProcess } from './process-identity.ts';

const LockRecord = z.object({
  pid: z.int().positive(),
  startTicks: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
  /** Tells this hold from an earlier one of the same process. */
  id: z.string(),
  /** The command line's name, like `start`. */
  command: z.string(),
  /** Where the holder's server answers, once it does. */
  url: z.string().optional(),
});
type LockRecord = z.infer<typeof LockRecord>;

export interface DataFolderHolder {
  readonly pid: number;
  readonly command: string;
  readonly url?: string;
}

export interface DataFolderLock {
  update(info: { readonly url?: string }): Promise<void>;
  /** Releasing twice is fine. */
  release(): Promise<void>;
}

const HEARTBEAT_MS = 3_000;
/** A holder in another container cannot be asked; without a heartbeat for this long it is gone. */
const SILENCE_MS = 12_000;

const lockPath = (folder: string) => join(folder, 'aftershow.lock');
/** Held for milliseconds, so that of two takers of a dead process's lock one wins. */
async function exclusively<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const drafts = join(folder, 'lock-turn', 'drafts');
  await mkdir(drafts, { recursive: true });
  return withFolderLock(join(folder, 'lock-turn', 'numbers'), drafts, action);
}

/** Undefined when absent; also when unreadable, which only a crash of the whole machine leaves behind. */
function readRecord(folder: string): LockRecord | undefined {
  try {
    return LockRecord.parse(JSON.parse(readFileSync(lockPath(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

function silenceMs(folder: string): number {
  try {
    return Date.now() - statSync(lockPath(folder)).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

async function writeRecord(folder: string, record: LockRecord): Promise<void> {
  const draft = `${lockPath(folder)}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 });
  await rename(draft, lockPath(folder));
}

function holderIn(folder: string): LockRecord | undefined {
  const record = readRecord(folder);
  if (record === undefined) return undefined;
  const state = liveness(record);
  if (state === 'unknown') return silenceMs(folder) < SILENCE_MS ? record : undefined;
  return state === 'alive' ? record : undefined;
}

/** Who works on this folder now; undefined when nobody does. */
export async function readDataFolderLock(folder: string): Promise<DataFolderHolder | undefined> {
  const holder = holderIn(folder);
  if (holder === undefined) return undefined;
  return {
    pid: holder.pid,
    command: holder.command,
    ...(holder.url !== undefined && { url: holder.url }),
  };
}

function refusal(folder: string, { pid, url, command }: LockRecord): PermanentFailure {
  const who = [`pid ${pid}`, ...(url === undefined ? [] : [url])].join(', ');
  return new PermanentFailure(
    'data-folder-in-use',
    `another aftershow (${who}, running \`${command}\`) is using ${folder}; stop it, or set AFTERSHOW_DATA_DIR to ` +
      'another folder',
  );
}

/** A crashed container's lock looks held for a while: waits whether its heartbeat goes on. */
async function waitForUnknownHolder(folder: string): Promise<void> {
  const before = readRecord(folder);
  if (before === undefined || liveness(before) !== 'unknown') return;
  const lastBeatMs = Date.now() - silenceMs(folder);
  while (silenceMs(folder) < SILENCE_MS && Math.abs(Date.now() - silenceMs(folder) - lastBeatMs) < 100) {
    await sleep(HEARTBEAT_MS / 6);
  }
}

/** Throws PermanentFailure('data-folder-in-use') naming the holder. A dead process's lock is taken over. */
export async function lockDataFolder(
  folder: string,
  info: { readonly url?: string; readonly command: string },
): Promise<DataFolderLock> {
  await mkdir(folder, { recursive: true });
  await waitForUnknownHolder(folder);
  let record: LockRecord = { ...thisProcess, id: randomUUID(), ...info };
  await exclusively(folder, async () => {
    const holder = holderIn(folder);
    if (holder !== undefined) throw refusal(folder, holder);
    await writeRecord(folder, record);
  });
  const isOurs = () => readRecord(folder)?.id === record.id;
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      if (isOurs()) utimesSync(lockPath(folder), now, now);
    } catch {
      // The folder was removed under us: nothing is left to keep others off.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    update: (changes) =>
      exclusively(folder, async () => {
        record = { ...record, ...changes };
        if (isOurs()) await writeRecord(folder, record);
      }),
    release: () =>
      exclusively(folder, async () => {
        clearInterval(heartbeat);
        if (isOurs()) await rm(lockPath(folder), { force: true });
      }),
  };
}
