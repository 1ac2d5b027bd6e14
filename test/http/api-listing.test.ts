/** Lists of episodes and rooms, page by page, from manifests that are in the bucket. No worker runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';

let app: TestApp;
let client: ApiClient;
beforeAll(async () => {
  app = await startApp();
  client = apiClient(app.url);
});
afterAll(() => app?.close());

interface Page {
  readonly episodes: readonly { id: string; startedAt: string; status: string }[];
  readonly cursor?: string;
}
const list = async (query = ''): Promise<Page> =>
  (await (await client.call('GET', `/shows/late-table/episodes${query}`)).json()) as Page;

describe('episodes of a show', () => {
  const accepted: Answer[] = [];
  beforeAll(async () => {
    for (const hour of [3, 1, 4, 0, 2, 4, 6]) {
      const endedAt = new Date(Date.UTC(2026, 10, 22, 12 + hour));
      accepted.push(await client.accept(smallRoom(`rm-${accepted.length}`, undefined, endedAt)));
    }
  });

  it('come newest first', async () => {
    const { episodes, cursor } = await list();
    expect(episodes).toHaveLength(7);
    expect(cursor).toBeUndefined();
    const starts = episodes.map(({ startedAt }) => startedAt);
    expect(starts).toEqual([...starts].sort().reverse());
  });

  it.each([1, 2, 3, 6, 7])('come in pages of %i without overlap and without a gap', async (limit) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(`?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
      expect(page.episodes.length).toBeLessThanOrEqual(limit);
      expect(page.episodes.length).toBeGreaterThan(0);
      seen.push(...page.episodes.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual((await list()).episodes.map(({ id }) => id));
  });

  it('come by status', async () => {
    expect((await list('?status=waiting-for-tracks')).episodes).toHaveLength(7);
    expect((await list('?status=published')).episodes).toEqual([]);
    const [first] = accepted as [Answer];
    await client.call('DELETE', `/shows/late-table/episodes/${first.episodeId}`);
    expect((await list()).episodes.map(({ id }) => id)).not.toContain(first.episodeId);
    expect((await list('?status=erased')).episodes.map(({ id }) => id)).toEqual([first.episodeId]);
  });

  it.each([
    '?status=done',
    '?status=',
    '?limit=0',
    '?limit=201',
    '?limit=1.5',
    '?limit=many',
    '?limit=',
    '?cursor=junk',
    `?cursor=${Buffer.from('9999').toString('base64url')}`,
  ])('are refused with 400 for %s', async (query) => {
    expect((await problemOf(await client.call('GET', `/shows/late-table/episodes${query}`), 400)).code).toBe('invalid');
  });

  it.each([
    '/shows/unknown/episodes',
    '/shows/Not_An_Id/episodes',
    '/shows/late-table/episodes/ep-00000000000000000000000000000000',
    '/shows/late-table/episodes/..',
    '/shows/late-table/episodes/x/audio',
    '/nothing',
  ])('answers 404 to %s', async (path) => {
    await problemOf(await client.call('GET', path), 404);
  });

  it.each(['publish', 'unpublish', 'retry'])('answers 404 when an unknown one is asked to %s', async (act) => {
    const path = `/shows/late-table/episodes/ep-00000000000000000000000000000000/${act}`;
    await problemOf(await client.call('POST', path), 404);
  });
});

describe('rooms that are pending', () => {
  const pending = async () => {
    const response = await client.call('GET', '/rooms?state=pending');
    return ((await response.json()) as { rooms: (Answer & { why: string; since: string })[] }).rooms;
  };

  it('are listed with what they wait for', async () => {
    const ids = await client.accept(smallRoom('rm-pending'));
    const room = (await pending()).find(({ roomId }) => roomId === 'rm-pending');
    expect(room).toEqual({
      roomId: 'rm-pending',
      showId: ids.showId,
      episodeId: ids.episodeId,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      why: 'waiting for 2 of 2 tracks',
    });
  });

  it('are listed even when one of them cannot be read', async () => {
    await sendWebhook(app.url, smallRoom('rm-readable'));
    await app.engine.bucket.put(`pending/${'0'.repeat(64)}`, '{"half', { contentType: 'application/json' });
    expect((await pending()).map(({ roomId }) => roomId)).toContain('rm-readable');
    await app.engine.bucket.delete(`pending/${'0'.repeat(64)}`);
  });

  it('are the only rooms that can be asked for', async () => {
    await problemOf(await client.call('GET', '/rooms?state=finished'), 400);
  });
});
