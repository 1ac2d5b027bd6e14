/** Bodies without a length: what fails midway must not look like something that ended. */
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { FileEnvironment } from '../../src/http/file-answer.ts';
import { fileBody } from '../../src/http/file-body.ts';
import { listen } from '../../src/http/server.ts';

async function answerOf(body: () => Readable): Promise<string> {
  const route = new Hono<FileEnvironment>();
  route.get('/', (c) => c.body(fileBody(body(), { outgoing: c.env?.outgoing })));
  const server = await listen(new Hono().route('/', route), '127.0.0.1', 0);
  try {
    return await (await fetch(server.url)).text();
  } finally {
    await server.close(0);
  }
}

test('what ends is whole', async () => {
  expect(await answerOf(() => Readable.from([Buffer.from('a zip '), Buffer.from('in parts')]))).toBe('a zip in parts');
  expect(await answerOf(() => Readable.from([]))).toBe('');
});

test('what fails midway ends in a broken connection, without a word of the error', async () => {
  async function* failing() {
    for (let part = 0; part < 10; part += 1) yield Buffer.alloc(100_000, 'x');
    throw new Error('a secret path');
  }
  await expect(answerOf(() => Readable.from(failing()))).rejects.toThrow(/terminated|fetch failed/);
});
