/** Lines of a file as they stand in it, however it is packed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { logLines } from '../../src/adapters/log-lines.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('lines');
afterAll(() => removeFolder(folder));

async function linesIn(content: string | Buffer): Promise<(string | undefined)[]> {
  const path = join(folder, 'log');
  writeFileSync(path, content);
  const lines: (string | undefined)[] = [];
  for await (const line of logLines(path)) lines.push(line);
  return lines;
}

describe('a file’s lines', () => {
  it.each([
    ['', []],
    ['one', ['one']],
    ['one\n', ['one']],
    ['one\r\ntwo\r\n', ['one', 'two']],
    ['\n\nthree', ['', '', 'three']],
  ])('of %j are %j', async (content, lines) => {
    expect(await linesIn(content)).toEqual(lines);
    expect(await linesIn(gzipSync(content))).toEqual(lines);
  });

  it('come whole across pieces, letters of many bytes and several gzips in one file', async () => {
    const long = Array.from({ length: 5_000 }, (_, number) => `${number} Çelik „äöü“ ${'日本'.repeat(number % 40)}`);
    expect(await linesIn(`${long.join('\n')}\n`)).toEqual(long);
    const halves = [long.slice(0, 2_500), long.slice(2_500)].map((half) => gzipSync(`${half.join('\n')}\n`));
    expect(await linesIn(Buffer.concat(halves))).toEqual(long);
  });

  it('that are longer than any log’s come as undefined, and the next one whole', async () => {
    const lines = await linesIn(`a\n${'x'.repeat(1_000_000)}\nb\n${'y'.repeat(65_536)}\n${'z'.repeat(65_537)}`);
    expect(lines).toEqual(['a', undefined, 'b', 'y'.repeat(65_536), undefined]);
  });
});
