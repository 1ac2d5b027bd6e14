/** What a file is, by its first bytes. Names and endings are never believed. */
import { open } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';
import { FILE_END_BYTES } from '../../audio/file-ends.ts';
import { isChainedOgg } from '../../audio/ogg-links.ts';
import { ACCEPTED_LABELS, trackFormatOf } from '../../audio/track-formats.ts';
import type { Sniffed } from '../../pipeline/audio-engine.ts';

/** Enough to pass a tag with a large picture before the first MP3 frame. */
const HEAD_BYTES = 4 * 1024 * 1024;

/** Throws only what reading the file throws. */
export async function sniffAudio(path: string): Promise<Sniffed> {
  const [head, tail] = await readEnds(path);
  if (head.length === 0) return rejected('The file is empty (0 bytes).');
  // A parser that stumbles over a file has not recognised it.
  const type = await fileTypeFromBuffer(head).catch(() => undefined);
  const format = type && trackFormatOf(type.mime);
  if (type && !format) return rejected(`The file is of type ${type.mime}, not one of the accepted recordings.`);
  if (!format) {
    return rejected(looksLikeText(head) ? 'The file is text, not a recording.' : 'The file is not a known recording.');
  }
  if (format.demuxer === 'ogg' && isChainedOgg(head, tail)) {
    return rejected('The file is several recordings joined to one: nobody can tell what belongs where.');
  }
  return {
    kind: 'accepted',
    format: format.demuxer === 'wav' && holdsFloats(head) ? { ...format, mayHoldWildSamples: true } : format,
  };
}

function rejected(what: string): Sniffed {
  return {
    kind: 'rejected',
    reason: `${what} Accepted are ${ACCEPTED_LABELS}.`,
  };
}

async function readEnds(path: string): Promise<[head: Buffer, tail: Buffer]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    const tailBytes = Math.min(FILE_END_BYTES, size);
    return [await read(Math.min(HEAD_BYTES, size), 0), await read(tailBytes, size - tailBytes)];
  } finally {
    await file.close();
  }
}

function looksLikeText(head: Buffer): boolean {
  const start = head.subarray(0, 512);
  return !start.includes(0) && start.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length === 0;
}

const WAVE_FORMAT_IEEE_FLOAT = 3;
const WAVE_FORMAT_EXTENSIBLE = 0xfffe;

/** Whether a WAV file's samples are floating-point numbers; an unreadable header counts as yes, to be safe. */
function holdsFloats(head: Buffer): boolean {
  const at = head.indexOf('fmt ');
  if (at < 0 || head.length < at + 34) return true;
  const tag = head.readUInt16LE(at + 8);
  return (tag === WAVE_FORMAT_EXTENSIBLE ? head.readUInt16LE(at + 32) : tag) === WAVE_FORMAT_IEEE_FLOAT;
}
