/** What an edit leaves of a room, and when it is heard: for every room, edit and silence. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Editing, editedClock } from '../../src/audio/edited-clock.ts';
import type { SampleRange } from '../../src/audio/sample-clock.ts';

const RATE = 48_000;
const range = (from: number, to: number): SampleRange => ({ fromSample: from * RATE, toSample: to * RATE });
const plain = { edit: {}, trimDeadAir: false, shortenSilences: false, sound: [] };
const secondsOf = (clock: { pieces: readonly { roomFrom: number; length: number; episodeFrom: number }[] }) =>
  clock.pieces.map(({ roomFrom, length, episodeFrom }) => [roomFrom, length, episodeFrom].map((n) => n / RATE));

test('an unedited room is its own clock', () => {
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE });
  expect(secondsOf(clock)).toEqual([[0, 60, 0]]);
  expect(clock.durationSamples).toBe(60 * RATE);
  expect([clock.toEpisode(0), clock.toEpisode(-1), clock.toEpisode(60 * RATE)]).toEqual([0, undefined, undefined]);
});

test('dead air is cut to half a second before the first sound and one second after the last', () => {
  const sound = [range(12, 13), range(40, 50)];
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE, trimDeadAir: true, sound });
  expect(secondsOf(clock)).toEqual([[11.5, 39.5, 0]]);
});

test('where sound reaches up to the ends there is no dead air to cut', () => {
  const sound = [range(0.2, 59.5)];
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE, trimDeadAir: true, sound });
  expect(secondsOf(clock)).toEqual([[0, 60, 0]]);
});

test('a silence of more than two seconds becomes one second; one of two seconds stays', () => {
  const sound = [range(0, 10), range(12, 20), range(30, 60)];
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE, shortenSilences: true, sound });
  expect(secondsOf(clock)).toEqual([
    [0, 20.5, 0],
    [29.5, 30.5, 20.5],
  ]);
  expect(clock.toEpisode(25 * RATE)).toBeUndefined();
  expect(clock.toEpisodeOrNext(25 * RATE)).toBe(20.5 * RATE);
  expect(clock.ranges(range(19, 31))).toEqual([
    { ...range(19, 20.5), roomFrom: 19 * RATE },
    { ...range(20.5, 22), roomFrom: 29.5 * RATE },
  ]);
});

test('explicit trims come first, an intro moves everything back, an outro only lengthens', () => {
  const edit = { trimStartSeconds: 15, trimEndSeconds: 5 };
  const sound = [range(0, 20), range(30, 60)];
  const room = { roomDurationSamples: 60 * RATE, edit, trimDeadAir: true, shortenSilences: true, sound };
  const clock = editedClock({ ...room, leadInSamples: 8 * RATE, tailSamples: 3 * RATE });
  expect(secondsOf(clock)).toEqual([
    [15, 5.5, 8],
    [29.5, 25.5, 13.5],
  ]);
  expect(clock.durationSamples).toBe(42 * RATE);
});

test('a room in which nothing is heard keeps its silence', () => {
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE, trimDeadAir: true, shortenSilences: true });
  expect(secondsOf(clock)).toEqual([[0, 60, 0]]);
});

test('an edit that leaves nothing is refused, with what was asked for', () => {
  const edit = { trimStartSeconds: 30, trimEndSeconds: 30 };
  const editing = { ...plain, roomDurationSamples: 60 * RATE, edit };
  expect(() => editedClock(editing)).toThrow(/lasted 60 s.*30 s at its start.*30 s at its end.*cut less/);
});

const sounds = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 * RATE }), fc.integer({ min: 1, max: 4 * RATE })), { maxLength: 12 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([silence, length]) => {
      const fromSample = at + silence;
      at = fromSample + length;
      return { fromSample, toSample: at };
    });
  });

const editings: fc.Arbitrary<Editing> = fc.record({
  roomDurationSamples: fc.integer({ min: 20 * RATE, max: 100 * RATE }),
  edit: fc.record({
    trimStartSeconds: fc.double({ min: 0, max: 9.9, noNaN: true }),
    trimEndSeconds: fc.double({ min: 0, max: 9.9, noNaN: true }),
  }),
  trimDeadAir: fc.boolean(),
  shortenSilences: fc.boolean(),
  sound: sounds,
  leadInSamples: fc.integer({ min: 0, max: 10 * RATE }),
  tailSamples: fc.integer({ min: 0, max: 10 * RATE }),
});

test('pieces rise in the room, follow one another in the episode, and make up its length', () => {
  fc.assert(
    fc.property(editings, (editing) => {
      const { pieces, durationSamples } = editedClock(editing);
      let [room, episode] = [0, editing.leadInSamples ?? 0];
      for (const { roomFrom, length, episodeFrom } of pieces) {
        expect(roomFrom).toBeGreaterThanOrEqual(room);
        expect(length).toBeGreaterThan(0);
        expect(episodeFrom).toBe(episode);
        expect([roomFrom, length].every(Number.isInteger)).toBe(true);
        [room, episode] = [roomFrom + length, episode + length];
      }
      expect(room).toBeLessThanOrEqual(editing.roomDurationSamples);
      expect(episode + (editing.tailSamples ?? 0)).toBe(durationSamples);
    }),
  );
});

test('every instant between intro and outro is one instant of the room, later ones are later', () => {
  const instants = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 2 });
  fc.assert(
    fc.property(editings, instants, (editing, shares) => {
      const clock = editedClock(editing);
      const from = editing.leadInSamples ?? 0;
      const length = clock.durationSamples - from - (editing.tailSamples ?? 0);
      const rooms = shares
        .toSorted((a, b) => a - b)
        .map((share) => {
          const episode = from + Math.floor(share * length);
          const piece = clock.pieces.findLast(({ episodeFrom }) => episodeFrom <= episode);
          const room = (piece?.roomFrom ?? 0) + episode - (piece?.episodeFrom ?? 0);
          expect(clock.toEpisode(room)).toBe(episode);
          return room;
        });
      expect(rooms).toEqual(rooms.toSorted((a, b) => a - b));
    }),
  );
});

test('an instant that is cut gives way to the next that is heard', () => {
  fc.assert(
    fc.property(editings, fc.integer({ min: -RATE, max: 101 * RATE }), (editing, room) => {
      const clock = editedClock(editing);
      const next = clock.pieces.find(({ roomFrom, length }) => roomFrom + length > room);
      expect(clock.toEpisodeOrNext(room)).toBe(clock.toEpisode(room) ?? next?.episodeFrom);
      const heard = clock.pieces.some(({ roomFrom, length }) => roomFrom <= room && room < roomFrom + length);
      expect(clock.toEpisode(room) !== undefined).toBe(heard);
    }),
  );
});

test('no sound is cut but by explicit trims, and every other joint lies half a second away from any', () => {
  fc.assert(
    fc.property(editings, (editing) => {
      const clock = editedClock(editing);
      const untouched = editedClock({ ...editing, trimDeadAir: false, shortenSilences: false });
      const lengthOf = (ranges: readonly SampleRange[]) =>
        ranges.reduce((sum, r) => sum + r.toSample - r.fromSample, 0);
      for (const sound of editing.sound) {
        expect(lengthOf(clock.ranges(sound))).toBe(lengthOf(untouched.ranges(sound)));
      }
      for (const [index, { roomFrom, length }] of clock.pieces.slice(0, -1).entries()) {
        const joint = { fromSample: roomFrom + length - RATE / 2, toSample: roomFrom + length };
        const next = clock.pieces[index + 1]?.roomFrom ?? 0;
        for (const side of [joint, { fromSample: next, toSample: next + RATE / 2 }]) {
          expect(editing.sound.some((s) => s.fromSample < side.toSample && s.toSample > side.fromSample)).toBe(false);
        }
      }
    }),
  );
});

test('with silences shortened nobody waits longer than two seconds', () => {
  fc.assert(
    fc.property(editings, (editing) => {
      const clock = editedClock({ ...editing, shortenSilences: true });
      const heard = editing.sound.flatMap((sound) => clock.ranges(sound));
      fc.pre(heard.length > 0);
      let until = editing.leadInSamples ?? 0;
      for (const { fromSample, toSample } of heard) {
        expect(fromSample - until).toBeLessThanOrEqual(2 * RATE);
        until = toSample;
      }
      expect(clock.durationSamples - (editing.tailSamples ?? 0) - until).toBeLessThanOrEqual(2 * RATE);
    }),
  );
});
