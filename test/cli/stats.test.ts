/** stats and stats import as an operator runs them, beside a real server that counts what a real podcast app downloads. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { ShowSettings } from '../../src/domain/show.ts';
import type { DownloadStats } from '../../src/pipeline/download-stats.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { putShow } from '../../src/pipeline/shows.ts';
import { combinedLine } from '../support/access-logs.ts';
import { runAftershow, startAftershow } from '../support/aftershow.ts';
import { LENGTH_BYTES, SHOW, type StoredEpisode, storeEpisode } from '../support/downloads.ts';
import { freePort } from '../support/free-port.ts';
import { downloadWithGpodder, hasGpodder } from '../support/podcast-apps.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('stats');
const objects = join(folder, 'objects');
const AT = new Date(Date.now() - 3 * 86_400_000);
const DAY = AT.toISOString().slice(0, 10);
let settings: Record<string, string>;
let bucket: ObjectStore;
let episode: StoredEpisode;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  settings = {
    AFTERSHOW_DATA_DIR: join(folder, 'data'),
    AFTERSHOW_STORAGE_URL: pathToFileURL(objects).href,
    AFTERSHOW_PORT: String(port),
    AFTERSHOW_PUBLIC_URL: url,
  };
  bucket = openFolderStore(objects);
  const clock = { now: () => new Date() };
  await putShow(SHOW, ShowSettings.parse({ title: 'Late Table' }), { bucket, clock, publicUrl: url });
  episode = await storeEpisode(bucket, 1);
  await deriveFeed(SHOW, { bucket, trackStore: bucket, clock, publicUrl: url, makeCover });
});
afterAll(() => removeFolder(folder));

async function statsNow(...args: string[]): Promise<DownloadStats> {
  const { status, stdout, stderr } = await runAftershow(['stats', SHOW, '--json', ...args], settings);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('stats', () => {
  it('counts access logs once, and says what it read, as text and as JSON', async () => {
    const path = episode.key.slice('public'.length);
    const line = (address: string) => combinedLine({ at: AT, path, sentBytes: LENGTH_BYTES, address });
    const log = join(folder, 'access.log.1.gz');
    writeFileSync(log, gzipSync(`${line('192.0.2.1')}\n${line('192.0.2.2')}\nnot a line\n${line('192.0.2.2')}\n`));
    const first = await runAftershow(['stats', 'import', log], settings);
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('Combined Log Format; 4 lines; 3 for episodes; 1 unreadable');
    expect(first.stdout).toContain('line 3: it is no line of the Combined Log Format');
    expect(first.stdout).toMatch(new RegExp(`late-table +${DAY} +2 downloads`));
    const copy = join(folder, 'copy.gz');
    cpSync(log, copy);
    const again = await runAftershow(['stats', 'import', copy, join(folder, 'absent'), '--json'], settings);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('absent cannot be read');
    expect(JSON.parse(again.stdout)).toMatchObject({ files: [{ alreadyCounted: 3 }, { lines: 0 }], days: [] });
    const told = await statsNow('--from', DAY, '--to', DAY);
    expect(told).toMatchObject({ downloads: 2, apps: [{ app: 'Overcast', downloads: 2 }], timeZone: 'UTC' });
    const { stdout } = await runAftershow(['stats', SHOW], settings);
    expect(stdout).toContain('late-table: 2 downloads');
    expect(stdout).toContain(`2  ${episode.id}  ${episode.title}`);
    expect(stdout).toContain('IAB Podcast Measurement');
  }, 120_000);

  it('says that there is no such show', async () => {
    const { status, stderr } = await runAftershow(['stats', 'nobodys'], settings);
    expect(status).toBe(1);
    expect(stderr).toContain('there is no show nobodys');
  });

  it.skipIf(!hasGpodder)(
    'tells what gPodder downloaded from a server that was stopped right after',
    async () => {
      const before = await statsNow();
      const server = await startAftershow('start', settings);
      try {
        const files = await downloadWithGpodder(join(folder, 'gpodder'), `${url}/shows/${SHOW}/feed.xml`);
        expect(files.map(({ bytes }) => bytes.length)).toEqual([LENGTH_BYTES]);
      } finally {
        expect(await server.stop()).toBe(0);
      }
      const after = await statsNow();
      expect(after.downloads - before.downloads).toBe(1);
      expect(after.apps).toContainEqual({ app: 'gPodder', downloads: 1 });
      expect(server.log()).not.toContain('could not be written');
    },
    120_000,
  );
});
