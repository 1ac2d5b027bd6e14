/** Ogg files changed page by page (RFC 3533): lost as a network loses packets, or with a clock that lies. */

interface Page {
  /** By its place behind the two that hold the headers, which are -2 and -1. */
  readonly place: number;
  readonly bytes: Uint8Array;
}

function* pagesOf(ogg: Uint8Array): Generator<Page> {
  let at = 0;
  for (let place = -2; at < ogg.length; place += 1) {
    const segments = ogg[at + 26] ?? 0;
    let end = at + 27 + segments;
    for (let n = 0; n < segments; n += 1) end += ogg[at + 27 + n] ?? 0;
    yield { place, bytes: ogg.subarray(at, end) };
    at = end;
  }
}

/** Left out are those pages for which `isLost`, while the granules of the others stay. Headers are never asked for. */
export function withoutPages(ogg: Uint8Array, isLost: (page: number) => boolean): Buffer {
  return Buffer.concat([...pagesOf(ogg)].filter(({ place }) => place < 0 || !isLost(place)).map(({ bytes }) => bytes));
}

/** As a recorder that was killed leaves it: the last pages, and the end mark with them, are gone. */
export function withoutLastPages(ogg: Uint8Array, count: number): Buffer {
  const pages = [...pagesOf(ogg)];
  return withoutPages(ogg, (page) => page >= pages.length - 2 - count);
}

/** The pages with other granules, and checksums that fit. */
export function withGranules(ogg: Uint8Array, change: (granule: bigint, page: number) => bigint): Uint8Array {
  return Buffer.concat(
    [...pagesOf(ogg)].map(({ place, bytes }) => {
      if (place < 0) return bytes;
      const page = Buffer.from(bytes);
      page.writeBigInt64LE(change(page.readBigInt64LE(6), place), 6);
      return withChecksum(page);
    }),
  );
}

/** The first page, which holds the codec's own header, changed in place. */
export function withFirstPage(ogg: Uint8Array, change: (page: Buffer) => void): Uint8Array {
  return Buffer.concat(
    [...pagesOf(ogg)].map(({ place, bytes }) => {
      if (place !== -2) return bytes;
      const page = Buffer.from(bytes);
      change(page);
      return withChecksum(page);
    }),
  );
}

function withChecksum(page: Buffer): Buffer {
  page.writeUInt32LE(0, 22);
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c1_1db7 : 0);
  }
  page.writeInt32LE(crc | 0, 22);
  return page;
}
