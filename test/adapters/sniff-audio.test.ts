/** What a file is, by its bytes and not by its name. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sniffAudio } from '../../src/adapters/ffmpeg/sniff-audio.ts';
import { silence, tone, writeFloatWav, writeSound } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';

let folder: string;
beforeAll(() => {
  folder = makeTempFolder('sniff');
});
afterAll(() => removeFolder(folder));

test.each([
  ['ogg', 'ogg', []],
  ['webm', 'matroska', []],
  ['wav', 'wav', []],
  ['flac', 'flac', []],
  ['mp3', 'mp3', []],
  ['m4a', 'mov', []],
  ['mkv', 'matroska', ['-c:a', 'flac']],
  ['oga', 'ogg', ['-c:a', 'flac', '-f', 'ogg']],
  ['oga', 'ogg', ['-c:a', 'libvorbis', '-f', 'ogg']],
  ['aac', 'aac', ['-c:a', 'aac', '-f', 'adts']],
  ['mp4', 'mov', ['-c:a', 'aac']],
])('a file ending in .%s is read as %s, whatever it is called', async (ending, demuxer, options) => {
  const path = join(folder, `sound.${ending}`);
  writeSound(path, tone(1, 440, 0.3), options);
  expect(await sniffAudio(path)).toMatchObject({ kind: 'accepted', format: { demuxer } });
});

test('an MP3 behind a large tag is still an MP3', async () => {
  writeSound(join(folder, 'tagged.mp3'), tone(1, 440, 0.3), [
    '-metadata',
    `comment=${'x'.repeat(90_000)}`,
    '-id3v2_version',
    '3',
  ]);
  expect(await sniffAudio(join(folder, 'tagged.mp3'))).toMatchObject({ format: { demuxer: 'mp3' } });
});

test('only floating-point WAV files are taken to hold wild samples', async () => {
  writeFloatWav(join(folder, 'float.wav'), silence(0.1));
  writeSound(join(folder, 'plain.wav'), silence(0.1));
  writeSound(join(folder, 'extensible.wav'), silence(0.1), ['-c:a', 'pcm_s24le']);
  const isWild = async (name: string) => {
    const sniffed = await sniffAudio(join(folder, name));
    return sniffed.kind === 'accepted' && sniffed.format.mayHoldWildSamples === true;
  };
  expect(await isWild('float.wav')).toBe(true);
  expect(await isWild('plain.wav')).toBe(false);
  expect(await isWild('extensible.wav')).toBe(false);
});

test.each([
  ['nothing', '', /empty \(0 bytes\)/],
  ['an HLS playlist', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', /text/],
  ['an ffconcat script', 'ffconcat version 1.0\nfile /etc/passwd\n', /text/],
  ['a DASH manifest', '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>', /application\/xml|text/],
  ['an SDP', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 96\n', /text/],
  ['a PDF', '%PDF-1.7\n', /application\/pdf/],
  ['rubbish', Buffer.alloc(4096, 0x01), /not a known recording/],
])('%s named .ogg is rejected with a reason', async (_, content, reason) => {
  const path = join(folder, 'bad.ogg');
  writeFileSync(path, content);
  expect(await sniffAudio(path)).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(reason) });
});
