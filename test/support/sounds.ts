/** Sounds made by rule, files made of them, and files turned back into samples. 48 kHz throughout. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { absenceFails, findProgram } from './programs.ts';
import { wavFile } from './wav-file.ts';

const RATE = 48_000;

/** Both kinds that everything must work on; the one on PATH may be absent on a bare machine. */
export const FFMPEGS: readonly { readonly name: string; readonly path: string }[] = [
  { name: 'the bundled ffmpeg', path: bundled.path },
  ...[findProgram('ffmpeg')].flatMap((path) => (path === undefined ? [] : [{ name: 'the ffmpeg on PATH', path }])),
];
if (FFMPEGS.length < 2) {
  if (absenceFails) throw new Error('CI is set, so an ffmpeg must be on PATH: apt-get install ffmpeg');
  console.warn('Left out: tests on the ffmpeg on PATH. To run them: apt-get install ffmpeg');
}

export function silence(seconds: number): Float32Array {
  return new Float32Array(Math.round(seconds * RATE));
}

export function tone(seconds: number, hertz: number, amplitude: number): Float32Array {
  return silence(seconds).map((_, n) => amplitude * Math.sin((2 * Math.PI * hertz * n) / RATE));
}

/** 50 ms whose place can be told to a fraction of a millisecond, even after a lossy codec. */
export function chirp(): Float32Array {
  const seconds = 0.05;
  return silence(seconds).map((_, n) => {
    const t = n / RATE;
    const window = Math.sin((Math.PI * t) / seconds) ** 2;
    return 0.5 * window * Math.sin(2 * Math.PI * (400 * t + (3000 * t * t) / (2 * seconds)));
  });
}

/** Adds `sound` into `target` at an instant. */
export function addAt(target: Float32Array, sound: Float32Array, seconds: number): Float32Array {
  const at = Math.round(seconds * RATE);
  for (const [n, value] of sound.entries()) if (at + n < target.length) target[at + n] = (target[at + n] ?? 0) + value;
  return target;
}

/** Like a voice: harmonics in syllables of changing strength, with breaths between; the same for the same seed. */
export function babble(seconds: number, amplitude: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  const sound = silence(seconds);
  const pitch = 90 + 120 * random();
  for (let start = 0; start < seconds; ) {
    const length = 0.12 + 0.2 * random();
    const strength = amplitude * (0.35 + 0.65 * random());
    const timbre = Array.from({ length: 12 }, (_, harmonic) => random() / (1 + 0.4 * harmonic));
    const [first, last] = [Math.round(start * RATE), Math.min(sound.length, Math.round((start + length) * RATE))];
    for (let n = first; n < last; n += 1) {
      const t = (n - first) / RATE;
      const envelope = Math.sin((Math.PI * (n - first)) / (last - first));
      let sum = 0;
      for (const [harmonic, weight] of timbre.entries())
        sum += weight * Math.sin(2 * Math.PI * pitch * (harmonic + 1) * t);
      sound[n] = 0.4 * strength * envelope * sum;
    }
    start += length + (random() < 0.15 ? 0.35 : 0.04);
  }
  return sound;
}

function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Codec options by a file's ending. */
const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  ogg: ['-c:a', 'libopus', '-b:a', '96k'],
  webm: ['-c:a', 'libopus', '-b:a', '96k'],
  flac: ['-c:a', 'flac'],
  wav: ['-c:a', 'pcm_s16le'],
  mp3: ['-c:a', 'libmp3lame', '-b:a', '128k'],
  m4a: ['-c:a', 'aac', '-b:a', '128k'],
};

/** Writes one channel to `path` in the format its ending names. `options` go before it, after the codec's. */
export function writeSound(path: string, samples: Float32Array, options: readonly string[] = []): void {
  mkdirSync(dirname(path), { recursive: true });
  const ending = path.slice(path.lastIndexOf('.') + 1);
  const input = ['-f', 'f32le', '-ar', String(RATE), '-ac', '1', '-i', 'pipe:0'];
  const args = ['-v', 'error', '-y', ...input, ...(ENCODINGS[ending] ?? []), ...options, path];
  execFileSync(bundled.path, args, { input: bytesOf(samples) });
}

/** A WAV of 32-bit floats, one channel, whatever the samples are. */
export function writeFloatWav(path: string, samples: Float32Array): void {
  writeFileSync(path, wavFile(bytesOf(samples), { tag: 3, bits: 32 }));
}

function bytesOf(samples: Float32Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Left and right of a file, as an app would play it. */
export function decode(path: string): [Float32Array, Float32Array] {
  const args = ['-v', 'error', '-i', path, '-f', 'f32le', '-ar', String(RATE), '-ac', '2', 'pipe:1'];
  const bytes = execFileSync(bundled.path, args, { maxBuffer: 1024 ** 3 });
  const both = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const half = (offset: number) => Float32Array.from({ length: both.length / 2 }, (_, n) => both[2 * n + offset] ?? 0);
  return [half(0), half(1)];
}

/** The instant near `aroundSeconds` (± 60 ms) at which `pattern` fits best. */
export function locate(pattern: Float32Array, sound: Float32Array, aroundSeconds: number): number {
  const centre = Math.round(aroundSeconds * RATE);
  let best = { at: 0, match: -1 };
  for (let at = Math.max(0, centre - 2880); at <= centre + 2880; at += 1) {
    let match = 0;
    for (let n = 0; n < pattern.length; n += 2) match += (pattern[n] ?? 0) * (sound[at + n] ?? 0);
    if (Math.abs(match) > best.match) best = { at, match: Math.abs(match) };
  }
  return best.at / RATE;
}

/** The place near `aroundSeconds` where `pattern` fits best, and how well: 1 where there is nothing else, about 0 elsewhere. */
export function likeness(
  pattern: Float32Array,
  sound: Float32Array,
  aroundSeconds: number,
): { readonly seconds: number; readonly factor: number } {
  const seconds = locate(pattern, sound, aroundSeconds);
  const found = sound.subarray(Math.round(seconds * RATE), Math.round(seconds * RATE) + pattern.length);
  const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
  const energies = Math.sqrt(product(pattern, pattern) * product(found, found));
  return { seconds, factor: energies === 0 ? 0 : Math.abs(product(pattern, found)) / energies };
}

/** How strong one frequency is between two instants, in dB. */
export function toneLevel(sound: Float32Array, hertz: number, fromSeconds: number, toSeconds: number): number {
  let [re, im] = [0, 0];
  const [first, last] = [Math.round(fromSeconds * RATE), Math.round(toSeconds * RATE)];
  for (let n = first; n < last; n += 1) {
    re += (sound[n] ?? 0) * Math.cos((2 * Math.PI * hertz * n) / RATE);
    im += (sound[n] ?? 0) * Math.sin((2 * Math.PI * hertz * n) / RATE);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / (last - first));
}
