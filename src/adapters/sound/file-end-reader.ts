/** Reads both ends of a recording, which tell whether it was ended on purpose. */
import { open } from 'node:fs/promises';
import { FILE_END_BYTES } from '../../audio/file-ends.ts';
import { messageOf } from '../../domain/failure.ts';

export async function endsOf(path: string, fileBytes: number): Promise<[Uint8Array, Uint8Array]> {
  const length = Math.min(FILE_END_BYTES, fileBytes);
  const file = await open(path, 'r');
  try {
    const [head, tail] = [Buffer.alloc(length), Buffer.alloc(length)];
    await file.read(head, 0, length, 0);
    await file.read(tail, 0, length, fileBytes - length);
    return [head, tail];
  } catch (error) {
    throw new Error(`the ends of ${path} could not be read: ${messageOf(error)}`, { cause: error });
  } finally {
    await file.close();
  }
}
