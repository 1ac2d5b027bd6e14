/** Does the same to many things, some at once. When one fails the others are told to stop, and waited for. */

/**
 * The results in the order of `items`. Throws the first failure, or the signal's reason, once nothing runs any more;
 * RangeError when nothing may run.
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
): Promise<R[]> {
  if (!(atOnce >= 1)) throw new RangeError(`${atOnce} things at once are none: allow one at least`);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const results = new Map<number, R>();
  let next = 0;
  let failure: { readonly error: unknown } | undefined;

  async function worker(): Promise<void> {
    for (let index = next++; index < items.length && !either.aborted; index = next++) {
      const item = items[index];
      if (item === undefined) continue;
      try {
        results.set(index, await work(item, either, index));
      } catch (error) {
        failure ??= { error };
        failed.abort(error);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  signal.throwIfAborted();
  if (failure) throw failure.error;
  return items.flatMap((_, index) => (results.has(index) ? [results.get(index) as R] : []));
}

/** Two different things at once, in the same way. */
export async function bothAtOnce<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  let a: { readonly value: A } | undefined;
  let b: { readonly value: B } | undefined;
  const work = [
    async (own: AbortSignal) => {
      a = { value: await first(own) };
    },
    async (own: AbortSignal) => {
      b = { value: await second(own) };
    },
  ];
  await sideBySide(work, 2, signal, (one, own) => one(own));
  if (!a || !b) throw new Error('both were done, but one has no result');
  return [a.value, b.value];
}
