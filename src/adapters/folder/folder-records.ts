/**
 * What the folder store keeps beside an object: its ETag and headers. Each record says for which state of the file it
 * holds (inode, size, time of change), and the one before is kept too, so that there is no instant, and no kill, at
 * which a reader finds a file without the record that fits it. A file changed by hand fits none, and is described by
 * what the file system says of it.
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../domain/ids.ts';
import { guessContentType } from './content-type.ts';
import { newTempPath } from './folder-temp.ts';

const FileRecord = z.object({
  state: z.string(),
  etag: z.string(),
  contentType: z.string(),
  cacheControl: z.string().optional(),
  contentDisposition: z.string().optional(),
});
export type FileRecord = z.infer<typeof FileRecord>;
const StoredRecords = z.object({
  key: z.string(),
  records: z.array(FileRecord),
});

export function stateOf(file: BigIntStats): string {
  return `${file.ino}-${file.size}-${file.mtimeNs}`;
}

/** Hashed, so that no key can clash with another's record, or be too long with a suffix. */
function recordPath(recordsFolder: string, key: string): string {
  const name = sha256(key);
  return join(recordsFolder, name.slice(0, 2), name);
}

async function readRecords(path: string): Promise<readonly FileRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return StoredRecords.parse(JSON.parse(text)).records;
  } catch {
    // Cut by a power failure: as good as none. The object itself is whole.
    return [];
  }
}

/** ETag and headers of this file: as put, or derived when it was placed or changed by hand. */
export async function describeFile(recordsFolder: string, key: string, file: BigIntStats): Promise<FileRecord> {
  const state = stateOf(file);
  const records = await readRecords(recordPath(recordsFolder, key));
  const record = records.find((candidate) => candidate.state === state);
  if (record !== undefined) return record;
  // The inode's own time of change cannot be set back, as tools that copy times do with the other.
  const etag = createHash('sha256').update(`${state}-${file.ctimeNs}`).digest('hex').slice(0, 32);
  return { state, etag, contentType: guessContentType(key) };
}

/** Before the file itself comes to its place. `current` is the state it has now, undefined when it is absent. */
export async function announceRecord(
  folders: { readonly records: string; readonly temp: string },
  key: string,
  next: FileRecord,
  current: string | undefined,
): Promise<void> {
  const path = recordPath(folders.records, key);
  const kept = (await readRecords(path)).filter((record) => record.state === current);
  await mkdir(dirname(path), { recursive: true });
  const draft = newTempPath(folders.temp);
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(JSON.stringify({ key, records: [...kept, next] }));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

export async function forgetRecords(recordsFolder: string, key: string): Promise<void> {
  await rm(recordPath(recordsFolder, key), { force: true });
}
