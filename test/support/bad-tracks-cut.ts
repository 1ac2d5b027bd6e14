/** Recordings of which a part is missing, or that are none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BadTrack, changed, SPOKEN_SECONDS, spoken } from './bad-track.ts';
import { withoutPages } from './ogg-pages.ts';
import { writeSound } from './sounds.ts';

const announced = { durationSeconds: SPOKEN_SECONDS };
const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

/** Half of a file in every format; `options` keep packets from lying in one block that is then lost as a whole. */
function halves(ending: string, options: readonly string[] = []): BadTrack[] {
  const make = (path: string) => changed(path, (whole) => writeSound(whole, spoken(), options), half);
  const heard = { chirps: [1.5], noChirps: [4.5] };
  return [
    {
      name: `half of ${ending === 'ogg' || ending === 'mp3' || ending === 'm4a' ? 'an' : 'a'} ${ending} file whose length was announced`,
      ...{ file: `half-announced.${ending}`, make, announced },
      becomes: { state: 'incomplete', reason: /6\.0 s were announced/, ...heard },
    },
    {
      name: `half of ${ending === 'ogg' || ending === 'mp3' || ending === 'm4a' ? 'an' : 'a'} ${ending} file of which nothing was announced`,
      ...{ file: `half.${ending}`, make },
      becomes: { state: 'present', warnings: ['length-unverified'], ...heard },
    },
  ];
}

const halfWithoutTable = (path: string) => changed(path, (whole) => writeSound(whole, spoken()), half);

export const cutFiles: readonly BadTrack[] = [
  {
    name: 'a file of zero bytes',
    file: 'zero.ogg',
    make: (path) => writeFileSync(path, ''),
    becomes: { state: 'rejected', reason: /empty \(0 bytes\)/ },
  },
  {
    name: 'text named .ogg',
    file: 'text.ogg',
    make: (path) => writeFileSync(path, 'Dear diary, today I was recorded.\n'.repeat(50)),
    becomes: { state: 'rejected', reason: /is text, not a recording/ },
  },
  {
    name: 'bytes without a meaning named .mp3',
    file: 'noise.mp3',
    make: (path) => writeFileSync(path, Buffer.alloc(20_000, Buffer.from([0xa5, 0, 7]))),
    becomes: { state: 'rejected', reason: /not a known recording/ },
  },
  ...halves('ogg', ['-page_duration', '20000']),
  ...halves('webm'),
  ...halves('mp3'),
  ...halves('wav'),
  ...halves('flac'),
  ...halves('m4a', ['-movflags', '+faststart']),
  {
    name: 'half of an m4a file whose table lay at its end, announced',
    file: 'half-no-table-announced.m4a',
    ...{ make: halfWithoutTable, announced },
    becomes: { state: 'incomplete', reason: /cannot be decoded.*may not be all of it/ },
  },
  {
    name: 'half of an m4a file whose table lay at its end, not announced',
    file: 'half-no-table.m4a',
    make: halfWithoutTable,
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
  {
    name: 'an Ogg file with headers and no sound',
    file: 'no-frames.ogg',
    make: (path) =>
      changed(
        path,
        (whole) => writeSound(whole, spoken()),
        (ogg) => withoutPages(ogg, () => true),
      ),
    becomes: { state: 'rejected', reason: /no sound at all|cannot be decoded/ },
  },
  {
    name: 'an Ogg file with itself behind it',
    file: 'chained.ogg',
    make: (path) =>
      changed(
        path,
        (whole) => writeSound(whole, spoken()),
        (ogg) => Buffer.concat([ogg, ogg]),
      ),
    becomes: { state: 'rejected', reason: /clock goes back/ },
  },
  {
    name: 'an Ogg file with another behind it',
    file: 'chained-other.ogg',
    make: (path) => writeFileSync(path, Buffer.concat([bytesOf(path), bytesOf(path)])),
    becomes: { state: 'rejected', reason: /several recordings joined/ },
  },
  {
    name: 'an Ogg file of Opus with one of Vorbis behind it, which ffmpeg would leave out',
    file: 'chained-codecs.ogg',
    make: (path) => writeFileSync(path, Buffer.concat([bytesOf(path), bytesOf(path, ['-c:a', 'libvorbis'])])),
    becomes: { state: 'rejected', reason: /several recordings joined/ },
  },
];

function bytesOf(path: string, options: readonly string[] = []): Buffer {
  writeSound(path, spoken(), options);
  return readFileSync(path);
}
