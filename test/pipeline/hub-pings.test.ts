/** What a show's WebSub hub hears of its feed, and what the feed says of its hub. */
import { parseFeed } from 'feedsmith';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/adapters/outgoing/post.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { hubElements, linkHeader } from '../../src/feed/feed-links.ts';
import type { Delivery } from '../../src/pipeline/deliveries.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { owePing } from '../../src/pipeline/hub-pings.ts';
import { pingHub } from '../../src/pipeline/ping-hub.ts';
import { setHub } from '../../src/pipeline/show-hub.ts';
import { readShow } from '../../src/pipeline/shows.ts';
import { type ApiClient, apiClient, pathOf } from '../support/api-client.ts';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.ts';
import { creator } from '../support/creator.ts';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver, status } from '../support/receiver.ts';
import { dropSmallTracks } from '../support/small-room.ts';

let hub: Receiver;
let app: TestApp;
let client: ApiClient;
let clockAheadMs = 0;
const { published } = creator(() => app);

beforeAll(async () => {
  hub = await startReceiver();
  app = await startApp({
    workers: true,
    replace: () => ({
      hubUrl: `${hub.url}/hub`,
      post: createPost([hub.url]),
      clock: { now: () => new Date(Date.now() + clockAheadMs) },
    }),
  });
  client = apiClient(app.url);
  dropSmallTracks(app.objects);
});
afterAll(async () => {
  await app?.close();
  await hub?.close();
});
beforeEach(() => {
  hub.answer = status(204);
  clockAheadMs = 0;
});

const topicOf = (showId: string) => `${PUBLIC_URL}/shows/${showId}/feed.xml`;
const pingsFor = (showId: string) =>
  hub.received.filter(({ body }) => body.includes(encodeURIComponent(topicOf(showId))));
const hubDelivery = async (showId: string) => {
  const { deliveries } = (await (await client.call('GET', `/shows/${showId}/deliveries`)).json()) as {
    deliveries: Delivery[];
  };
  return deliveries.find(({ id }) => id === 'hub');
};
const settled = (showId: string) =>
  eventually(`the hub knows of ${showId}`, async () => (await hubDelivery(showId))?.state === 'delivered');

describe('a hub', () => {
  it('is told of each change once the feed has it, in the form that hubs read', async () => {
    const feeds: string[] = [];
    hub.answer = async ({ body }, response) => {
      const topic = new URLSearchParams(body).get('hub.topic') ?? '';
      feeds.push(await (await fetch(topic.replace(PUBLIC_URL, app.url))).text());
      response.writeHead(202).end();
    };
    const { ids, episode } = await published('told');
    await settled('told');
    expect(feeds.at(-1)).toContain(episode.guid);
    await client.call('POST', `${pathOf(ids)}/unpublish`);
    await eventually('the hub has seen it gone', () => feeds.length > 0 && !feeds.at(-1)?.includes(episode.guid));
    const [ping] = pingsFor('told');
    expect(ping?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(ping?.body))).toEqual({
      ...{ 'hub.mode': 'publish', 'hub.topic': topicOf('told'), 'hub.url': topicOf('told') },
    });
  });

  it('hears nothing where nothing changed', async () => {
    await published('quiet');
    await settled('quiet');
    // A feed job that is still under way finds nothing to write.
    await eventually('it rests', async () => (await deriveFeed(ShowId.parse('quiet'), app.engine)) === 'unchanged');
    await settled('quiet');
    const before = pingsFor('quiet').length;
    await deriveFeed(ShowId.parse('quiet'), app.engine);
    await pingHub(ShowId.parse('quiet'), new AbortController().signal, app.engine);
    expect(pingsFor('quiet').length).toBe(before);
  });

  it('that is down is told when it is back, found by sweep alone where the queue knows of nothing', async () => {
    hub.answer = status(500);
    await published('later');
    const failed = await eventually('it was tried', async () => {
      const delivery = await hubDelivery('later');
      return delivery?.lastAnswer ? delivery : undefined;
    });
    expect(failed).toMatchObject({ state: 'owed', to: hub.url, lastAnswer: 'answered 500 Internal Server Error' });
    hub.answer = status(204);
    clockAheadMs = 2 * 3600 * 1000;
    await settled('later');
  });

  it('is given up after a day, and told when somebody asks for it', async () => {
    hub.answer = status(500);
    await published('given-up');
    await eventually('it was tried', async () => (await hubDelivery('given-up'))?.lastAnswer);
    clockAheadMs = 25 * 3600 * 1000;
    await eventually('it is given up', async () => (await hubDelivery('given-up'))?.state === 'given-up');
    hub.answer = status(204);
    const response = await client.call('POST', '/shows/given-up/deliveries/hub/resend');
    expect(response.status).toBe(202);
    await settled('given-up');
  });

  it('is never told before the change: who pings derives the feed first, however long its writer takes', async () => {
    const { episode } = await published('overtaken');
    await settled('overtaken');
    const show = ShowId.parse('overtaken');
    const before = pingsFor('overtaken').length;
    let seen = '';
    hub.answer = (_, response) => {
      seen = app.read('public/shows/overtaken/feed.xml').toString();
      response.writeHead(204).end();
    };
    // A writer that owes the ping and is stopped right there, before its feed is stored.
    await app.engine.bucket.delete('public/shows/overtaken/feed.xml');
    await owePing(show, app.engine);
    await pingHub(show, new AbortController().signal, app.engine);
    await eventually('the hub hears', () => pingsFor('overtaken').length > before);
    expect(seen).toContain(episode.guid);
  });
});

describe('the feed', () => {
  it('names its hub, in the channel and in the Link header, also of a 304', async () => {
    await published('named');
    const response = await fetch(`${app.url}/shows/named/feed.xml`);
    const { feed } = parseFeed(await response.text()) as {
      feed: { atom?: { links?: { href: string; rel?: string }[] } };
    };
    expect(feed.atom?.links).toEqual(
      expect.arrayContaining([expect.objectContaining({ rel: 'hub', href: `${hub.url}/hub` })]),
    );
    const link = `<${hub.url}/hub>; rel="hub", <${topicOf('named')}>; rel="self"`;
    expect(response.headers.get('link')).toBe(link);
    const again = await fetch(`${app.url}/shows/named/feed.xml`, {
      headers: { 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    expect(again.headers.get('link')).toBe(link);
  });

  it('keeps the hub that the show has, whatever the settings of who derives it', async () => {
    await published('settled');
    const show = ShowId.parse('settled');
    const before = app.read('public/shows/settled/feed.xml').toString();
    for (const hubUrl of [undefined, 'https://other.example.org/hub']) {
      expect(await deriveFeed(show, { ...app.engine, hubUrl })).toBe('unchanged');
    }
    expect(app.read('public/shows/settled/feed.xml').toString()).toBe(before);
    await setHub(show, '', app.engine);
    await deriveFeed(show, app.engine);
    const without = await fetch(`${app.url}/shows/settled/feed.xml`);
    expect(await without.text()).not.toContain('rel="hub"');
    expect(without.headers.get('link')).toBeNull();
  });

  it('of a private show names none, and no hub is told where it is', async () => {
    const show = ShowId.parse('named');
    const known = await readShow(app.engine.bucket, show);
    if (!known) throw new Error('the show is there');
    const secluded = { ...known, private: true };
    expect([...hubElements(secluded)]).toEqual([]);
    expect(linkHeader(secluded)).toBeUndefined();
    expect([...hubElements(known)]).toHaveLength(1);
  });
});
