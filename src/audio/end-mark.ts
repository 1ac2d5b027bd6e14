/** Whether a recording was ended on purpose. A cut file decodes without complaint; only its own book-keeping tells. */
import { type FileEnds, id3Bytes, spells, unsigned } from './file-ends.ts';
import { isWholeMatroska, isWholeMp4, isWholeWav } from './whole-boxes.ts';

/**
 * True when the file itself shows that it is whole; false when it shows the opposite, and where nobody can tell: a
 * stream written without seeking back (WebM of unknown size, WAV and FLAC without a length, MP3 without a Xing header)
 * and ADTS, which has no end.
 *
 * @param demuxer of TrackFormat
 */
export function streamEndMark(demuxer: string, file: FileEnds): boolean {
  const whole = Object.hasOwn(WHOLE, demuxer) ? WHOLE[demuxer] : undefined;
  return whole?.(file) ?? false;
}

const WHOLE: Readonly<Record<string, (file: FileEnds) => boolean>> = {
  ogg: isEndedOgg,
  flac: isWholeFlac,
  mp3: isWholeMp3,
  wav: isWholeWav,
  matroska: isWholeMatroska,
  mov: isWholeMp4,
};

/** RFC 3533: the last page of a stream has bit 2 set, and here it must end where the file ends. */
function isEndedOgg({ tail }: FileEnds): boolean {
  for (let at = tail.length - 27; at >= 0; at -= 1) {
    if (!spells(tail, at, 'OggS')) continue;
    const segments = tail[at + 26] ?? 0;
    let end = at + 27 + segments;
    for (let n = 0; n < segments; n += 1) end += tail[at + 27 + n] ?? 0;
    if (end === tail.length) return ((tail[at + 5] ?? 0) & 4) !== 0;
  }
  return false;
}

/** RFC 9639: STREAMINFO tells how many samples there are; 0 where the encoder did not know. */
function isWholeFlac({ head, decodedSeconds }: FileEnds): boolean {
  const start = id3Bytes(head);
  if (!spells(head, start, 'fLaC')) return false;
  // After the marker and the block's header: block and frame sizes (10 bytes), then 20 bits of rate, 8 of others, 36 of length.
  const sampleRate = Math.floor(unsigned(head, start + 18, 3) / 16);
  const totalSamples = (unsigned(head, start + 21, 1) % 16) * 2 ** 32 + unsigned(head, start + 22, 4);
  return totalSamples > 0 && sameSamples(totalSamples, decodedSeconds * sampleRate);
}

/** The Xing header counts the frames, and LAME's in it the samples that encoder and padding added. */
function isWholeMp3({ head, decodedSeconds }: FileEnds): boolean {
  const start = id3Bytes(head);
  const [sync = 0, version = 0, rates = 0, mode = 0] = head.subarray(start, start + 4);
  const isLayer3 = sync === 0xff && (version & 0xe6) === 0xe2;
  if (!isLayer3) return false;
  const isMpeg1 = (version & 0x18) === 0x18;
  const isMono = mode >> 6 === 3;
  const hasChecksum = (version & 1) === 0;
  const xing = start + 4 + (hasChecksum ? 2 : 0) + (isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  if (!spells(head, xing, 'Xing') && !spells(head, xing, 'Info')) return false;
  const flags = unsigned(head, xing + 4, 4);
  if ((flags & 1) === 0) return false;
  const frames = unsigned(head, xing + 8, 4);
  const lame = xing + 12 + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  const addedBits = unsigned(head, lame + 21, 3);
  const addedSamples = Math.floor(addedBits / 4096) + (addedBits % 4096);
  const sampleRate =
    ([44_100, 48_000, 32_000][(rates >> 2) & 3] ?? Number.NaN) / (isMpeg1 ? 1 : version & 0x10 ? 2 : 4);
  return sameSamples(frames * (isMpeg1 ? 1152 : 576) - addedSamples, decodedSeconds * sampleRate);
}

function sameSamples(promised: number, decoded: number): boolean {
  return Math.abs(promised - decoded) < 1;
}
