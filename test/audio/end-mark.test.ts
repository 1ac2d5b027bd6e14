/** Whether a file shows that it is whole: files of every format as ffmpeg writes them, cut, and written as live streams. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamEndMark } from '../../src/audio/end-mark.ts';
import { FILE_END_BYTES } from '../../src/audio/file-ends.ts';
import { FFMPEGS } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

function endMarkOf(demuxer: string, bytes: Uint8Array, decodedSeconds: number): boolean {
  const head = bytes.subarray(0, FILE_END_BYTES);
  const tail = bytes.subarray(Math.max(0, bytes.length - FILE_END_BYTES));
  return streamEndMark(demuxer, { head, tail, fileBytes: bytes.length, decodedSeconds });
}

/** Long enough that head and tail do not meet. */
const SECONDS = 7.345;
/** In MP3 the very last frame may be padding, without which nothing is missing. */
const LAST_PACKETS_BYTES = 1000;
const SOURCE = ['-f', 'lavfi', '-i', `anoisesrc=r=48000:d=${SECONDS}:a=0.3:seed=7`];
const OPUS = ['-c:a', 'libopus', '-b:a', '160k'];

const WHOLE: readonly (readonly [file: string, demuxer: string, options: readonly string[]])[] = [
  ['opus.ogg', 'ogg', OPUS],
  ['vorbis.ogg', 'ogg', ['-c:a', 'vorbis', '-strict', '-2', '-ac', '2']],
  ['opus.webm', 'matroska', OPUS],
  ['aac.mka', 'matroska', ['-c:a', 'aac']],
  ['s16.wav', 'wav', []],
  ['rf64.wav', 'wav', ['-rf64', 'always']],
  ['a.flac', 'flac', []],
  ['cbr.mp3', 'mp3', ['-b:a', '160k']],
  ['vbr-44100-stereo.mp3', 'mp3', ['-q:a', '2', '-ar', '44100', '-ac', '2']],
  ['22050.mp3', 'mp3', ['-ar', '22050', '-b:a', '96k', '-id3v2_version', '0']],
  ['11025-stereo.mp3', 'mp3', ['-ar', '11025', '-ac', '2', '-b:a', '64k']],
  ['table-last.m4a', 'mov', ['-c:a', 'aac', '-b:a', '160k']],
  ['table-first.m4a', 'mov', ['-c:a', 'aac', '-b:a', '160k', '-movflags', '+faststart']],
  ['fragments.mp4', 'mov', ['-c:a', 'aac', '-b:a', '160k', '-movflags', '+frag_keyframe+empty_moov']],
];

/** Written without seeking back, or in a format without an end. */
const UNTOLD: readonly (readonly [file: string, demuxer: string, options: readonly string[]])[] = [
  ['live.webm', 'matroska', [...OPUS, '-f', 'webm']],
  ['live.wav', 'wav', ['-f', 'wav']],
  ['live.flac', 'flac', ['-f', 'flac']],
  ['without-header.mp3', 'mp3', ['-write_xing', '0', '-f', 'mp3']],
  ['a.aac', 'aac', ['-c:a', 'aac', '-f', 'adts']],
];

describe.each(FFMPEGS)('with $name', ({ path }) => {
  let folder: string;
  beforeAll(() => {
    folder = makeTempFolder('end-mark');
  });
  afterAll(() => removeFolder(folder));

  const encoded = (options: readonly string[], target: string) =>
    execFileSync(path, ['-v', 'error', '-y', ...SOURCE, ...options, target], { maxBuffer: 1e8 });

  /** Of all formats only these are asked for how much was decoded; the others are never too short for their end mark. */
  function decodedSeconds(bytes: Uint8Array, demuxer: string): number {
    if (demuxer !== 'flac' && demuxer !== 'mp3') return SECONDS;
    const file = join(folder, 'decoded');
    writeFileSync(file, bytes);
    const output = ['-map', '0:a', '-c:a', 'pcm_f32le', '-f', 'framecrc', '-'];
    const args = ['-v', 'quiet', '-nostdin', '-copyts', '-start_at_zero', '-f', demuxer, '-i', file, ...output];
    const lines = execFileSync(path, args, { maxBuffer: 1e8 }).toString().split('\n');
    const [, rate] = /^#tb 0: 1\/(\d+)/m.exec(lines.join('\n')) ?? [];
    const frames = lines.filter((line) => /^0, /.test(line));
    return frames.reduce((sum, line) => sum + Number(line.split(',')[3]), 0) / Number(rate);
  }

  test.each(WHOLE)('%s is whole, and not when its end is missing', (file, demuxer, options) => {
    encoded(options, join(folder, file));
    const bytes = readFileSync(join(folder, file));
    expect(endMarkOf(demuxer, bytes, decodedSeconds(bytes, demuxer))).toBe(true);
    for (const missing of [LAST_PACKETS_BYTES, bytes.length / 2]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length - missing));
      expect([missing, endMarkOf(demuxer, cut, decodedSeconds(cut, demuxer))]).toEqual([missing, false]);
    }
  });

  test.each(UNTOLD)('%s does not tell whether it is whole', (_, demuxer, options) => {
    const bytes = encoded(options, 'pipe:1');
    expect(bytes.length).toBeGreaterThan(50_000);
    expect(endMarkOf(demuxer, bytes, decodedSeconds(bytes, demuxer))).toBe(false);
  });
});

test('the recordings of the room in the repository have their end', () => {
  for (const name of ['p1-1', 'p2-1', 'p3-1', 'p3-2', 'p4-1']) {
    const bytes = readFileSync(new URL(`../../fixtures/room/rooms/rm-late-table-1/${name}.ogg`, import.meta.url));
    expect(endMarkOf('ogg', bytes, 1)).toBe(true);
    expect(endMarkOf('ogg', bytes.subarray(0, bytes.length - 1), 1)).toBe(false);
  }
});

test('any bytes get an answer, and bytes that are no recording are never whole', () => {
  const starts = ['OggS', 'RIFF____WAVE', 'fLaC', 'ID3', '\x1a\x45\xdf\xa3', '\x00\x00\x00\x08mdat', '\xff\xfb', ''];
  fc.assert(
    fc.property(
      fc.constantFrom('ogg', 'wav', 'flac', 'mp3', 'matroska', 'mov', 'aac', 'constructor'),
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 300 }),
      (demuxer, start, rest) => {
        const bytes = new Uint8Array([...Buffer.from(start, 'latin1'), ...rest]);
        expect(typeof endMarkOf(demuxer, bytes, 1)).toBe('boolean');
        expect(endMarkOf(demuxer, rest.fill(0), 1)).toBe(false);
      },
    ),
    { numRuns: 2000 },
  );
});
