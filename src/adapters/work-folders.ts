/** One folder for each attempt at a job, and nothing left of those whose process died. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, PassingFailure } from '../domain/failure.ts';
import { Sha256 } from '../domain/ids.ts';
import type { ReceivedFile, WorkFolder, WorkFolders } from '../pipeline/ports.ts';
import { createOwnedFolder, removeAbandonedFolders, removeFolder } from './owned-folders.ts';

/** A download from which nothing came for this long is given up. */
const STALLED_AFTER_MS = 60_000;

const KIND = 'attempt';

/**
 * `root` is made when it is not there. Folders of dead processes are removed at once, and before the first one is made:
 * in them may be a voice that has left an episode since, and it may be long until a job comes here.
 */
export function createWorkFolders(root: string): WorkFolders {
  const cleaned = removeAbandonedFolders(root, KIND);
  // Told to whoever makes the first one.
  cleaned.catch(() => undefined);
  return {
    async create(label) {
      await cleaned;
      return workFolder(await createOwnedFolder(root, KIND, label));
    },
  };
}

function workFolder(path: string): WorkFolder {
  const file = (name: string) => join(path, name);
  return {
    path,
    file,
    receive: (name, body, signal) => receive(file(name), body, signal),
    discard: (name) => rm(file(name), { force: true }),
    remove: () => removeFolder(path),
  };
}

async function receive(path: string, body: Readable, signal: AbortSignal): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let lengthBytes = 0;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), STALLED_AFTER_MS);
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      hash.update(chunk);
      lengthBytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, counter, createWriteStream(path), {
      signal: AbortSignal.any([signal, stalled.signal]),
    });
  } catch (error) {
    signal.throwIfAborted();
    if (stalled.signal.aborted) {
      throw new PassingFailure('download-stalled', `nothing came for ${STALLED_AFTER_MS / 1000} s`, { cause: error });
    }
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
      throw new PassingFailure('disk-full', 'the disk with the work files is full', { cause: error });
    }
    throw new PassingFailure('download-failed', `a download broke off: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return { sha256: Sha256.parse(hash.digest('hex')), lengthBytes };
}
