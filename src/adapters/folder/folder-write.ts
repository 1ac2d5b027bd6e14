/** Bringing a file to its place in the folder store: whole, on the disk for good, and only under its condition. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { PreconditionFailed } from '../../domain/failure.ts';
import type { PutBody, PutCondition } from '../../pipeline/ports.ts';

export interface Draft {
  readonly path: string;
  /** First half of the content's SHA-256. */
  readonly etag: string;
}

async function* chunksOf(body: PutBody, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body);
  else if (body instanceof Uint8Array) yield body;
  else
    yield* createReadStream(body.file, {
      highWaterMark: 256 * 1024,
      ...(signal && { signal }),
    });
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await handle.write(chunk, offset)).bytesWritten;
  }
}

/** Writes the body to a new file at `path`, down to the disk. */
export async function writeDraft(path: string, body: PutBody, signal?: AbortSignal): Promise<Draft> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of chunksOf(body, signal)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      await writeWhole(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path, etag: hash.digest('hex').slice(0, 32) };
}

/** A new name in a folder is on the disk for good only when the folder is. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeFolders(root: string, folder: string, key: string): Promise<void> {
  let first: string | undefined;
  try {
    first = await mkdir(folder, { recursive: true });
  } catch (error) {
    if (['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      throw new Error(`"${key}" cannot be stored: a part of its path is an object itself`, { cause: error });
    }
    throw error;
  }
  if (first === undefined) return;
  for (let made = folder; made.startsWith(root + sep) && made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

const FOLDER_TRIES = 10;

/**
 * Gives the draft its final name; the caller holds the key's lock and has compared ETags. `absent` is asked of the file
 * system once more, by an exclusive link, because a person may have put a file there.
 */
export async function placeDraft(
  root: string,
  key: string,
  draft: string,
  path: string,
  condition: PutCondition | undefined,
): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present?.isDirectory()) throw new Error(`"${key}" cannot be stored: it is the folder of other objects`);
  for (let tries = 1; ; tries += 1) {
    try {
      await makeFolders(root, dirname(path), key);
      if (condition !== undefined && 'absent' in condition) await link(draft, path);
      else await rename(draft, path);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw new PreconditionFailed(key);
      // A delete next door may have removed the folder for being empty just now.
      if (code !== 'ENOENT' || tries === FOLDER_TRIES) throw error;
    }
  }
  await syncFolder(dirname(path));
  await rm(draft, { force: true });
}
