/** Why a file that somebody named cannot be read, in words. */
import { messageOf } from '../domain/failure.ts';

export function unreadableFile(path: string, error: unknown): Error {
  const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const why = isAbsent ? 'there is no such file' : messageOf(error);
  return new Error(`${path} cannot be read: ${why}`, { cause: error });
}
