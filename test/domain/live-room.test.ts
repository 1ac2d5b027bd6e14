/** What is known of a room without a recording, whatever the order of what was told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoomId, roomHash, ShowId, sha256 } from '../../src/domain/ids.ts';
import {
  afterTime,
  type LiveNews,
  type LiveRoom,
  newLiveRoom,
  type Statement,
  statusOf,
  withNews,
  wordsOf,
} from '../../src/domain/live-room.ts';

const SHOW = ShowId.parse('late-table');
const ROOM = RoomId.parse('rm-live');
const fresh = () => newLiveRoom(SHOW, ROOM, roomHash(ROOM));
const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 10, 22, hour, minute)).toISOString();
const hours = (iso: string, more: number) => new Date(Date.parse(iso) + more * 3_600_000);

function statement(toldAt: string, changes: Partial<Statement> = {}): Statement {
  return {
    title: 'Album night',
    joinUrl: 'https://live.example.org/rm',
    at: at(20),
    toldAt,
    digest: sha256(`${toldAt}${JSON.stringify(changes)}`),
    ...changes,
  };
}
const scheduled = (toldAt: string, changes: Partial<Statement> = {}): LiveNews => ({
  kind: 'scheduled',
  statement: statement(toldAt, changes),
});
const started = (toldAt: string, changes: Partial<Statement> = {}): LiveNews => ({
  kind: 'started',
  statement: statement(toldAt, { at: at(20, 5), ...changes }),
});
const cancelled = (toldAt: string): LiveNews => ({ kind: 'cancelled', told: { toldAt, digest: sha256(toldAt) } });
const told = (...news: LiveNews[]) => news.reduce(withNews, fresh());

describe('a room', () => {
  it('is pending when it is scheduled, live when it began, ended when it ended, and never goes back', () => {
    expect(statusOf(fresh())).toBe('off');
    const pending = told(scheduled(at(10)));
    expect(statusOf(pending)).toBe('pending');
    const live = withNews(pending, started(at(20, 5)));
    expect(statusOf(live)).toBe('live');
    expect(statusOf(withNews(live, scheduled(at(21), { title: 'Renamed' })))).toBe('live');
    const over = { ...live, endedAt: at(22) };
    expect(statusOf(withNews(over, started(at(23))))).toBe('ended');
  });

  it('is scheduled anew by the later announcement, and by no repeated older one', () => {
    const first = scheduled(at(10), { description: 'With guests' });
    const moved = told(first, scheduled(at(11), { at: at(21), title: 'Moved' }), first);
    expect(wordsOf(moved)).toMatchObject({ title: 'Moved', at: at(21) });
    expect(wordsOf(moved)?.description).toBeUndefined();
    expect(withNews(moved, first)).toBe(moved);
  });

  it('keeps what was announced and not said again when it began', () => {
    const words = wordsOf(told(scheduled(at(10), { description: 'With guests', endsAt: at(22) }), started(at(20, 5))));
    expect(words).toMatchObject({ description: 'With guests', endsAt: at(22), at: at(20, 5) });
  });

  it('is announced no more once it is cancelled, until it is announced anew', () => {
    const off = told(scheduled(at(10)), cancelled(at(12)));
    expect(statusOf(off)).toBe('off');
    expect(statusOf(withNews(off, scheduled(at(9))))).toBe('off');
    expect(statusOf(withNews(off, scheduled(at(13))))).toBe('pending');
    expect(statusOf(withNews(off, started(at(20))))).toBe('live');
  });

  it('is the same in whatever order, and however often, the events come', () => {
    const events = [
      scheduled(at(10)),
      scheduled(at(11), { at: at(21) }),
      scheduled(at(11), { at: at(22) }),
      started(at(20, 5)),
      started(at(20, 6), { title: 'Renamed' }),
      cancelled(at(12)),
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (extra) => {
        const once = told(...new Set(extra));
        const again = told(...extra.toReversed(), ...extra);
        expect(again).toEqual(once);
        const ordered = [...new Set(extra)].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        expect(told(...ordered)).toEqual(once);
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});

describe('time', () => {
  /** What is left of it at each hour after `from`, until nothing is. */
  const fate = (room: LiveRoom, from: string) => {
    const seen: string[] = [];
    let now: LiveRoom | undefined = room;
    for (let hour = 0; now && hour < 200; hour++) {
      now = afterTime(now, hours(from, hour));
      const status = now ? statusOf(now) : 'gone';
      if (seen.at(-1)?.split(' ')[0] !== status) seen.push(`${status} ${hour}`);
    }
    return seen;
  };

  it('takes back what never began: two hours after its time, or at its announced end', () => {
    expect(fate(told(scheduled(at(10))), at(20))).toEqual(['pending 0', 'off 2', 'gone 3']);
    expect(fate(told(scheduled(at(10), { endsAt: at(23) })), at(20))).toEqual(['pending 0', 'off 3', 'gone 4']);
  });

  it('calls over what nobody ended: six hours after its announced end, else with the longest room there may be', () => {
    expect(fate(told(started(at(20), { at: at(20), endsAt: at(21) })), at(20))).toEqual([
      'live 0',
      'ended 7',
      'gone 31',
    ]);
    expect(fate(told(started(at(20), { at: at(20) })), at(20))).toEqual(['live 0', 'ended 48', 'gone 72']);
  });

  it('keeps what ended for a day, so that apps can read it', () => {
    expect(fate({ ...told(started(at(20))), endedAt: at(21) }, at(20))).toEqual(['ended 0', 'gone 25']);
  });

  it('remembers what was cancelled until its time is over', () => {
    expect(fate(told(scheduled(at(10)), cancelled(at(11))), at(20))).toEqual(['off 0', 'gone 2']);
  });

  it('is overruled by a later event', () => {
    const overdue = afterTime(told(scheduled(at(10))), hours(at(20), 2));
    expect(overdue && statusOf(overdue)).toBe('off');
    expect(overdue && statusOf(withNews(overdue, started(at(22, 30), { at: at(22, 30) })))).toBe('live');
    expect(overdue && statusOf(withNews(overdue, scheduled(at(22, 30), { at: at(23) })))).toBe('pending');
  });
});
