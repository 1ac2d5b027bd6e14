/** Writes an MP3's tags: ID3 v2.3, which every player reads, with cover and chapters, before the untouched audio. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import NodeID3 from 'node-id3';
import { SEAL_TAG } from '../audio/passport.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { Sha256 } from '../domain/ids.ts';
import { cleanText, isWebAddress } from '../domain/room.ts';
import type { EpisodeTags } from '../pipeline/ports.ts';

/** One line: in a list of `name=value` lines a line break would begin a field of its own. */
const oneLine = (text: string) => cleanText(text).replace(/\s+/g, ' ').trim();

/** A table of contents counts its entries in one byte. Further chapters have their frames, which most players go by. */
const CONTENTS_MAX = 255;
const CONTENTS_ID = 'toc';
const chapterId = (index: number) => `chp${index}`;

const PICTURE_TYPE = NodeID3.TagConstants.AttachedPicture.PictureType;

function picture(jpeg: Uint8Array, id: number) {
  return { mime: 'image/jpeg', type: { id }, description: '', imageBuffer: Buffer.from(jpeg) };
}

function chapterFrames(tags: EpisodeTags): NonNullable<NodeID3.Tags['chapter']> {
  const endMs = Math.round(tags.durationSeconds * 1000);
  const starts = tags.chapters.map(({ startSeconds }) => Math.round(startSeconds * 1000));
  return tags.chapters.flatMap(({ title, url, imageJpeg }, index) => {
    const startTimeMs = starts[index] ?? 0;
    const endTimeMs = Math.min(starts[index + 1] ?? endMs, endMs);
    if (startTimeMs >= endTimeMs) return [];
    const link = url !== undefined && isWebAddress(url) ? new URL(url).href : undefined;
    return {
      elementID: chapterId(index),
      startTimeMs,
      endTimeMs,
      tags: {
        title: oneLine(title),
        ...(link !== undefined && {
          userDefinedUrl: [{ description: '', url: link }],
        }),
        ...(imageJpeg !== undefined && { image: picture(imageJpeg, PICTURE_TYPE.OTHER) }),
      },
    };
  });
}

function tagBuffer(tags: EpisodeTags): Buffer {
  const date = new Date(tags.date);
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})/.exec(date.toISOString()) ?? [];
  const chapter = chapterFrames(tags);
  const elements = chapter.slice(0, CONTENTS_MAX).map(({ elementID }) => elementID);
  return NodeID3.create({
    title: oneLine(tags.title),
    artist: oneLine(tags.artist),
    album: oneLine(tags.album),
    year,
    date: `${day}${month}`,
    genre: 'Podcast',
    // iTunes shows a comment only under this language.
    comment: {
      language: 'eng',
      text: cleanText(tags.comment).trim(),
    },
    image: picture(tags.coverJpeg, PICTURE_TYPE.FRONT_COVER),
    ...(tags.passportSeal !== undefined && {
      userDefinedText: [{ description: SEAL_TAG, value: tags.passportSeal }],
    }),
    // Without a table of contents Apple's players do not show the chapters.
    ...(chapter.length > 0 && {
      chapter,
      tableOfContents: [{ elementID: CONTENTS_ID, isOrdered: true, elements }],
    }),
  });
}

const ID3V2_HEADER_BYTES = 10;
const ID3V1_BYTES = 128;
/** With the largest cover that is ever written, many times over. */
const MOST_TAG_BYTES = 32 * 1024 * 1024;

/** Where the audio lies in a file that may be tagged: first byte, and one past the last. Throws PermanentFailure where there is none. */
export async function audioBounds(path: string): Promise<{ readonly start: number; readonly end: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(ID3V2_HEADER_BYTES);
    await file.read(head, 0, head.length, 0);
    let start = 0;
    if (head.toString('latin1', 0, 3) === 'ID3') {
      const bodyBytes = head.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
      const hasFooter = ((head[5] ?? 0) & 0x10) !== 0;
      start = bodyBytes + ID3V2_HEADER_BYTES * (hasFooter ? 2 : 1);
    }
    const tail = Buffer.alloc(3);
    await file.read(tail, 0, tail.length, Math.max(0, size - ID3V1_BYTES));
    const end = tail.toString('latin1') === 'TAG' ? size - ID3V1_BYTES : size;
    if (start >= end) throw new PermanentFailure('internal', `${path} holds no audio to tag: render it again`);
    return { start, end };
  } finally {
    await file.close();
  }
}

/** The seal that `tagMp3` left in the tags before `audioStart`; undefined where there is none. */
export async function passportSealIn(path: string, audioStart: number): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(Math.min(audioStart, MOST_TAG_BYTES));
    await file.read(head, 0, head.length, 0);
    const { userDefinedText = [] } = head.length === 0 ? {} : NodeID3.read(head, { noRaw: true });
    return userDefinedText.find(({ description }) => description === SEAL_TAG)?.value;
  } finally {
    await file.close();
  }
}

/**
 * Writes `masterPath` with these tags to `outputPath`; the audio streams through, however long it is. Tags that the
 * master has are replaced. Equal input gives equal bytes. Throws PermanentFailure where the master holds no audio.
 */
export async function tagMp3(
  masterPath: string,
  outputPath: string,
  tags: EpisodeTags,
): Promise<{ readonly sha256: Sha256; readonly lengthBytes: number }> {
  const { start, end } = await audioBounds(masterPath);
  const hash = createHash('sha256');
  let lengthBytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      lengthBytes += chunk.length;
      done(null, chunk);
    },
  });
  counting.write(tagBuffer(tags));
  await pipeline(createReadStream(masterPath, { start, end: end - 1 }), counting, createWriteStream(outputPath));
  return { sha256: Sha256.parse(hash.digest('hex')), lengthBytes };
}
