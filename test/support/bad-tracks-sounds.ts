/** Recordings whose samples are odd: too many channels, no numbers, one word, nothing. */
import { writeFileSync } from 'node:fs';
import { type BadTrack, changed, SPOKEN_SECONDS, spoken } from './bad-track.ts';
import { withFirstPage } from './ogg-pages.ts';
import { addAt, babble, chirp, silence, writeSound } from './sounds.ts';
import { pcm16, wavFile } from './wav-file.ts';

const announced = { durationSeconds: SPOKEN_SECONDS };
const both = { state: 'present', chirps: [1.5, 4.5] } as const;

/** Eight channels of which one holds the voice. */
function eightWith(place: number): Buffer {
  return pcm16(...Array.from({ length: 8 }, (_, channel) => (channel === place ? spoken() : silence(SPOKEN_SECONDS))));
}

/** Each at its own place, where there is speech and where there is none. */
function wild(): Float32Array {
  const sound = spoken();
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e4, -1e4, 3e38, Number.NaN];
  for (const [n, value] of values.entries()) sound[20_000 + n * 30_000] = value;
  sound.fill(Number.NaN, 240_000, 240_480);
  return sound;
}

const floats = (sound: Float32Array) => new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength);
const doubles = (sound: Float32Array) => new Uint8Array(Float64Array.from(sound).buffer);

/** One word of 100 ms, with nothing before or after it. */
const word = () => addAt(babble(0.1, 0.2, 4), chirp(), 0.025);

export const oddSounds: readonly BadTrack[] = [
  ...[0, 2, 3, 7].map(
    (place): BadTrack => ({
      name: `eight channels, the voice on number ${place + 1}`,
      file: `eight-${place}.wav`,
      make: (path) => writeFileSync(path, wavFile(eightWith(place), { channels: 8 })),
      announced,
      becomes: both,
    }),
  ),
  {
    name: 'sound of 8 kHz',
    file: 'eight-khz.wav',
    make: (path) => writeSound(path, spoken(), ['-ar', '8000']),
    announced,
    becomes: both,
  },
  {
    name: 'NaN, infinities and samples of 10,000 among 32-bit floats',
    file: 'wild.wav',
    make: (path) => writeFileSync(path, wavFile(floats(wild()), { tag: 3, bits: 32 })),
    announced,
    becomes: both,
  },
  {
    name: 'the same among 64-bit floats of 44.1 kHz, in front of a resampler',
    file: 'wild-44.wav',
    make: (path) => writeFileSync(path, wavFile(doubles(wild()), { tag: 3, bits: 64, rate: 44_100 })),
    becomes: { state: 'present', warnings: ['length-unverified'] },
  },
  {
    name: 'an Opus header that asks for 128 dB more',
    file: 'gain.ogg',
    make: (path) =>
      changed(
        path,
        (plain) => writeSound(plain, spoken()),
        (ogg) => withFirstPage(ogg, (page) => page.writeInt16LE(32_767, page.indexOf('OpusHead') + 16)),
      ),
    announced,
    becomes: { state: 'present' },
  },
  {
    name: 'an offset of a third of full scale under the voice',
    file: 'dc.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken().map((value) => value + 0.33)))),
    announced,
    becomes: both,
  },
  {
    name: 'silence',
    file: 'silent.wav',
    make: (path) => writeSound(path, silence(SPOKEN_SECONDS)),
    announced,
    becomes: { state: 'present', warnings: ['track-silent'] },
  },
  {
    name: 'one sample',
    file: 'one-sample.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(Float32Array.of(0.5)))),
    becomes: { state: 'present', warnings: ['length-unverified'] },
  },
  {
    name: 'a WAV file without a sample',
    file: 'no-samples.wav',
    make: (path) => writeFileSync(path, wavFile(Buffer.alloc(0))),
    becomes: { state: 'rejected', reason: /no sound at all|cannot be decoded/ },
  },
  {
    name: 'one word of 100 ms',
    file: 'word.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(word()))),
    announced: { durationSeconds: 0.1 },
    becomes: { state: 'present', chirps: [0.025] },
  },
];
