/** Loses packets the way a network does: pages of an Ogg file are left out, while the granules of the others stay. */

/** `isLost` is asked for every page but the two that hold the headers, by its place among those. */
export function withoutPages(ogg: Uint8Array, isLost: (page: number) => boolean): Uint8Array {
  const kept: Uint8Array[] = [];
  let at = 0;
  for (let page = -2; at < ogg.length; page += 1) {
    const segments = ogg[at + 26] ?? 0;
    let end = at + 27 + segments;
    for (let n = 0; n < segments; n += 1) end += ogg[at + 27 + n] ?? 0;
    if (page < 0 || !isLost(page)) kept.push(ogg.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}
