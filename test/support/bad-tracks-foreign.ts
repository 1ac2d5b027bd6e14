/** Files that name other files or hosts, and recordings with more in them than one voice. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import bundled from '@ffmpeg-installer/ffmpeg';
import { type BadTrack, changed, type Lures, SPOKEN_SECONDS, spoken } from './bad-track.ts';
import { flacWithCover, hugePng, id3Tag, m4aWithCover, mp3WithCover } from './cover-pictures.ts';
import { tone, writeSound } from './sounds.ts';

const url = ({ port }: Lures, path = 'a.ts') => `http://127.0.0.1:${port}/${path}`;

const LISTS: Readonly<Record<string, (lures: Lures) => string>> = {
  'an HLS playlist': (lures) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile://${lures.soundPath}\n#EXTINF:6,\n${url(lures)}\n#EXT-X-ENDLIST\n`,
  'an ffconcat list': (lures) =>
    `ffconcat version 1.0\nfile '${lures.soundPath}'\nfile '${lures.textPath}'\nfile '${url(lures)}'\n`,
  'a DASH manifest': (lures) =>
    '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT6S">' +
    `<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>${url(lures)}</BaseURL>` +
    `<SegmentList duration="6"><SegmentURL media="file://${lures.soundPath}"/><SegmentURL media="${url(lures, 'b')}"/>` +
    '</SegmentList></Representation></AdaptationSet></Period></MPD>\n',
  'an SDP description': ({ port }) =>
    `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 97\r\na=rtpmap:97 opus/48000\r\n`,
};

const lists = Object.entries(LISTS).flatMap(([what, write], index): BadTrack[] => [
  {
    name: `${what} named .ogg`,
    file: `list-${index}.ogg`,
    make: (path, lures) => writeFileSync(path, write(lures)),
    becomes: { state: 'rejected', reason: /is text|type application\/xml/ },
  },
  {
    // ffmpeg, left alone, skips the tag and believes what follows.
    name: `${what} behind an MP3's tag`,
    file: `tagged-list-${index}.mp3`,
    make: (path, lures) => writeFileSync(path, Buffer.concat([id3Tag(Buffer.alloc(256)), Buffer.from(write(lures))])),
    becomes: { state: 'rejected', reason: /not a known recording|type application\/xml/ },
  },
  {
    // To whoever reads its first bytes an Ogg file; ffmpeg, left alone, finds the list in it.
    name: `${what} behind what begins as an Ogg page`,
    file: `paged-list-${index}.ogg`,
    make: (path, lures) => writeFileSync(path, `OggS${'-'.repeat(23)}\nOpusHead\n${write(lures)}`),
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
]);

const announced = { durationSeconds: SPOKEN_SECONDS };
const chirps = [1.5, 4.5];

/** With a moving picture, and the voice in it as the last input. */
function writeVideo(path: string, codecs: readonly string[]): void {
  const sound = `${path}.wav`;
  writeSound(sound, spoken());
  const inputs = ['-f', 'lavfi', '-i', 'testsrc=s=320x240:d=6', '-i', sound];
  execFileSync(bundled.path, ['-v', 'error', '-y', ...inputs, '-map', '0:v', '-map', '1:a', ...codecs, path]);
  rmSync(sound);
}

function writeTwoVoices(path: string): void {
  const [first, second] = [`${path}.1.wav`, `${path}.2.wav`];
  writeSound(first, spoken());
  writeSound(second, tone(6, 5000, 0.5));
  const options = ['-map', '0:a', '-map', '1:a', '-c:a', 'libopus', '-b:a', '96k'];
  execFileSync(bundled.path, ['-v', 'error', '-y', '-i', first, '-i', second, ...options, path]);
  for (const input of [first, second]) rmSync(input);
}

const withCover = {
  flac: flacWithCover,
  mp3: mp3WithCover,
  m4a: m4aWithCover,
};

const covers = Object.entries(withCover).map(
  ([ending, add]): BadTrack => ({
    name: `a picture of 20,000 × 20,000 pixels in a ${ending} file`,
    file: `cover.${ending}`,
    make: (path) =>
      changed(
        path,
        (plain) => writeSound(plain, spoken()),
        (bytes) => add(bytes, hugePng()),
      ),
    announced,
    becomes: { state: 'present', chirps },
  }),
);

export const foreignContent: readonly BadTrack[] = [
  ...lists,
  {
    name: 'an MP4 file with a video',
    file: 'video.mp4',
    make: (path) => writeVideo(path, ['-c:v', 'mpeg4', '-c:a', 'aac', '-b:a', '128k']),
    announced,
    becomes: { state: 'present', chirps },
  },
  {
    name: 'a WebM file with a video',
    file: 'video.webm',
    make: (path) => writeVideo(path, ['-c:v', 'libvpx', '-c:a', 'libopus', '-b:a', '96k']),
    announced,
    becomes: { state: 'present', chirps },
  },
  {
    name: 'a WebM file with a video and no sound',
    file: 'mute.webm',
    make: (path) => {
      const source = ['-f', 'lavfi', '-i', 'testsrc=s=320x240:d=6'];
      execFileSync(bundled.path, ['-v', 'error', '-y', ...source, '-c:v', 'libvpx', path]);
    },
    announced,
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
  {
    name: 'a WebM file with a second sound, of which nothing may be heard',
    file: 'two-voices.webm',
    make: writeTwoVoices,
    announced,
    becomes: { state: 'present', chirps },
  },
  ...covers,
];
