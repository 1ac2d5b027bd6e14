/** What players read in a tagged MP3 equals what was written, and its audio is what it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFile } from 'music-metadata';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCover } from '../../src/adapters/artwork/artwork.ts';
import { tagMp3 } from '../../src/adapters/id3-tags.ts';
import type { EpisodeTags } from '../../src/pipeline/ports.ts';
import { hasPythonParsers, readTagsWithPython } from '../support/debian-python.ts';
import { writeSampleMp3 } from '../support/sample-mp3.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

const folder = makeTempFolder('id3');
afterAll(() => removeFolder(folder));
const file = (name: string) => join(folder, name);
const master = file('master.mp3');
const SECONDS = 75;
let tags: EpisodeTags;
let chapterJpeg: Uint8Array;
const smallPicture = () =>
  sharp({ create: { width: 320, height: 180, channels: 3, background: '#336699' } })
    .jpeg()
    .toBuffer();

beforeAll(async () => {
  writeSampleMp3(master, SECONDS, 6);
  chapterJpeg = await smallPicture();
  const cover = await makeCover(undefined, { title: 'Album night', seed: 'late-table' });
  tags = {
    title: 'Album night 😀 – Çelik & „Freunde“\nartist=Mallory\u0000\u0007',
    artist: 'The Late Table',
    album: 'Späte Runde 日本語',
    date: '2026-11-02T23:30:00.000Z',
    comment: 'First line\nartist=Mallory\nNotes: https://example.org/?a=1&b=2',
    coverJpeg: cover.jpeg,
    chapters: [
      { startSeconds: 0, title: 'Hello 👋🏽' },
      {
        ...{ startSeconds: 12.345, title: 'The new single\nartist=Mallory', url: 'https://example.org/singlé' },
        imageJpeg: chapterJpeg,
      },
      { startSeconds: 60, title: 'Goodbyes', url: 'javascript:alert(1)' },
    ],
    durationSeconds: SECONDS,
  };
  await tagMp3(master, file('tagged.mp3'), tags);
});

const TITLE = 'Album night 😀 – Çelik & „Freunde“ artist=Mallory';
const SINGLE = 'The new single artist=Mallory';

describe('music-metadata', () => {
  it('reads every field, each in its place', async () => {
    const { common, format } = await parseFile(file('tagged.mp3'));
    expect(format.tagTypes).toEqual(['ID3v2.3']);
    expect(common).toMatchObject({
      title: TITLE,
      artist: tags.artist,
      album: tags.album,
      year: 2026,
      genre: ['Podcast'],
      comment: [{ text: tags.comment }],
    });
    expect(common.artists).toEqual([tags.artist]);
    expect(common.picture).toHaveLength(1);
    expect(common.picture?.[0]).toMatchObject({ format: 'image/jpeg', type: 'Cover (front)' });
    expect(Buffer.from(common.picture?.[0]?.data ?? []).equals(Buffer.from(tags.coverJpeg))).toBe(true);
  });

  it('reads the chapters, the last until the end', async () => {
    const { format } = await parseFile(file('tagged.mp3'), { includeChapters: true });
    expect(format.chapters?.map(({ title, start, end }) => [title, start, end])).toEqual([
      ['Hello 👋🏽', 0, 12.345],
      [SINGLE, 12.345, 60],
      ['Goodbyes', 60, SECONDS],
    ]);
  });

  it('still tells the length by the Xing header', async () => {
    const [before, after] = await Promise.all([parseFile(master), parseFile(file('tagged.mp3'))]);
    expect(after.format.codecProfile).toMatch(/^V/);
    expect(after.format.duration).toBe(before.format.duration);
    expect(Math.abs((after.format.duration ?? 0) - SECONDS)).toBeLessThan(0.1);
  });
});

describe.skipIf(!hasPythonParsers)('mutagen', () => {
  it('reads every field, each in its place', () => {
    const read = readTagsWithPython(file('tagged.mp3'));
    expect(read.version).toEqual([2, 3, 0]);
    expect(read.texts).toEqual({
      TIT2: [TITLE],
      TPE1: [tags.artist],
      TALB: [tags.album],
      TDRC: ['2026-11-02'],
      TCON: ['Podcast'],
    });
    expect(read.comments).toEqual([tags.comment]);
    const coverHash = createHash('sha256').update(tags.coverJpeg).digest('hex');
    expect(read.covers).toEqual([{ mime: 'image/jpeg', type: 3, sha256: coverHash }]);
  });

  it('reads the chapters and an ordered table of contents at the top', () => {
    const read = readTagsWithPython(file('tagged.mp3'));
    expect(read.chapters).toEqual([
      { id: 'chp0', startMs: 0, endMs: 12_345, title: 'Hello 👋🏽', url: null, images: [] },
      {
        ...{ id: 'chp1', startMs: 12_345, endMs: 60_000, title: SINGLE, url: 'https://example.org/singl%C3%A9' },
        images: [{ mime: 'image/jpeg', sha256: createHash('sha256').update(chapterJpeg).digest('hex') }],
      },
      { id: 'chp2', startMs: 60_000, endMs: 75_000, title: 'Goodbyes', url: null, images: [] },
    ]);
    expect(read.contents).toEqual([{ flags: 3, children: ['chp0', 'chp1', 'chp2'] }]);
    expect(Math.abs(read.durationSeconds - SECONDS)).toBeLessThan(0.1);
  });

  it('reads more chapters than a table of contents can count', async () => {
    const chapters = Array.from({ length: 300 }, (_, n) => ({ startSeconds: n / 5, title: `Chapter ${n}` }));
    await tagMp3(master, file('many.mp3'), { ...tags, chapters });
    const read = readTagsWithPython(file('many.mp3'));
    expect(read.chapters.map(({ title }) => title)).toEqual(chapters.map(({ title }) => title));
    expect(read.contents[0]?.children).toHaveLength(255);
    expect(read.texts['TIT2']).toEqual([TITLE]);
  });
});

describe('the file', () => {
  it('is the tag and then the master, byte for byte', () => {
    const tagged = readFileSync(file('tagged.mp3'));
    const audio = readFileSync(master);
    expect(tagged.subarray(0, 3).toString()).toBe('ID3');
    expect(tagged.subarray(tagged.length - audio.length).equals(audio)).toBe(true);
  });

  it('has the digest and length that are told, and the same bytes each time', async () => {
    const told = await tagMp3(master, file('again.mp3'), tags);
    const bytes = readFileSync(file('again.mp3'));
    expect(told).toEqual({ sha256: createHash('sha256').update(bytes).digest('hex'), lengthBytes: bytes.length });
    expect(bytes.equals(readFileSync(file('tagged.mp3')))).toBe(true);
  });

  it('holds one tag, also where the master had some', async () => {
    const tagged = readFileSync(file('tagged.mp3'));
    writeFileSync(file('encoder-tagged.mp3'), tagged);
    appendFileSync(file('encoder-tagged.mp3'), Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)]));
    await tagMp3(file('encoder-tagged.mp3'), file('retagged.mp3'), tags);
    expect(readFileSync(file('retagged.mp3')).equals(tagged)).toBe(true);
  });

  it('is refused where there is no audio', async () => {
    writeFileSync(file('empty.mp3'), '');
    await expect(tagMp3(file('empty.mp3'), file('never.mp3'), tags)).rejects.toThrow(/holds no audio/);
  });

  it('has no chapter frames without chapters', async () => {
    await tagMp3(master, file('plain.mp3'), { ...tags, chapters: [] });
    const head = readFileSync(file('plain.mp3')).toString('latin1', 0, 4096);
    expect(head).toContain('TIT2');
    expect(head).not.toMatch(/CHAP|CTOC/);
  });
});
