/** Ogg files that end too early, as those of a recorder that was killed: the last pages, and the end mark with them, are gone. */

const HEADER_BYTES = 27;

/** Where each page begins. Throws when the file is no Ogg. */
function pageStarts(file: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < file.length; ) {
    if (file.toString('latin1', at, at + 4) !== 'OggS') throw new Error(`No Ogg page begins at byte ${at}.`);
    starts.push(at);
    const segments = file[at + 26] ?? 0;
    let body = 0;
    for (const length of file.subarray(at + HEADER_BYTES, at + HEADER_BYTES + segments)) body += length;
    at += HEADER_BYTES + segments + body;
  }
  return starts;
}

export function withoutLastPages(file: Buffer, count: number): Buffer {
  return file.subarray(0, pageStarts(file).at(-count));
}
