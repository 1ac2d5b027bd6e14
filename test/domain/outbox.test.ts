/** What is written down to be told, by which change, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { Manifest } from '../../src/domain/episode.ts';
import { changed } from '../../src/domain/episode-life.ts';
import { ParticipantId, roomHash } from '../../src/domain/ids.ts';
import { newManifest } from '../../src/domain/new-episode.ts';
import {
  attemptBegan,
  attemptEnded,
  episodeIdOfMessage,
  firstOwed,
  givenUp,
  isDue,
  isOverdue,
  pauseMs,
  sentAgain,
  withNews,
} from '../../src/domain/outbox.ts';
import { AcceptedRoom } from '../../src/domain/room.ts';

const START_MS = Date.parse('2026-11-22T20:30:00.000Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1000);
const DAY = 24 * 3600;

const accepted = AcceptedRoom.parse({
  room: { id: 'rm-1', showId: 'show', title: 'A room', startedAt: at(-60).toISOString(), endedAt: at(0).toISOString() },
  participants: [{ id: 'p1', name: 'Ana' }, { id: 'p2' }],
  tracks: [{ participantId: 'p1', key: 'a.ogg', startedAt: at(-60).toISOString() }],
  ...{ markers: [], edit: {} },
});
const first = newManifest(accepted, {
  ...{ roomHash: roomHash(accepted.room.id), now: at(0), trackDeadlineSeconds: 600 },
  defaultMode: { mode: 'auto' },
});
let clock = 0;
/** A change as every change of a manifest is made. */
function step(before: Manifest, fields: Partial<Manifest> & { failure?: Manifest['failure'] | undefined }): Manifest {
  return withNews(before, changed(before, at(++clock), 'pipeline', 'a step', fields));
}
const typesOf = ({ outbox }: Manifest) => outbox.map(({ type }) => type);
const failure = { code: 'all-silent', message: 'Nothing can be heard.' };
const audio = {
  ...{ key: 'public/shows/show/a.mp3', contentType: 'audio/mpeg', lengthBytes: 10 },
  ...{ durationSeconds: 1, integratedLufs: -16, truePeakDbtp: -1 },
};
const published = step(first, { status: 'published', audio, publishedRequest: 1 });

describe('what is told of an episode', () => {
  it('is that it was published, with its audio, and by an id of its own', () => {
    expect(published.outbox).toHaveLength(1);
    expect(published.outbox[0]).toMatchObject({ type: 'episode.published', status: 'published', audio, attempts: 0 });
    expect(published.outbox[0]?.since).toBe(published.updatedAt);
    expect(episodeIdOfMessage(published.outbox[0]?.id ?? '')).toBe(first.id);
  });

  it('is each of publish, update, failure, withdrawal and erasure once, each under another id', () => {
    let now = step(published, { title: 'Another', publishRequest: 2 });
    expect(typesOf(now)).toEqual(['episode.published']);
    now = step(now, { publishedRequest: 2 });
    now = step(now, { failure });
    now = step(now, { title: 'While it is failed' });
    now = step(now, { failure: undefined });
    now = step(now, { failure });
    now = step(now, { status: 'unpublished' });
    now = step(now, { status: 'erased', participants: [] });
    expect(typesOf(now)).toEqual([
      ...['episode.published', 'episode.updated', 'episode.failed', 'episode.failed'],
      ...['episode.removed', 'episode.removed'],
    ]);
    expect(new Set(now.outbox.map(({ id }) => id)).size).toBe(6);
    expect(now.outbox.map(({ status }) => status).slice(-2)).toEqual(['unpublished', 'erased']);
    expect(now.outbox[0]).toEqual(published.outbox[0]);
  });

  it('is nothing while a first audio is made, kept as a draft or scheduled', () => {
    for (const status of ['rendering', 'draft', 'scheduled', 'waiting-for-tracks'] as const) {
      expect(step(first, { status }).outbox).toEqual([]);
    }
  });

  it('keeps no words about a failure once somebody has left, or all was erased', () => {
    const failed = step(first, { status: 'failed', failure: { code: 'track-rejected', message: 'Ana: ana.ogg' } });
    const without = step(failed, { participants: [{ id: ParticipantId.parse('p2'), role: 'guest', consent: true }] });
    const erased = step(failed, { status: 'erased', failure: undefined });
    for (const { outbox } of [without, erased]) {
      expect(JSON.stringify(outbox)).not.toContain('Ana');
      expect(outbox[0]?.failure?.code).toBe('track-rejected');
    }
  });

  it('does not count as a change: the version stays, and older records are read', () => {
    const [message] = published.outbox;
    if (!message) throw new Error('there is a message');
    const tried = attemptBegan(published, message, at(100), true);
    expect(tried?.version).toBe(published.version);
    const old = { ...published, outbox: [{ id: 'm', type: 'episode.published', since: at(0).toISOString() }] };
    expect(Manifest.parse(old).outbox[0]).toMatchObject({ id: 'm', attempts: 0 });
  });
});

describe('a message', () => {
  const [message] = published.outbox;
  if (!message) throw new Error('there is a message');
  const begun = (manifest: Manifest) => {
    const owed = firstOwed(manifest);
    const next = owed && attemptBegan(manifest, owed, at(20), true);
    if (!next) throw new Error('nothing is owed');
    return next;
  };
  const refused = { isTaken: false, words: 'answered 500', nextAt: at(50) };
  const taken = { isTaken: true, words: 'answered 204', nextAt: at(50) };

  it('is tried by one at a time, and again after its pause', () => {
    const trying = begun(published);
    expect(attemptBegan(trying, message, at(30), true)).toBeUndefined();
    expect(isDue(trying.outbox[0] ?? message, at(19))).toBe(false);
    expect(isDue(trying.outbox[0] ?? message, at(20))).toBe(true);
    const waiting = attemptEnded(trying, { id: message.id, attempts: 1 }, refused, at(2));
    expect(waiting?.outbox[0]).toMatchObject({ attempts: 1, lastAnswer: 'answered 500', nextAt: at(50).toISOString() });
  });

  it('that was taken after all counts as told, also when another try has begun since', () => {
    const second = begun(begun(published));
    expect(attemptEnded(second, { id: message.id, attempts: 1 }, refused, at(2))).toBeUndefined();
    const told = attemptEnded(second, { id: message.id, attempts: 1 }, taken, at(2));
    expect(told?.outbox[0]).toMatchObject({ deliveredAt: at(2).toISOString() });
    expect(told && firstOwed(told)).toBeUndefined();
    expect(told && attemptEnded(told, { id: message.id, attempts: 2 }, refused, at(3))).toBeUndefined();
  });

  it('is given up after a day, not before, and the next one gets its turn', () => {
    const both = step(published, { publishedRequest: 2 });
    expect(firstOwed(both)?.type).toBe('episode.published');
    const early = new Date(Date.parse(message.since) + DAY * 1000 - 1);
    const late = new Date(Date.parse(message.since) + DAY * 1000);
    expect(isOverdue(message, early)).toBe(false);
    expect(givenUp(both, message.id, early)).toBeUndefined();
    const over = givenUp(both, message.id, late);
    expect(over?.outbox[0]?.givenUpAt).toBe(late.toISOString());
    expect(over && firstOwed(over)?.type).toBe('episode.updated');
  });

  it('that is sent again has a day of its own, under the same id', () => {
    const late = at(2 * DAY);
    const over = givenUp(published, message.id, late);
    const again = over && sentAgain(over, message.id, late);
    expect(again && firstOwed(again)).toMatchObject({ id: message.id, owedSince: late.toISOString() });
    expect(again?.outbox[0]?.givenUpAt).toBeUndefined();
    expect(again?.outbox[0] && isOverdue(again.outbox[0], at(2 * DAY + 3600))).toBe(false);
    expect(sentAgain(published, 'msg_unknown', late)).toBeUndefined();
  });

  it('is one of a bounded number: what was told goes first, what is owed stays', () => {
    let now = published;
    for (let count = 0; count < 40; count++) {
      const trying = begun(now);
      const owed = firstOwed(trying);
      now = (owed && attemptEnded(trying, owed, taken, at(2))) ?? now;
      now = step(now, { publishedRequest: now.publishedRequest + 1 });
    }
    expect(now.outbox.length).toBe(21);
    expect(firstOwed(now)).toBe(now.outbox.at(-1));
    for (let count = 0; count < 200; count++) now = step(now, { publishedRequest: now.publishedRequest + 1 });
    now = step(now, { status: 'unpublished' });
    expect(now.outbox.length).toBe(100);
    expect(now.outbox.at(-1)?.type).toBe('episode.removed');
  });

  it('waits ever longer, never more than an hour, never at the same time as all others', () => {
    expect([1, 2, 3, 11, 500].map((attempts) => pauseMs(attempts, 1))).toEqual([
      ...[5_000, 10_000, 20_000, 3_600_000, 3_600_000],
    ]);
    expect(pauseMs(1, 0)).toBe(2_500);
    let waited = 0;
    let tries = 0;
    while (waited < DAY * 1000) waited += pauseMs(++tries, 0.5);
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(60);
  });
});
