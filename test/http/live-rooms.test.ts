/** room.scheduled, room.started and room.cancelled on a real server: what the feed announces, in whatever order they come. */
import { parseFeed as parseWithPartytime } from 'podcast-partytime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { episodeGuidFor, RoomId, roomHash, ShowId } from '../../src/domain/ids.ts';
import { eraseEpisode } from '../../src/pipeline/episodes.ts';
import { deriveFeed } from '../../src/pipeline/feed-stage.ts';
import { Sweeper } from '../../src/pipeline/sweep.ts';
import { feedKey, liveRoomsKey } from '../../src/storage/object-keys.ts';
import { problemOf } from '../support/api-client.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { Answer, api, sendWebhook } from '../support/room.ts';
import { smallRoom } from '../support/small-room.ts';

const NOW_MS = Date.now();
const at = (minutes: number) => new Date(NOW_MS + minutes * 60_000).toISOString();
const JOIN_URL = 'https://live.example.org/rooms/1?a=1&b=2';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

const live = (
  type: string,
  showId: string,
  changes: Record<string, unknown> = {},
  toldAt = at(type === 'room.started' ? -1 : -60),
) => ({
  type,
  timestamp: toldAt,
  data: {
    room: {
      id: `rm-live-${showId}`,
      showId,
      title: 'Album night <live>',
      joinUrl: JOIN_URL,
      ...(type === 'room.started' ? { startedAt: at(-1) } : { scheduledFor: at(60) }),
      ...changes,
    },
  },
});
const cancelled = (showId: string, toldAt: string) => ({
  type: 'room.cancelled',
  timestamp: toldAt,
  data: { room: { id: `rm-live-${showId}`, showId } },
});
const ended = (showId: string) =>
  smallRoom(`rm-live-${showId}`, (data) => {
    Object.assign(data.room, { showId });
  });
const send = async (event: unknown) => {
  const response = await sendWebhook(app.url, event);
  return { status: response.status, answer: Answer.parse(await response.json()).status };
};
const accepted = { status: 202, answer: 'accepted' };
const duplicate = { status: 200, answer: 'duplicate' };

const feedOf = async (showId: string) => {
  await deriveFeed(ShowId.parse(showId), app.engine);
  return app.read(feedKey(ShowId.parse(showId))).toString();
};
const itemsOf = async (showId: string) => parseWithPartytime(await feedOf(showId))?.podcastLiveItems ?? [];
const statusOf = async (showId: string) =>
  [...(await feedOf(showId)).matchAll(/<podcast:liveItem status="(\w+)"/g)].map((match) => match[1]);
const sweepAt = (minutes: number) =>
  new Sweeper({ ...app.engine, clock: { now: () => new Date(NOW_MS + minutes * 60_000) } }).sweep();

describe('a room that is announced', () => {
  it('is in the feed as pending, then live, then ended, under one GUID that is not its episode’s', async () => {
    const stream = { streamUrl: 'https://live.example.org/stream.mp3', endsAt: at(120), description: 'Q&A <b>' };
    expect(await send(live('room.scheduled', 'flow', stream))).toEqual(accepted);
    const guid = episodeGuidFor(ShowId.parse('flow'), RoomId.parse('rm-live-flow'));
    const [pending] = await itemsOf('flow');
    expect(pending).toMatchObject({
      status: 'pending',
      start: new Date(at(60)),
      end: new Date(at(120)),
      title: 'Album night <live>',
      // It decodes entities in CDATA too, which XML does not.
      description: '<p>Q&A <b></p>',
      enclosure: { url: 'https://live.example.org/stream.mp3', type: 'audio/mpeg' },
      alternativeEnclosures: [{ default: true, source: [{ uri: 'https://live.example.org/stream.mp3' }] }],
      contentLinks: [{ url: JOIN_URL, title: 'Album night <live>' }],
    });
    expect(await send(live('room.started', 'flow', stream))).toEqual(accepted);
    expect(await (await api(app.url, '/shows/flow/live')).json()).toEqual({
      rooms: [
        {
          ...{ roomId: 'rm-live-flow', guid: pending?.guid, status: 'live', title: 'Album night <live>' },
          ...{ description: stream.description, joinUrl: JOIN_URL, streamUrl: stream.streamUrl, endsAt: at(120) },
          ...{ scheduledFor: at(60), startedAt: at(-1) },
        },
      ],
    });
    await problemOf(await api(app.url, '/shows/nobody/live'), 404);
    const [now] = await itemsOf('flow');
    expect(now).toMatchObject({ status: 'live', start: new Date(at(-1)) });
    expect(await send(ended('flow'))).toEqual(accepted);
    const [over] = await itemsOf('flow');
    expect(over).toMatchObject({ status: 'ended' });
    const guids = [pending, now, over].map((item) => item?.guid);
    expect(new Set(guids).size).toBe(1);
    expect(guids[0]).not.toBe(guid);
  });

  it('has no enclosure where the platform gives no stream, but always a place to go', async () => {
    await send(live('room.scheduled', 'plain'));
    const xml = await feedOf('plain');
    const item = /<podcast:liveItem[\s\S]*<\/podcast:liveItem>/.exec(xml)?.[0] ?? '';
    expect(item).not.toMatch(/<enclosure|alternateEnclosure/);
    expect(item).toMatch(/<podcast:contentLink href="https:\/\/live\.example\.org\/rooms\/1\?a=1&amp;b=2">/);
  });

  it('needs no show: one is created with defaults', async () => {
    expect(await send(live('room.started', 'unknown-show'))).toEqual(accepted);
    expect(app.keys('shows/unknown-show/')).toContain('shows/unknown-show/show.json');
  });

  it('is announced once, however often the event comes, and not anew by an older one', async () => {
    const first = live('room.scheduled', 'again', {}, at(-60));
    const moved = live('room.scheduled', 'again', { scheduledFor: at(90) }, at(-30));
    expect([await send(first), await send(first), await send(moved), await send(first), await send(moved)]).toEqual([
      accepted,
      duplicate,
      accepted,
      duplicate,
      duplicate,
    ]);
    expect(
      [...(await feedOf('again')).matchAll(/<podcast:liveItem [^>]*start="([^"]+)"/g)].map(([, start]) => start),
    ).toEqual([at(90)]);
  });

  it('goes when it is cancelled, and comes back when it is announced anew', async () => {
    await send(live('room.scheduled', 'off', {}, at(-60)));
    expect(await send(cancelled('off', at(-30)))).toEqual(accepted);
    expect(await statusOf('off')).toEqual([]);
    expect(await send(live('room.scheduled', 'off', {}, at(-60)))).toEqual(duplicate);
    expect(await statusOf('off')).toEqual([]);
    expect(await send(live('room.scheduled', 'off', {}, at(-10)))).toEqual(accepted);
    expect(await statusOf('off')).toEqual(['pending']);
  });

  it('is ended for ever by room.ended, in any order', async () => {
    const events = (showId: string) => [live('room.scheduled', showId), live('room.started', showId), ended(showId)];
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const [number, order] of orders.entries()) {
      const showId = `order-${number}`;
      for (const index of [...order, ...order]) await sendWebhook(app.url, events(showId)[index]);
      const statuses = await statusOf(showId);
      expect([order, statuses.filter((status) => status !== 'ended')]).toEqual([order, []]);
    }
  });

  it('never takes the feed back: its generation grows with every change, and the last stays after all are gone', async () => {
    const generations: number[] = [];
    const note = async () =>
      generations.push(Number(/<aftershow:generation[^>]*>(\d+)</.exec(await feedOf('grows'))?.[1]));
    await send(live('room.scheduled', 'grows'));
    await note();
    await send(live('room.started', 'grows'));
    await note();
    await send(cancelled('grows', at(0)));
    await note();
    await sweepAt(60 * 24 * 30);
    await note();
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
    expect(new Set(generations).size).toBe(4);
    expect(await statusOf('grows')).toEqual([]);
    expect(app.keys('on-air/grows')).toEqual([]);
  });
});

describe('sweep', () => {
  it('takes back what never began and calls over what nobody ended, and the feed says so without a queue', async () => {
    await send(live('room.scheduled', 'no-show'));
    await send(live('room.started', 'endless', { endsAt: at(30) }));
    await sweepAt(60 + 119);
    expect([await statusOf('no-show'), await statusOf('endless')]).toEqual([['pending'], ['live']]);
    await sweepAt(30 + 361);
    const written = (showId: string) => app.read(feedKey(ShowId.parse(showId))).toString();
    expect(written('no-show')).not.toContain('liveItem');
    expect(written('endless')).toContain('<podcast:liveItem status="ended"');
    await sweepAt(30 + 361 + 24 * 60);
    await sweepAt(30 + 361 + 24 * 60);
    expect(await statusOf('endless')).toEqual([]);
    expect(app.keys('on-air/').filter((key) => key.includes('no-show') || key.includes('endless'))).toEqual([]);
  });

  it('finds that a room has ended where whoever took the end in went away', async () => {
    await send(live('room.started', 'unseen'));
    const before = app.read(liveRoomsKey(ShowId.parse('unseen')));
    await send(ended('unseen'));
    await app.engine.bucket.put(liveRoomsKey(ShowId.parse('unseen')), before, { contentType: 'application/json' });
    await sweepAt(0);
    expect(await statusOf('unseen')).toEqual(['ended']);
  });
});

it('an erased room stays erased, its words are gone, and no event brings them back', async () => {
  const title = 'A name that must go';
  await send(live('room.started', 'erased', { title }));
  await send(ended('erased'));
  const [key = ''] = app.keys('shows/erased/episodes/');
  const episodeId = key.replace(/^.*\/(ep-[0-9a-f]+)\.json$/, '$1') as Parameters<typeof eraseEpisode>[1];
  await eraseEpisode(ShowId.parse('erased'), episodeId, app.engine);
  expect(app.keysHolding(title)).toEqual([]);
  expect(await send(live('room.started', 'erased', { title }, at(0)))).toEqual(duplicate);
  expect(app.keysHolding(title)).toEqual([]);
});

it('a room that ended in another show is a conflict', async () => {
  await send(ended('here'));
  const event = live('room.started', 'there', { id: 'rm-live-here' });
  expect((await problemOf(await sendWebhook(app.url, event), 409)).code).toBe('room-differs');
  expect(app.keys(`shows/there/`)).toEqual([]);
  expect(app.keys().some((name) => name.includes(roomHash(RoomId.parse('rm-live-there'))))).toBe(false);
});

describe('an event that does not fit answers 400', () => {
  const good = live('room.started', 'bad');
  const withRoom = (changes: Record<string, unknown>) => ({
    ...good,
    data: { room: { ...good.data.room, ...changes } },
  });
  it.each<[string, unknown, string]>([
    ['without a timestamp', { ...good, timestamp: undefined }, 'timestamp'],
    ['with nothing for a place', withRoom({ joinUrl: null }), 'data.room.joinUrl'],
    ['with a script for a place', withRoom({ joinUrl: 'javascript:alert(1)' }), 'data.room.joinUrl'],
    ['with a stream that is no web address', withRoom({ streamUrl: 'file:///etc/passwd' }), 'data.room.streamUrl'],
    ['with an end before its start', withRoom({ endsAt: at(-30) }), 'data.room.endsAt'],
    ['centuries ahead', withRoom({ startedAt: '2226-01-01T00:00:00Z' }), 'data.room.startedAt'],
    ['without a title', withRoom({ title: ' ' }), 'data.room.title'],
    ['of a show that cannot be', withRoom({ showId: '../x' }), 'data.room.showId'],
    [
      'that cancels nothing',
      { ...good, type: 'room.cancelled', data: { room: { id: '', showId: 'bad' } } },
      'data.room.id',
    ],
  ])('%s', async (_, event, path) => {
    const { issues } = await problemOf(await sendWebhook(app.url, event), 400);
    expect(issues?.map((issue) => issue.path)).toContain(path);
    expect(app.keys('shows/bad/')).toEqual([]);
  });
});

it('an event of these names in another shape is not for us, and the answer says why', async () => {
  const before = app.keys();
  for (const type of ['room.scheduled', 'room.started', 'room.cancelled']) {
    const response = await sendWebhook(app.url, { type, data: { roomId: 'rm-1', host: 'Ana' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ignored', type, reason: expect.stringMatching(/data\.room/) });
  }
  expect(app.keys()).toEqual(before);
});
