/** Which bytes of a file somebody was sent: stretches that never overlap, in order. Pure. */

/** `[from, to, from, to, …]`, `to` exclusive; ascending, and no stretch touches the next. */
export type ByteStretches = readonly number[];

/** Whoever fetches in more pieces than this loses the smallest: memory is bounded, and nobody is counted who should not be. */
const MAX_STRETCHES = 64;

/** With the bytes from `from` up to `to` (exclusive); the same when that is nothing. */
export function withStretch(stretches: ByteStretches, from: number, to: number): ByteStretches {
  if (!(to > from)) return stretches;
  const result: number[] = [];
  let [start, end] = [from, to];
  let isPlaced = false;
  for (const [a, b] of pairs(stretches)) {
    if (b < start) result.push(a, b);
    else if (a > end) {
      if (!isPlaced) result.push(start, end);
      isPlaced = true;
      result.push(a, b);
    } else [start, end] = [Math.min(a, start), Math.max(b, end)];
  }
  if (!isPlaced) result.push(start, end);
  return result.length > 2 * MAX_STRETCHES ? withoutShortest(result) : result;
}

export function unionOf(one: ByteStretches, other: ByteStretches): ByteStretches {
  return pairs(other).reduce<ByteStretches>((all, [from, to]) => withStretch(all, from, to), one);
}

/** How many bytes of `from` up to `to` (exclusive) are among them. */
export function coveredBytes(stretches: ByteStretches, from: number, to: number): number {
  return pairs(stretches).reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
}

/**
 * For logs that tell how much was sent, but not of what: taken as the first bytes that were still missing. So several
 * pieces add up, and the same file sent twice is no more than the file.
 */
export function withFirstMissing(stretches: ByteStretches, bytes: number, lengthBytes: number): ByteStretches {
  let left = bytes;
  let at = 0;
  let result = stretches;
  for (const [from, to] of [...pairs(stretches), [lengthBytes, lengthBytes] as const]) {
    const taken = Math.min(left, from - at);
    result = withStretch(result, at, at + taken);
    left -= Math.max(0, taken);
    if (left <= 0) return result;
    at = to;
  }
  return result;
}

function pairs(stretches: ByteStretches): (readonly [from: number, to: number])[] {
  return Array.from({ length: stretches.length >> 1 }, (_, index) => [
    stretches[2 * index] ?? 0,
    stretches[2 * index + 1] ?? 0,
  ]);
}

function withoutShortest(stretches: ByteStretches): ByteStretches {
  const all = pairs(stretches);
  const shortest = Math.min(...all.map(([from, to]) => to - from));
  const at = all.findIndex(([from, to]) => to - from === shortest);
  return all.filter((_, index) => index !== at).flat();
}
