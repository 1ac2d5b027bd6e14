/** Many things at once: results in order, never too many at a time, and nothing still runs when a failure is told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bothAtOnce, sideBySide } from '../../src/pipeline/side-by-side.ts';

const never = new AbortController().signal;
const turns = async (count: number) => {
  for (let n = 0; n < count; n += 1) await Promise.resolve();
};
/** Ends when told to stop, a moment later, as a child process does. */
const stopped = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  }).then(() => turns(20));

describe('side by side', () => {
  test('results come in the order of the items, whichever ends first, with never more at once than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(12), { maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        async (items, atOnce) => {
          let [running, most] = [0, 0];
          const results = await sideBySide(items, atOnce, never, async (item, _signal, index) => {
            running += 1;
            most = Math.max(most, running);
            await turns(item);
            running -= 1;
            return [item, index];
          });
          expect(results).toEqual(items.map((item, index) => [item, index]));
          expect(most).toBe(Math.min(atOnce, items.length));
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });

  test('the first failure stops the others, and is thrown only when nothing runs any more', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const work = sideBySide([0, 1, 2, 3, 4, 5], 3, never, async (item, signal) => {
      begun.push(item);
      if (item === 1) {
        await turns(5);
        throw new Error('the first');
      }
      await stopped(signal);
      ended.push(item);
      throw new Error('stopped, and so failed too');
    });
    await expect(work).rejects.toThrow('the first');
    expect(begun).toEqual([0, 1, 2]);
    expect(ended.toSorted()).toEqual([0, 2]);
  });

  test('a failure that is undefined is one too', async () => {
    await expect(sideBySide([1], 1, never, () => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  test('what is thrown at once, not later, is a failure as any', async () => {
    const work = sideBySide([1, 2], 2, never, () => {
      throw new Error('at once');
    });
    await expect(work).rejects.toThrow('at once');
  });

  test('an abort from outside stops all that runs, begins nothing more, and is thrown as its reason', async () => {
    const outside = new AbortController();
    const ended: number[] = [];
    const work = sideBySide([0, 1, 2, 3], 2, outside.signal, async (item, signal) => {
      await stopped(signal);
      ended.push(item);
    });
    await turns(3);
    outside.abort(new Error('shutting down'));
    await expect(work).rejects.toThrow('shutting down');
    expect(ended).toEqual([0, 1]);
  });

  test('nothing begins when it was aborted before', async () => {
    let begun = 0;
    const work = sideBySide([1, 2], 2, AbortSignal.abort(new Error('too late')), async () => {
      begun += 1;
    });
    await expect(work).rejects.toThrow('too late');
    expect(begun).toBe(0);
  });

  test('fewer than one at once is refused, not taken for done', async () => {
    await expect(sideBySide([1], 0, never, async (item) => item)).rejects.toThrow(RangeError);
  });
});

describe('two different things at once', () => {
  test('both run together, and both results are handed back', async () => {
    let [first, second] = [false, false];
    const result = await bothAtOnce(
      never,
      async () => {
        first = true;
        while (!second) await turns(1);
        return 'a';
      },
      async () => {
        second = true;
        while (!first) await turns(1);
        return undefined;
      },
    );
    expect(result).toEqual(['a', undefined]);
  });

  test('when one fails the other is told to stop, and waited for', async () => {
    let ended = false;
    const work = bothAtOnce(
      never,
      async (signal) => {
        await stopped(signal);
        ended = true;
      },
      () => Promise.reject(new Error('no')),
    );
    await expect(work).rejects.toThrow('no');
    expect(ended).toBe(true);
  });
});
