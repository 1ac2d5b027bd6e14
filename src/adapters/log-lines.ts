/** The lines of a file, plain or gzipped, one at a time: a log of any size takes no more memory than a line. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unreadableFile } from './unreadable-file.ts';

const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const GZIP_MAGIC = [0x1f, 0x8b];

/** `undefined` stands for a line that is longer than any log's. Throws an Error that names the file. */
export async function* logLines(path: string): AsyncGenerator<string | undefined> {
  try {
    yield* linesOf(await bytesOf(path));
  } catch (error) {
    throw unreadableFile(path, error);
  }
}

async function bytesOf(path: string): Promise<Readable> {
  const file = await open(path);
  try {
    if ((await file.stat()).isDirectory()) throw new Error('it is a folder; name the files in it');
    const head = await file.read(Buffer.alloc(2), 0, 2, 0);
    const isGzip = head.bytesRead === 2 && GZIP_MAGIC.every((byte, index) => head.buffer[index] === byte);
    const bytes = createReadStream(path);
    // The error, if any, reaches whoever reads.
    return isGzip ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  } finally {
    await file.close();
  }
}

async function* linesOf(bytes: Readable): AsyncGenerator<string | undefined> {
  let pieces: Buffer[] = [];
  let length = 0;
  const take = (last: Buffer): string | undefined => {
    const isTooLong = length + last.length > MAX_LINE_BYTES;
    const line = isTooLong
      ? undefined
      : Buffer.concat([...pieces, last])
          .toString('utf8')
          .replace(/\r$/, '');
    [pieces, length] = [[], 0];
    return line;
  };
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield take(chunk.subarray(from, end));
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    // Of a line that is too long only the length is kept.
    if (length + rest.length <= MAX_LINE_BYTES) pieces.push(rest);
    else pieces = [];
    length += rest.length;
  }
  if (length > 0) yield take(Buffer.alloc(0));
}
