/** Who talks when, on the episode's clock. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editedClock } from '../../src/audio/edited-clock.ts';
import { SpeechTurns, speechTurns } from '../../src/audio/speech-turns.ts';
import { ParticipantId } from '../../src/domain/ids.ts';

const RATE = 48_000;
const ana = ParticipantId.parse('ana');
const ben = ParticipantId.parse('ben');
const range = (from: number, to: number) => ({ fromSample: Math.round(from * RATE), toSample: Math.round(to * RATE) });
const plain = { edit: {}, trimDeadAir: false, shortenSilences: false, sound: [] };
const minute = editedClock({ ...plain, roomDurationSamples: 60 * RATE });

test('a breath does not end a turn, a pause does, a click is none, and turns come in the order they begin', () => {
  const talks = [
    { participantId: ana, ranges: [range(10, 12), range(12.79, 14), range(14.81, 16), range(30, 30.19)] },
    { participantId: ben, ranges: [range(5, 6), range(13, 13.5)] },
  ];
  expect(speechTurns(talks, minute)).toEqual([
    { participantId: ben, startSeconds: 5, endSeconds: 6 },
    { participantId: ana, startSeconds: 10, endSeconds: 14 },
    { participantId: ben, startSeconds: 13, endSeconds: 13.5 },
    { participantId: ana, startSeconds: 14.81, endSeconds: 16 },
  ]);
});

test('several tracks of one participant make turns together', () => {
  const talks = [
    { participantId: ana, ranges: [range(8, 9)] },
    { participantId: ana, ranges: [range(7, 8.1), range(9.5, 10)] },
  ];
  expect(speechTurns(talks, minute)).toEqual([{ participantId: ana, startSeconds: 7, endSeconds: 10 }]);
});

test('turns follow the edit: what is cut is gone, and what a shortened silence brings together may be one turn', () => {
  const sound = [range(0, 10), range(20, 59)];
  const edit = { trimStartSeconds: 4 };
  const clock = editedClock({ ...plain, roomDurationSamples: 60 * RATE, edit, shortenSilences: true, sound });
  const talks = [
    { participantId: ana, ranges: [range(0, 3), range(3.5, 10)] },
    { participantId: ben, ranges: [range(20, 59)] },
  ];
  expect(speechTurns(talks, clock)).toEqual([
    { participantId: ana, startSeconds: 0, endSeconds: 6 },
    { participantId: ben, startSeconds: 7, endSeconds: 46 },
  ]);
});

test('turns of one participant never touch, are long enough, and pass for turns.json', () => {
  const ranges = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 59 * RATE }), fc.integer({ min: 1, max: 5 * RATE })).map(([from, length]) => ({
      fromSample: from,
      toSample: Math.min(60 * RATE, from + length),
    })),
  );
  fc.assert(
    fc.property(ranges, ranges, (first, second) => {
      const talks = [
        { participantId: ana, ranges: first },
        { participantId: ben, ranges: second },
      ];
      const turns = speechTurns(talks, minute);
      for (const id of [ana, ben]) {
        const own = turns.filter(({ participantId }) => participantId === id);
        for (const [index, turn] of own.entries()) {
          expect(turn.endSeconds - turn.startSeconds).toBeGreaterThanOrEqual(0.199);
          expect(turn.startSeconds - (own[index - 1]?.endSeconds ?? -1)).toBeGreaterThanOrEqual(0.799);
        }
      }
      expect(SpeechTurns.parse({ format: 1, durationSeconds: 60, turns })).toEqual({
        format: 1,
        durationSeconds: 60,
        turns,
      });
    }),
  );
});
