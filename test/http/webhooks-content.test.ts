/** What a signed body may hold: 400 with the place of every mistake, ids as hostile as they like, late tracks in any order. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { api, sendWebhook } from '../support/room.ts';
import { smallRoom, tracksAddedEvent } from '../support/small-room.ts';
import { signedHeaders, TEST_SECRET } from '../support/webhook.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

const send = (event: unknown) => sendWebhook(app.url, event);
const postSigned = (body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${app.url}/webhooks/room-ended`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...signedHeaders(body, TEST_SECRET) },
    body,
  });

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly issues?: readonly { path: string; message: string }[];
}

describe('a signed body that is not acceptable JSON', () => {
  const valid = JSON.stringify(smallRoom('rm-json'));
  it.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['an empty body', ''],
    ['no JSON', 'room=1'],
    ['JSON with something behind it', `${valid} {}`],
    ['half of it', valid.slice(0, -20)],
    ['a key that stands twice', valid.replace('"type"', '"type":"x","type"')],
    ['a key that stands twice, once escaped', valid.replace('"type"', '"\\u0074ype":"x","type"')],
    ['__proto__', valid.replace('{"id"', '{"__proto__":{"x":1},"id"')],
    ['10,000 arrays in each other', `{"type":"room.ended","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['200,000 arrays in each other', `{"type":"room.ended","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['broken UTF-8', Buffer.concat([Buffer.from(valid.slice(0, -3)), Buffer.from([0xc3, 0x28])])],
    ['a byte order mark', `\uFEFF${valid}`],
  ])('answers 400 to %s', async (_, body) => {
    const before = app.keys();
    const response = await postSigned(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(((await response.json()) as Problem).code).toBe('not-json');
    expect(app.keys()).toEqual(before);
  });
});

type Data = ReturnType<typeof smallRoom>['data'];
const track = (fields: Record<string, unknown>) => (data: Data) => {
  Object.assign(data.tracks[0] ?? {}, fields);
};
const room = (fields: Record<string, unknown>) => (data: Data) => {
  Object.assign(data.room, fields);
};

describe('an event that does not fit its schema', () => {
  it.each<[string, (data: Data) => void, string]>([
    ['an empty room id', room({ id: '' }), 'data.room.id'],
    ['a room id that is a number', room({ id: 42 }), 'data.room.id'],
    ['a room id of 257 bytes', room({ id: `${'é'.repeat(128)}x` }), 'data.room.id'],
    ['a room id with NUL', room({ id: 'a\0b' }), 'data.room.id'],
    ['a room id with a line break', room({ id: 'a\nb' }), 'data.room.id'],
    ['a room id with half a surrogate pair', room({ id: 'a\ud800' }), 'data.room.id'],
    ['a show id in capitals', room({ showId: 'Late' }), 'data.room.showId'],
    ['a show id that climbs', room({ showId: '..' }), 'data.room.showId'],
    ['a show id of 65', room({ showId: 'a'.repeat(65) }), 'data.room.showId'],
    ['a show id with a line break at its end', room({ showId: 'late\n' }), 'data.room.showId'],
    ['no title', room({ title: ' ' }), 'data.room.title'],
    ['a time without a zone', room({ startedAt: '2026-11-22T19:30:00' }), 'data.room.startedAt'],
    ['an end before the start', room({ endedAt: '2020-01-01T00:00:00Z' }), 'data.room.endedAt'],
    ['an absolute track key', track({ key: '/etc/passwd' }), 'data.tracks[0].key'],
    ['a track key that climbs', track({ key: 'rooms/../../secrets.json' }), 'data.tracks[0].key'],
    ['a track key with NUL', track({ key: 'rooms/a\0.ogg' }), 'data.tracks[0].key'],
    ['a track key with a scheme', track({ key: 'file:///etc/passwd' }), 'data.tracks[0].key'],
    ['a track key with backslashes', track({ key: 'rooms\\..\\x' }), 'data.tracks[0].key'],
    ['a track of nobody', track({ participantId: 'p7' }), 'data.tracks[0].participantId'],
    ['a track of no length', track({ durationSeconds: -1 }), 'data.tracks[0].durationSeconds'],
    ['a track of no kind', track({ kind: 'noise' }), 'data.tracks[0].kind'],
    ['no tracks', (data) => data.tracks.splice(0), 'data.tracks'],
    ['no participants', (data) => data.participants.splice(0), 'data.participants'],
    ['a schedule without a time', (data) => Object.assign(data, { publish: { mode: 'scheduled' } }), 'data.publish.at'],
    ['an unknown way to publish', (data) => Object.assign(data, { publish: { mode: 'later' } }), 'data.publish.mode'],
    ['an edit that leaves nothing', (data) => Object.assign(data, { edit: { trimEndSeconds: 9 } }), 'data.edit'],
  ])('answers 400 to %s and names the place', async (_, change, path) => {
    const before = app.keys();
    const response = await send(smallRoom('rm-misfit', change));
    expect(response.status).toBe(400);
    const body = (await response.json()) as Problem;
    expect(body.code).toBe('invalid');
    expect(body.issues?.map((issue) => issue.path)).toContain(path);
    expect(app.keys()).toEqual(before);
  });

  it('names every mistake at once', async () => {
    const response = await send(
      smallRoom('rm-misfit', (data) => {
        room({ title: '', showId: 'A' })(data);
        track({ key: '/x' })(data);
      }),
    );
    const { issues } = (await response.json()) as Problem;
    const paths = new Set(issues?.map(({ path }) => path));
    expect([...paths].sort()).toEqual(['data.room.showId', 'data.room.title', 'data.tracks[0].key']);
  });

  it('cuts a title of nearly a megabyte instead of refusing it', async () => {
    const response = await send(smallRoom('rm-long-title', room({ title: 'la '.repeat(300_000) })));
    expect(response.status).toBe(202);
    const { episodeId } = (await response.json()) as { episodeId: string };
    const manifest = JSON.parse(app.read(`shows/late-table/episodes/${episodeId}.json`).toString());
    expect(Buffer.byteLength(manifest.title)).toBeLessThanOrEqual(512);
  });
});

describe('room ids', () => {
  it.each([
    '..',
    '../../x',
    '-rf',
    'http:x',
    'a:b',
    '12345',
    '🎙️🎶',
    'x'.repeat(256),
    'a b',
    '%2e%2e',
    'rm/1',
    '"\'`$(x)',
  ])('may be %s: it is hashed before it becomes a key', async (id) => {
    const response = await send(smallRoom(id));
    expect(response.status).toBe(202);
    const answer = (await response.json()) as { roomId: string; episodeId: string };
    expect(answer.roomId).toBe(id);
    const episode = await api(app.url, `/shows/late-table/episodes/${answer.episodeId}`);
    expect(await episode.json()).toMatchObject({ roomId: id });
    for (const key of app.keys()) {
      expect(key).toMatch(/^(intake\/[0-9a-f]{64}\/\d{6}\.json|pending\/[0-9a-f]{64}|shows\/[a-z0-9/-]+\.json)$/);
    }
  });

  it('are the same room composed or decomposed', async () => {
    const startedAt = new Date();
    const composed = await send(smallRoom('caf\u00e9', undefined, startedAt));
    expect(composed.status).toBe(202);
    const decomposed = await send(smallRoom('cafe\u0301', undefined, startedAt));
    expect(decomposed.status).toBe(200);
    expect(await decomposed.json()).toEqual({ ...((await composed.json()) as object), status: 'duplicate' });
  });
});

describe('room.tracks-added', () => {
  const tracksOf = async (episodeId: string) => {
    const response = await api(app.url, `/shows/late-table/episodes/${episodeId}`);
    return ((await response.json()) as { tracks: { key: string }[] }).tracks.map(({ key }) => key);
  };
  const own = ['rooms/small/p1.wav', 'rooms/small/p2.wav'];

  it.each([
    ['after its room', ['room', 'added', 'added']],
    ['before its room', ['added', 'added', 'room']],
    ['on both sides of its room', ['added', 'room', 'added']],
  ])('adds its tracks once when it comes %s', async (name, order) => {
    const id = `rm-added ${name}`;
    const event = smallRoom(id);
    const answers = [];
    let episodeId = '';
    for (const kind of order) {
      const response = await send(kind === 'room' ? event : tracksAddedEvent(id, ['rooms/small/p1-2.wav']));
      const answer = (await response.json()) as { status: string; episodeId: string };
      answers.push(`${kind} ${response.status} ${answer.status}`);
      episodeId = answer.episodeId;
    }
    expect(answers.filter((answer) => answer === 'room 202 accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'added 202 accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'added 200 duplicate')).toHaveLength(1);
    expect(await tracksOf(episodeId)).toEqual([...own, 'rooms/small/p1-2.wav']);
  });

  it('leaves out tracks of people without consent or unknown, whichever event comes first', async () => {
    const withheld = (id: string) =>
      smallRoom(id, ({ participants }) => void participants.push({ id: 'p9', name: 'Petra', consent: false }));
    const { episodeId: after } = (await (await send(withheld('rm-late-1'))).json()) as { episodeId: string };
    await send(tracksAddedEvent('rm-late-1', ['rooms/small/p9.wav'], 'p9'));
    await send(tracksAddedEvent('rm-late-1', ['rooms/small/p8.wav'], 'p8'));
    await send(tracksAddedEvent('rm-late-2', ['rooms/small/p9.wav'], 'p9'));
    const { episodeId: before } = (await (await send(withheld('rm-late-2'))).json()) as { episodeId: string };
    expect(await tracksOf(after)).toEqual(own);
    expect(await tracksOf(before)).toEqual(own);
  });

  it('answers 409 when it names another show than its room did', async () => {
    await send(smallRoom('rm-whose'));
    const response = await send(tracksAddedEvent('rm-whose', ['rooms/small/p1-2.wav'], 'p1', 'another-show'));
    expect(response.status).toBe(409);
  });

  it('is listed as pending, with why, until its room comes', async () => {
    await send(tracksAddedEvent('rm-early', ['rooms/small/p1-2.wav']));
    const rooms = async () => {
      const response = await api(app.url, '/rooms?state=pending');
      return ((await response.json()) as { rooms: { roomId: string; why: string }[] }).rooms;
    };
    expect((await rooms()).find(({ roomId }) => roomId === 'rm-early')?.why).toMatch(/room\.ended/);
    await send(smallRoom('rm-early'));
    expect((await rooms()).find(({ roomId }) => roomId === 'rm-early')?.why).toMatch(/tracks/);
  });
});
