/** Access logs of others: three formats, the same rules, each line once, and everything that cannot be read is named. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../../src/adapters/folder/folder-store.ts';
import { logLines } from '../../src/adapters/log-lines.ts';
import { UtcDay } from '../../src/downloads/utc-day.ts';
import { DownloadCounter } from '../../src/pipeline/download-counter.ts';
import { DownloadTidying } from '../../src/pipeline/download-days.ts';
import { importLogs } from '../../src/pipeline/import-downloads.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { CLOUDFRONT_HEAD, cloudFrontLine, combinedLine, type LoggedRequest, s3Line } from '../support/access-logs.ts';
import {
  addressOf,
  LENGTH_BYTES,
  type StoredEpisode,
  served,
  statsOf,
  storeEpisode,
  textBelow,
} from '../support/downloads.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('logs');
afterAll(() => removeFolder(folder));

const LOGGED = new Date('2026-11-20T08:00:00Z');
let bucket: ObjectStore;
let episode: StoredEpisode;
let now: Date;
let count = 0;
beforeEach(async () => {
  bucket = openFolderStore(`${folder}/${++count}`);
  episode = await storeEpisode(bucket, 1);
  now = new Date('2026-11-22T12:00:00Z');
});

const path = () => episode.key.slice('public'.length);
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const dependencies = () => ({ bucket, clock: { now: () => now }, log: silent });
function file(name: string, content: string | Buffer): string {
  const at = join(folder, `${count}-${name}`);
  writeFileSync(at, content);
  return at;
}
const read = (...paths: string[]) =>
  importLogs(
    paths.map((name) => ({ name, lines: () => logLines(name) })),
    dependencies(),
  );
const total = async () => (await statsOf(bucket, now, UtcDay.parse('2026-11-01'))).downloads;
const log = (lines: readonly string[]) => `${lines.join('\n')}\n`;
const whole = (change: Partial<LoggedRequest> = {}) => ({
  at: LOGGED,
  path: path(),
  sentBytes: LENGTH_BYTES,
  ...change,
});

describe.each([
  ['Combined Log Format', combinedLine, []],
  ['CloudFront standard log', cloudFrontLine, [CLOUDFRONT_HEAD]],
  ['S3 server access log', s3Line, []],
] as const)('a %s', (format, line, head) => {
  /** Two downloads of four listeners; all else is left out, and said why. */
  const mixture = () => [
    ...head,
    line(whole()),
    line(whole({ at: new Date('2026-11-20T09:00:00Z') })),
    line(whole({ address: '2001:db8::7', userAgent: 'AntennaPod/3.4.0', status: 206, fromByte: 0, sentBytes: 400 })),
    line(whole({ address: '2001:db8::7', userAgent: 'AntennaPod/3.4.0', status: 206, fromByte: 400, sentBytes: 400 })),
    line(whole({ address: '192.0.2.3', sentBytes: 120 })),
    line(whole({ address: '192.0.2.4', status: 206, fromByte: 0, sentBytes: 2 })),
    line(whole({ method: 'HEAD', sentBytes: 0 })),
    line(whole({ status: 304, sentBytes: 0 })),
    line(whole({ userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' })),
    line(whole({ path: '/shows/late-table/feed.xml' })),
    line(whole({ path: path().replace(/ep-\w+/, `ep-${'0'.repeat(32)}`) })),
  ];

  it('counts by the same rules, plain or gzipped, and says what it left out', async () => {
    const report = await read(file('access.log.gz', gzipSync(log(mixture()))));
    expect(report.files[0]).toMatchObject({
      ...{ format, lines: mixture().join('\n').split('\n').length, requests: 10, unreadable: 0, alreadyCounted: 0 },
      leftOut: { 'not-get': 1, 'not-sent': 1, bot: 1, 'no-such-episode': 1 },
    });
    expect(report.days).toEqual([{ showId: 'late-table', day: '2026-11-20', downloads: 2 }]);
    const stats = await statsOf(bucket, now, UtcDay.parse('2026-11-20'));
    expect(stats.apps).toEqual([
      { app: 'AntennaPod', downloads: 1 },
      { app: 'Overcast', downloads: 1 },
    ]);
    const stored = await textBelow(bucket, 'stats/');
    expect(stored).not.toMatch(/192\.0\.2|2001:db8|listener/);
  });

  it('names the lines that it cannot read, without a word of them', async () => {
    const lines = [...mixture(), 'secret 203.0.113.5 rubbish', `${line(whole()).slice(0, 60)}`];
    const report = await read(file('access.log', log(lines)));
    const first = lines.join('\n').split('\n').length - 1;
    expect(report.files[0]?.unreadable).toBe(2);
    expect(report.files[0]?.unreadableLines.map(({ line: number }) => number)).toEqual([first, first + 1]);
    expect(JSON.stringify(report)).not.toMatch(/203\.0\.113|secret/);
    expect(await total()).toBe(2);
  });

  it('counts once when it is imported again, under another name, or grown since', async () => {
    const lines = mixture();
    await read(file('one', log(lines)));
    const again = await read(file('two.gz', gzipSync(log(lines))));
    expect(again.files[0]?.alreadyCounted).toBe(10);
    expect([again.days, await total()]).toEqual([[], 2]);
    const grown = [...lines, line(whole({ address: '198.51.100.1', at: new Date('2026-11-20T10:00:00Z') }))];
    const more = await read(file('three', log([...grown, line(whole({ at: new Date('2026-11-21T01:00:00Z') }))])));
    expect(more.days.map(({ day, downloads }) => [day, downloads])).toEqual([
      ['2026-11-20', 1],
      ['2026-11-21', 1],
    ]);
    expect(await total()).toBe(4);
  });
});

describe('an import', () => {
  const visits = (from: number, to: number, at = LOGGED) =>
    Array.from({ length: to - from }, (_, index) => combinedLine(whole({ address: addressOf(from + index), at })));

  it('takes a listener in several files of a day for one', async () => {
    const report = await read(file('a', log(visits(0, 10))), file('b', log(visits(5, 15))));
    expect(report.days.map(({ downloads }) => downloads)).toEqual([15]);
    expect(await total()).toBe(15);
  });

  it('of today meets what the servers and other imports counted, and stays right when the day is over', async () => {
    const counter = new DownloadCounter(dependencies());
    for (let number = 0; number < 10; number++) {
      counter.served(
        served(episode, {
          address: addressOf(number),
          userAgent: 'Overcast/3.0 (+http://overcast.fm/; iOS podcast app)',
        }),
      );
    }
    await counter.flush();
    await read(file('a', log(visits(5, 15, now))));
    expect(await total()).toBe(15);
    await read(file('b', log(visits(10, 20, now))));
    await read(file('b', log(visits(10, 20, now))));
    expect(await total()).toBe(20);
    now = new Date('2026-11-23T02:00:00Z');
    await new DownloadTidying(dependencies()).tidy();
    const later = await read(file('b', log(visits(10, 20, new Date('2026-11-22T12:00:00Z')))));
    expect([later.files[0]?.alreadyCounted, await total()]).toEqual([10, 20]);
  });

  it('of many listeners today writes records that any reader takes', async () => {
    await read(file('many', log(visits(0, 6_000, now))));
    expect((await bucket.list('stats/open/')).objects.length).toBe(3);
    expect(await total()).toBe(6_000);
  });

  it('of a file that is cut, absent, a folder or no log counts nothing of it, and all of the others', async () => {
    const good = file('good', log(visits(0, 3)));
    const gzip = gzipSync(log(visits(10, 400)));
    const cut = file('cut.gz', gzip.subarray(0, gzip.length / 2));
    const poem = file('poem', 'There was an old man\nwho logged\nin a way of his own\n');
    const report = await read(cut, join(folder, 'absent'), folder, poem, good);
    expect(report.files.map(({ error }) => error)).toEqual([
      expect.stringContaining(`${cut} cannot be read`),
      expect.stringMatching(/absent cannot be read: there is no such file/),
      expect.stringContaining('it is a folder; name the files in it'),
      expect.stringContaining('none of the formats that are known here: CloudFront'),
      undefined,
    ]);
    expect(await total()).toBe(3);
  });

  it('takes neither an endless line nor an empty file amiss, and refuses the future', async () => {
    const endless = `${'x'.repeat(3_000_000)}`;
    const future = combinedLine(whole({ at: new Date('2027-01-01T00:00:00Z') }));
    const [withEndless, empty] = (
      await read(file('endless', log([...visits(0, 2), endless, future])), file('empty', ''))
    ).files;
    expect(withEndless?.unreadableLines).toEqual([
      { line: 3, why: 'it is longer than 64 KiB' },
      { line: 4, why: 'it is dated in the future' },
    ]);
    expect([empty?.lines, empty?.error]).toEqual([0, undefined]);
    expect(await total()).toBe(2);
  });

  it('that is killed before its numbers are written counts all of it the next time', async () => {
    const { put } = bucket;
    const lines = [...visits(0, 3), ...visits(0, 4, new Date('2026-11-21T08:00:00Z'))];
    let writes = 0;
    bucket.put = async (key, ...rest) => {
      if (key.startsWith('stats/') && ++writes > 2) throw new Error('killed');
      return put(key, ...rest);
    };
    await expect(read(file('log', log(lines)))).rejects.toThrow('killed');
    expect(await total()).toBe(3);
    bucket.put = put;
    await read(file('log', log(lines)));
    expect(await total()).toBe(7);
  });

  it('of the same file twice at the same time counts it once, and the other says what to do', async () => {
    const name = file('log', log(visits(0, 5)));
    const results = await Promise.allSettled([read(name), read(name), read(name)]);
    const refused = results.filter(({ status }) => status === 'rejected');
    for (const result of refused)
      expect(String((result as PromiseRejectedResult).reason)).toContain('run this one again');
    expect(refused.length).toBeLessThan(3);
    expect(await total()).toBe(5);
  });
});
