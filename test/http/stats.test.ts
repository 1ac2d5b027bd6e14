/** Downloads over the API, as the real server counts them while it delivers. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ShowId } from '../../src/domain/ids.ts';
import { ShowSettings } from '../../src/domain/show.ts';
import type { OnServed } from '../../src/http/served-file.ts';
import { DownloadCounter } from '../../src/pipeline/download-counter.ts';
import type { DownloadStats } from '../../src/pipeline/download-stats.ts';
import { putShow } from '../../src/pipeline/shows.ts';
import { manifestKey } from '../../src/storage/object-keys.ts';
import { apiClient, problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { LENGTH_BYTES, SHOW, type StoredEpisode, storeEpisode } from '../support/downloads.ts';
import { eventually } from '../support/eventually.ts';

let app: TestApp;
/** How many answers delivery told of. */
let told = 0;
let counter: DownloadCounter;
let shows = 0;
let showId: ShowId;
let episode: StoredEpisode;
beforeAll(async () => {
  const onServed: OnServed = (served) => {
    counter.served(served);
    told++;
  };
  app = await startApp({ onServed });
});
afterAll(() => app?.close());
beforeEach(async () => {
  counter = new DownloadCounter(app.engine);
  showId = ShowId.parse(`show-${++shows}`);
  await putShow(showId, ShowSettings.parse({ title: 'A show' }), app.engine);
  episode = await storeEpisode(app.engine.bucket, shows, showId);
});

/** As a podcast app asks. The status, once delivery has told of the answer where it gave anything. */
async function ask(headers: Record<string, string>, method = 'GET'): Promise<number> {
  const path = episode.key.slice('public'.length);
  const before = told;
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: app.port, path, method, headers, agent: false },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end();
  });
  if (status === 200 || status === 206) await eventually('delivery tells of the answer', () => told > before);
  return status;
}

async function stats(query = ''): Promise<DownloadStats> {
  await counter.flush();
  const response = await apiClient(app.url).call('GET', `/shows/${showId}/stats${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as DownloadStats;
}
const overcast = { 'user-agent': 'Overcast/3.0' };

describe('what the server delivers', () => {
  it('is counted when a minute of it was sent, by app and episode, in UTC, with the method named', async () => {
    expect(await ask(overcast)).toBe(200);
    expect(await ask({ 'user-agent': 'gPodder/3.11' })).toBe(200);
    await ask({ 'user-agent': 'AntennaPod/3.4', range: 'bytes=100-399' });
    expect(await ask({ 'user-agent': 'AntennaPod/3.4', range: 'bytes=300-699' })).toBe(206);
    const answer = await stats();
    expect(answer).toMatchObject({ showId, timeZone: 'UTC', downloads: 3, uncounted: 0 });
    expect(answer.method.name).toContain('IAB');
    expect(answer.apps.map(({ app: name }) => name)).toEqual(['AntennaPod', 'Overcast', 'gPodder']);
    expect(answer.episodes).toEqual([
      { episodeId: episode.id, downloads: 3, title: episode.title, status: 'published' },
    ]);
    expect(answer.days).toHaveLength(30);
    expect(answer.days.at(-1)).toMatchObject({ day: answer.to, downloads: 3, isOpen: true });
  });

  it('is not counted for HEAD, probes, too short a part, 304, 416 and bots', async () => {
    expect(await ask(overcast, 'HEAD')).toBe(200);
    expect(await ask({ ...overcast, range: 'bytes=0-1' })).toBe(206);
    expect(await ask({ ...overcast, range: 'bytes=100-698' })).toBe(206);
    expect(await ask({ ...overcast, 'if-none-match': '*' })).toBe(304);
    expect(await ask({ ...overcast, range: `bytes=${LENGTH_BYTES}-` })).toBe(416);
    expect(await ask({ 'user-agent': 'Googlebot/2.1' })).toBe(200);
    expect(await ask({})).toBe(200);
    expect((await stats()).downloads).toBe(0);
  });
});

describe('the numbers', () => {
  it('of an erased episode stay, without its title', async () => {
    await ask(overcast);
    expect((await stats()).episodes[0]?.title).toBe(episode.title);
    const key = manifestKey(showId, episode.id);
    const manifest = JSON.parse(app.read(key).toString());
    const { audio: _, ...left } = { ...manifest, status: 'erased', title: '' };
    await app.engine.bucket.put(key, JSON.stringify(left), { contentType: 'application/json' });
    expect((await stats()).episodes).toEqual([{ episodeId: episode.id, downloads: 1, status: 'erased' }]);
  });

  it('may be asked for days and for one episode, and name only as many episodes as wanted', async () => {
    const second = await storeEpisode(app.engine.bucket, 1000 + shows, showId);
    await ask(overcast);
    await ask({ 'user-agent': 'gPodder/3.11' });
    episode = second;
    await ask(overcast);
    const today = (await stats()).to;
    expect((await stats(`?episode=${second.id}`)).downloads).toBe(1);
    const one = await stats('?limit=1');
    expect(one.episodes.map(({ downloads }) => downloads)).toEqual([2]);
    expect(one.otherEpisodes).toEqual({ episodes: 1, downloads: 1 });
    expect((await stats(`?from=${today}&to=${today}`)).days).toHaveLength(1);
    expect((await stats('?from=2020-01-01&to=2020-12-31')).downloads).toBe(0);
  });

  it.each([
    ['?from=yesterday', /from must be a day like 2026-11-22/],
    ['?from=2026-02-30', /from must be a day/],
    ['?from=2026-02-02&to=2026-02-01', /from=2026-02-02 comes after to=2026-02-01/],
    ['?from=1980-01-01&to=2026-01-01', /ask for 3660 at most/],
    ['?form=2026-01-01', /form/],
    ['?limit=0', /limit/],
    ['?episode=one', /episode/],
  ])('asked for with %s are refused in words', async (query, words) => {
    const problem = await problemOf(await apiClient(app.url).call('GET', `/shows/${showId}/stats${query}`), 400);
    expect(problem.code).toBe('invalid');
    expect(problem.detail).toMatch(words);
  });

  it('are for the bearer of the token alone, and of shows that are there', async () => {
    expect((await fetch(`${app.url}/api/shows/${showId}/stats`)).status).toBe(401);
    const problem = await problemOf(await apiClient(app.url).call('GET', '/shows/nobodys/stats'), 404);
    expect(problem.detail).toContain('nobodys');
    expect((await fetch(`${app.url}/stats/days/${SHOW}/2026-11-22.json`)).status).toBe(404);
  });
});
