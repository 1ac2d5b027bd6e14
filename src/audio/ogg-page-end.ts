/** Where a page of an Ogg file ends (RFC 3533, section 6). */

/** Before the table of its segments, whose length is the last of these. */
export const PAGE_HEADER_BYTES = 27;

/** Behind its last byte, which may not be there yet; undefined while the table of its segments is not. */
export function pageEnd(bytes: Uint8Array, at: number): number | undefined {
  const segments = bytes[at + PAGE_HEADER_BYTES - 1];
  if (segments === undefined || at + PAGE_HEADER_BYTES + segments > bytes.length) return undefined;
  let end = at + PAGE_HEADER_BYTES + segments;
  for (let n = 0; n < segments; n += 1) end += bytes[at + PAGE_HEADER_BYTES + n] ?? 0;
  return end;
}
