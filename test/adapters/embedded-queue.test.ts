/** The job queue in a folder, with no server. */
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEmbeddedQueue } from '../../src/adapters/queue/embedded-queue.ts';
import { eventually } from '../support/eventually.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { jobQueueContract, startChild } from './job-queue.contract.ts';
import { recordingLog } from './queue-place.ts';

describe('embedded', () => {
  let root: string;
  let folders = 0;
  beforeAll(async () => {
    root = makeTempFolder('queue');
    // Creating a database takes seconds; copying one does not.
    await (await openEmbeddedQueue(join(root, 'template'), recordingLog())).close();
  });
  afterAll(() => removeFolder(root));
  const freshFolder = () => {
    const folder = join(root, `queue-${folders++}`);
    cpSync(join(root, 'template'), folder, { recursive: true });
    return folder;
  };

  jobQueueContract('the embedded queue', async () => ({ kind: 'embedded', at: freshFolder() }));

  test('loses no acknowledged job to kill -9', async () => {
    const folder = freshFolder();
    for (let round = 1; round <= 3; round++) {
      rmSync(folder, { recursive: true, force: true });
      cpSync(join(root, 'template'), folder, { recursive: true });
      const child = startChild({ kind: 'embedded', at: folder }, 'add');
      await eventually('jobs were acknowledged', () => child.lines.length >= 40 * round);
      await child.kill();
      const log = recordingLog();
      const queue = await openEmbeddedQueue(folder, log);
      const states = await Promise.all(child.lines.map((_, n) => queue.state('publish', `publish-${n}-x`)));
      await queue.close();
      expect(log.lines).toEqual([]);
      expect(states.filter((state) => state !== 'waiting')).toEqual([]);
      expect(states.length).toBeGreaterThanOrEqual(40 * round);
    }
  }, 120_000);

  test('starts empty where a crash left something unreadable, and keeps that aside', async () => {
    const folder = freshFolder();
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    writeFileSync(join(folder, 'PG_VERSION'), 'nonsense');
    const log = recordingLog();
    const queue = await openEmbeddedQueue(folder, log);
    await queue.add({ queue: 'render', jobId: 'render-new', payload: {} });
    expect(await queue.state('render', 'render-new')).toBe('waiting');
    await queue.close();
    expect(readdirSync(root).filter((name) => name.includes('.broken-'))).toHaveLength(1);
    expect(log.lines.some((line) => line.includes('could not be read'))).toBe(true);
  }, 90_000);
});
