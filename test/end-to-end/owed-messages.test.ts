/** What a platform is owed, when the process that owes it dies and its queue is lost: the real program, killed for real. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/pipeline/deliveries.ts';
import { type AftershowProcess, runAftershow, startAftershow } from '../support/aftershow.ts';
import { apiClient } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver, status, verified } from '../support/receiver.ts';
import { dropSmallTracks, smallRoom } from '../support/small-room.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('owed');
let platform: Receiver;
let settings: Record<string, string>;
let running: AftershowProcess | undefined;

beforeAll(async () => {
  platform = await startReceiver();
  settings = {
    AFTERSHOW_DATA_DIR: folder,
    AFTERSHOW_PORT: '0',
    AFTERSHOW_PUBLIC_URL: 'https://podcasts.example.org',
    AFTERSHOW_SWEEP_SECONDS: '1',
    AFTERSHOW_CALLBACK_URL: `${platform.url}/hook`,
    AFTERSHOW_HUB_URL: `${platform.url}/hub`,
  };
  dropSmallTracks(join(folder, 'objects'));
});
afterAll(async () => {
  await running?.stop();
  await platform?.close();
  removeFolder(folder);
});

const hooks = () => platform.received.filter(({ path }) => path === '/hook');

describe('aftershow start, killed while it tells the platform, its queue lost', () => {
  it('tells the same message once more when it is back, and the hub too', async () => {
    running = await startAftershow('start', settings);
    // Nobody answers: the process is killed while it waits for that.
    platform.answer = () => undefined;
    const ids = await apiClient(running.url).accept(smallRoom('rm-owed'));
    await eventually('the platform hears of it', () => hooks().length > 0);
    await running.kill();
    running = undefined;
    rmSync(join(folder, 'queue'), { recursive: true });
    platform.answer = status(204);
    const heard = hooks().length;
    const pinged = platform.received.length - heard;
    running = await startAftershow('start', settings);
    // A dead attempt is waited out, 20 s, before anybody thinks it dead.
    await expect.poll(() => hooks().length, { timeout: 60_000 }).toBeGreaterThan(heard);
    await expect.poll(() => platform.received.length - hooks().length, { timeout: 60_000 }).toBeGreaterThan(pinged);
    expect(new Set(hooks().map(({ id }) => id)).size).toBe(1);
    const last = hooks().at(-1);
    expect(last && verified(last)).toMatchObject({
      type: 'episode.published',
      data: { showId: 'late-table', roomId: 'rm-owed', episodeId: ids.episodeId, status: 'published' },
    });
  }, 180_000);

  it('is seen and sent again from the command line while it runs', async () => {
    const listed = await runAftershow(['deliveries', '--show', 'late-table', '--json'], settings);
    expect(listed.status).toBe(0);
    const { deliveries } = JSON.parse(listed.stdout) as { deliveries: Delivery[] };
    expect(deliveries.map(({ type, state }) => [type, state])).toEqual(
      expect.arrayContaining([
        ['episode.published', 'delivered'],
        ['feed.changed', 'delivered'],
      ]),
    );
    const id = deliveries.find(({ type }) => type === 'episode.published')?.id ?? '';
    const heard = hooks().length;
    const again = await runAftershow(['deliveries', '--show', 'late-table', '--resend', id], settings);
    expect(again.stdout).toContain(id);
    await eventually('it is heard again', () => hooks().length > heard);
    expect(hooks().at(-1)?.id).toBe(id);
    const nothing = await runAftershow(['deliveries', '--resend'], settings);
    expect(nothing.stdout).toContain('Nothing was given up');
    expect((await runAftershow(['deliveries'], settings)).stdout).toContain('answered 204');
  }, 60_000);

  it('says what is wrong with a command, and what to do', async () => {
    const wrong: [string[], number, RegExp][] = [
      [['deliveries', '--show', 'No Show'], 2, /is no show id/],
      [['deliveries', '--show', 'nowhere'], 1, /there is no show nowhere/],
      [['deliveries', '--days', '0'], 2, /--days takes 1 to 365/],
      [['deliveries', '--resend', 'msg_x'], 2, /needs --show/],
      [['deliveries', '--show', 'late-table', '--resend', 'nonsense'], 2, /is no delivery/],
      [['deliveries', '--show', 'late-table', '--resend', 'msg_x'], 1, /has no delivery msg_x/],
      [['set-hub-url', 'late-table', 'ftp://hub.example.org'], 2, /http or https address/],
      [['set-hub-url', 'nowhere', 'none'], 1, /there is no show nowhere/],
    ];
    for (const [args, code, words] of wrong) {
      const result = await runAftershow(args, settings);
      expect([args, result.status]).toEqual([args, code]);
      expect(result.stderr).toMatch(words);
    }
  }, 90_000);

  it('takes another hub for a show, or none, by a command alone', async () => {
    const url = `${running?.url}/shows/late-table/feed.xml`;
    expect(await (await fetch(url)).text()).toContain(`href="${platform.url}/hub" rel="hub"`);
    const other = await runAftershow(['set-hub-url', 'late-table', 'https://hub.example.org/', '--json'], settings);
    expect(JSON.parse(other.stdout)).toMatchObject({ hubUrl: 'https://hub.example.org/', result: 'written' });
    expect(await (await fetch(url)).text()).toContain('href="https://hub.example.org/" rel="hub"');
    await runAftershow(['set-hub-url', 'late-table', 'none'], settings);
    expect(await (await fetch(url)).text()).not.toContain('rel="hub"');
  }, 60_000);
});

describe('aftershow worker', () => {
  it('does not start where it would have to send what it cannot sign', async () => {
    const shared = { ...settings, AFTERSHOW_QUEUE_URL: 'redis://127.0.0.1:1' };
    const result = await runAftershow(['worker'], shared);
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('AFTERSHOW_WEBHOOK_SECRETS is needed where AFTERSHOW_CALLBACK_URL is set');
  }, 30_000);
});
