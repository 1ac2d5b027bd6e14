/** Downloads on a real S3 server: several processes that count, tidy and import at once come to the same sum. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/open-store.ts';
import { DownloadCounter } from '../../src/pipeline/download-counter.ts';
import { DownloadTidying } from '../../src/pipeline/download-days.ts';
import { importLogs } from '../../src/pipeline/import-downloads.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { combinedLine } from '../support/access-logs.ts';
import { addressOf, LENGTH_BYTES, served, statsOf, storeEpisode } from '../support/downloads.ts';
import { available } from '../support/programs.ts';
import { startS3 } from '../support/s3.ts';

const DURING = new Date('2026-11-22T12:00:00Z');

describe.skipIf(!available.s3)('On S3', () => {
  const stores: ObjectStore[] = [];
  beforeAll(async () => {
    const server = await startS3();
    if (!server) throw new Error('the S3 server is not there');
    Object.assign(process.env, server.env);
    const url = server.storageUrl(await server.createBucket(), 'podcasts');
    for (let process = 0; process < 4; process++) stores.push(openStore(url));
    for (const store of stores) await store.probe();
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  it('four servers, a sweep in each and an import count every listener once', async () => {
    const [first] = stores;
    if (!first) throw new Error('no store');
    const episode = await storeEpisode(first, 1);
    let now = DURING;
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const processes = stores.map((bucket) => ({ bucket, clock: { now: () => now }, log }));
    await Promise.all(
      processes.map(async (dependencies, number) => {
        const counter = new DownloadCounter(dependencies);
        for (let round = 0; round < 7; round++) {
          for (let listener = 0; listener < 10; listener++) {
            counter.served(served(episode, { address: addressOf(10 * ((number + round) % 8) + listener) }));
          }
          await counter.flush();
        }
        await new DownloadTidying(dependencies).tidy();
        await counter.close();
      }),
    );
    expect((await first.list('stats/salts/')).objects).toHaveLength(1);
    expect((await statsOf(first, now)).downloads).toBe(80);
    const day = (await statsOf(first, now)).from;
    now = new Date('2026-11-23T02:00:00Z');
    const path = episode.key.slice('public'.length);
    const lines = Array.from({ length: 5 }, (_, number) =>
      combinedLine({ at: DURING, path, sentBytes: LENGTH_BYTES, address: addressOf(9_000 + number) }),
    );
    const source = {
      name: 'access.log',
      lines: async function* () {
        yield* lines;
      },
    };
    const imports = processes.slice(0, 2).map((dependencies) => importLogs([source], dependencies));
    await Promise.all([
      Promise.allSettled(imports),
      ...processes.map((dependencies) => new DownloadTidying(dependencies).tidy()),
    ]);
    expect((await statsOf(first, now, day)).downloads).toBe(85);
    expect((await first.list('stats/')).objects.map(({ key }) => key)).toEqual([
      'stats/days/late-table/2026-11-22.json',
    ]);
  });
});
