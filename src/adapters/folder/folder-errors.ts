/** What the file system's error codes mean for a caller of the folder store. */
import { messageOf, PassingFailure } from '../../domain/failure.ts';

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
/** Not there, or a part of the path is a file: either way there is no such object. */
export const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
/** A full or failing disk, or too many open files: later it may go. */
const PASSING_CODES = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EBUSY', 'ESTALE', 'ENOMEM'];

/** Lets our own failures through and gives the file system's a key and a kind. */
export async function naming<T>(verb: string, key: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = codeOf(error);
    if (PASSING_CODES.includes(code)) {
      throw new PassingFailure('store-unreachable', `could not ${verb} "${key}": ${messageOf(error)}`, {
        cause: error,
      });
    }
    // What has a code comes from the file system and may not name the key; AbortError has one too, but is the caller's.
    if (/^E[A-Z0-9]+$/.test(code)) {
      throw new Error(`could not ${verb} "${key}": ${messageOf(error)}`, {
        cause: error,
      });
    }
    throw error;
  }
}
