/** One download a listener, episode and day, whatever the order, the pieces and the repetitions they come in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpisodeId, ShowId } from '../../src/domain/ids.ts';
import { Observations, OpenCounts } from '../../src/downloads/observations.ts';
import { UtcDay } from '../../src/downloads/utc-day.ts';

const showId = ShowId.parse('late-table');
const day = UtcDay.parse('2026-11-22');
const episodes = ['a', 'b'].map((digit) => EpisodeId.parse(`ep-${digit.repeat(32)}`));
const measure = { lengthBytes: 100, soundFromByte: 10, minimumBytes: 40 };

interface Sent {
  readonly episode: number;
  readonly file: 'one.mp3' | 'two.m4a';
  readonly listener: string;
  readonly from: number;
  readonly bytes: number;
}
const sent = fc.record<Sent>({
  episode: fc.constantFrom(0, 1),
  file: fc.constantFrom('one.mp3', 'two.m4a'),
  listener: fc.constantFrom('u', 'v', 'w'),
  from: fc.integer({ min: 0, max: 99 }),
  bytes: fc.integer({ min: 1, max: 60 }),
});

function recordOf(parts: readonly Sent[], name = 'r'): OpenCounts {
  const files = parts.map(({ episode, file, listener, from, bytes }) => ({
    episodeId: episodes[episode] ?? EpisodeId.parse(''),
    name: file,
    ...measure,
    heard: [{ listener, app: 'Overcast', bytes: [from, from + bytes] }],
  }));
  return OpenCounts.parse({ showId, day, files, uncounted: { [name]: parts.length } });
}

function counted(...records: OpenCounts[]): unknown {
  const observations = new Observations();
  for (const record of records) observations.add(record);
  return [...observations.counts()].map(([id, apps]) => [id, ...apps]).sort();
}

/** The rule itself, the slow way: bytes of sound one by one. */
function expected(parts: readonly Sent[]): unknown {
  const heard = new Map<string, Set<number>>();
  for (const { episode, file, listener, from, bytes } of parts) {
    const key = `${episode} ${listener} ${file}`;
    const set = heard.get(key) ?? new Set();
    for (let byte = from; byte < from + bytes; byte++) if (byte >= 10 && byte < 100) set.add(byte);
    heard.set(key, set);
  }
  const downloads = new Set([...heard].filter(([, set]) => set.size >= 40).map(([key]) => key.slice(0, 3)));
  return [0, 1]
    .map((episode) => [episodes[episode], [...downloads].filter((key) => key.startsWith(`${episode}`)).length] as const)
    .filter(([, count]) => count > 0)
    .map(([id, count]) => [id, ['Overcast', count]])
    .sort();
}

describe('what was sent in a day', () => {
  it('counts as the rule says, in one record or in many, in any order, some of them twice', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (parts, size) => {
        const pieces = Array.from({ length: Math.ceil(parts.length / size) }, (_, index) =>
          recordOf(parts.slice(index * size, (index + 1) * size)),
        );
        expect(counted(recordOf(parts))).toEqual(expected(parts));
        expect(counted(...pieces.toReversed(), ...pieces.slice(0, 2))).toEqual(expected(parts));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('is the same after it was united into one record, written and read', () => {
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 30 }), fc.array(sent, { maxLength: 30 }), (one, other) => {
        const observations = new Observations();
        observations.add(recordOf(one, 'one'));
        observations.add(recordOf(other, 'other'));
        const stored = OpenCounts.parse(JSON.parse(JSON.stringify(observations.toRecord(showId, day))));
        expect(counted(stored, recordOf(one, 'one'))).toEqual(expected([...one, ...other]));
        const again = new Observations();
        again.add(stored);
        again.add(recordOf(one, 'one'));
        expect(again.uncounted).toBe(one.length + other.length);
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('is no download while only tags and cover, or less than a minute, were sent', () => {
    const listener = { episode: 0, file: 'one.mp3', listener: 'u' } as const;
    expect(counted(recordOf([{ ...listener, from: 0, bytes: 49 }]))).toEqual([]);
    expect(counted(recordOf([{ ...listener, from: 0, bytes: 50 }]))).toEqual([[episodes[0], ['Overcast', 1]]]);
    const twice = [
      { ...listener, from: 10, bytes: 30 },
      { ...listener, from: 20, bytes: 20 },
    ];
    expect(counted(recordOf(twice))).toEqual([]);
    expect(counted(recordOf([...twice, { ...listener, from: 90, bytes: 10 }]))).toEqual([
      [episodes[0], ['Overcast', 1]],
    ]);
  });
});
