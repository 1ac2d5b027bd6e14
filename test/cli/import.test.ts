/** import, move-out and set-public-url as an operator runs them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAftershow } from '../support/aftershow.ts';
import { type OldHost, startOldHost } from '../support/old-host.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('import');
const settings = { AFTERSHOW_DATA_DIR: join(folder, 'data'), AFTERSHOW_PUBLIC_URL: 'https://podcasts.example.org' };
const HAS_STACK = /^\s+at .*:\d+:\d+/m;
let old: OldHost;
beforeAll(async () => {
  old = await startOldHost();
});
afterAll(async () => {
  await old.close();
  removeFolder(folder);
});
const run = (...args: string[]) => runAftershow(args, settings);

describe('aftershow import', () => {
  it('tells in a dry run what would be done and what is odd, and writes nothing', async () => {
    const { status, stdout } = await run('import', old.feed, '--show', 'night-radio', '--dry-run', '--force');
    expect(status).toBe(0);
    expect(stdout).toMatch(/changed +guid-missing +item 4 “9: Nobody gave it a guid”/);
    expect(stdout).toMatch(/not taken +category-unknown/);
    expect(stdout).toContain('Show night-radio: would be created');
    expect(stdout).toContain('Episodes: 9 would be imported, 3 no episodes or repeated (2 pages).');
    expect(stdout).toContain('Nothing was written');
    const rebuilt = await run('rebuild');
    expect(rebuilt.stdout).toBe('There are no shows yet.\n');
  });

  it('refuses a locked feed with what to do, and imports it with --force', async () => {
    const refused = await run('import', old.feed, '--show', 'night-radio');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/locked.*mara@night-radio\.example.*--force/s);
    const { status, stdout } = await run(
      'import',
      old.feed,
      '--show',
      'night-radio',
      '--force',
      '--copy-media',
      '--json',
    );
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      ok: true,
      showId: 'night-radio',
      feed: 'https://podcasts.example.org/shows/night-radio/feed.xml',
      counts: { imported: 9, skipped: 3, failed: 0 },
    });
    expect(report.items[0]).toMatchObject({
      guid: 'nr-0012',
      result: 'imported',
      episodeId: expect.stringMatching(/^ep-/),
    });
    expect(report.oddities.every(({ code, message }: { code: string; message: string }) => code && message)).toBe(true);
  });

  it('reads a file too, and says that of it which is not there yet', async () => {
    const path = join(folder, 'feed.xml');
    writeFileSync(path, old.feedText().replace(/<atom:link rel="next"[^>]*>/, ''));
    const args = ['import', path, '--show', 'from-file', '--force', '--json'];
    const { status, stdout } = await run(...args, '--allow-host', new URL(old.url).host);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ from: 'feed.xml', counts: { imported: 7 }, pages: 1 });
  });

  it.each([
    [['import', 'feed.xml'], /--show/],
    [['import', '/nowhere/feed.xml', '--show', 'x'], /\/nowhere\/feed\.xml cannot be read/],
    [['import', 'feed.xml', '--show', 'x', '--allow-host', 'http://x/'], /--allow-host takes a host/],
    [['move-out', 'night-radio'], /--undo/],
    [['move-out', 'night-radio', 'javascript:alert(1)'], /no http or https address/],
  ])('answers wrong usage %j with status 2 and what is wrong', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(HAS_STACK);
    expect(stdout).toBe('');
  });

  it('says in a line what is no feed', async () => {
    old.files.set('/page', { bytes: Buffer.from('<!doctype html><html><body>Hello'), type: 'text/html' });
    const { status, stderr } = await run('import', `${old.url}/page`, '--show', 'x');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^aftershow: http:.*: This is a web page, not a feed\. Give the address of the feed itself\.\n$/m,
    );
  });
});

describe('aftershow move-out', () => {
  it('refuses a new feed that lacks episodes, moves to one that has them, and comes back', async () => {
    old.files.set('/alone.xml', {
      bytes: Buffer.from(old.feedText('another-host-2.xml').replace(/<atom:link rel="next"[^>]*>/, '')),
      type: 'text/xml',
    });
    const refused = await run('move-out', 'night-radio', `${old.url}/alone.xml`);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/guid-missing.*nr-0012/s);
    expect(refused.stderr).toContain('nothing was changed');
    const { status, stdout } = await run('move-out', 'night-radio', old.feed);
    expect(status).toBe(0);
    expect(stdout).toContain(`answers 301 to ${old.feed}`);
    expect(stdout).toContain('move-out night-radio --undo');
    const back = await run('move-out', 'night-radio', '--undo', '--json');
    expect(JSON.parse(back.stdout)).toMatchObject({ showId: 'night-radio', newFeedUrl: null, result: 'written' });
  });
});

describe('aftershow set-public-url', () => {
  it('says what to do with the address before', async () => {
    const { status, stdout } = await run('set-public-url', 'night-radio', 'https://new.example.org/');
    expect(status).toBe(0);
    expect(stdout).toContain('night-radio lives at https://new.example.org/shows/night-radio/feed.xml now.');
    expect(stdout).toContain('AFTERSHOW_PUBLIC_URL=https://new.example.org');
    expect(stdout).toContain('301 from https://podcasts.example.org/shows/night-radio/feed.xml');
    const old = await run('rebuild', '--show', 'night-radio');
    expect(old.status).toBe(1);
    expect(old.stdout).toContain('aftershow set-public-url night-radio https://podcasts.example.org');
  });
});
