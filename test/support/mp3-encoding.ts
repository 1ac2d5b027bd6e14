/** Runs encoding plans as the mixer does, sound into standard input, and decodes what came out with an ffmpeg of choice. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mp3SlicePlan } from '../../src/audio/encoding-plan.ts';
import type { FfmpegPlan } from '../../src/audio/ffmpeg-plan.ts';
import { infoFrame } from '../../src/audio/mp3-info-frame.ts';
import { keptFrames, NO_MUSIC, withFrames } from '../../src/audio/mp3-join.ts';
import type { Slice } from '../../src/audio/slices.ts';
import { decode } from './sounds.ts';

const ROOM = fileURLToPath(new URL('../../fixtures/room/rooms/rm-late-table-1/', import.meta.url));

/** A real voice of the fixture room, at about the level of a master, over and over until it lasts `samples`. */
export function fixtureSpeech(track: 'p1-1.ogg' | 'p2-1.ogg', samples: number): Float32Array {
  const [voice] = decode(join(ROOM, track));
  let peak = 0;
  for (const value of voice) peak = Math.max(peak, Math.abs(value));
  return Float32Array.from({ length: samples }, (_, n) => ((voice[n % voice.length] ?? 0) * 0.8) / peak);
}

/** Left from one, right from the other. */
export function interleaved(left: Float32Array, right: Float32Array): Float32Array {
  return Float32Array.from({ length: 2 * left.length }, (_, n) => (n % 2 ? right : left)[n >> 1] ?? 0);
}

/** What `plan`, given `sound` on standard input, writes to its one output. Throws with ffmpeg's own words. */
export function encodeSound(ffmpeg: string, plan: FfmpegPlan, sound: Float32Array, folder: string): Uint8Array {
  const args = [
    ...plan.inputs.flatMap(({ options, file }) => [...options, '-i', file]),
    ...['-filter_complex', plan.filterGraph],
    ...plan.outputs.flatMap(({ options, target }) => [...options, target]),
  ];
  const input = new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength);
  execFileSync(ffmpeg, args, { cwd: folder, input, stdio: ['pipe', 'ignore', 'pipe'], maxBuffer: 1024 ** 3 });
  return readFileSync(join(folder, plan.outputs[0]?.target ?? ''));
}

export interface SliceEncoder {
  readonly ffmpeg: string;
  readonly folder: string;
  readonly channels: 1 | 2;
  readonly bitrateKbps: number;
}

/** What the encoder makes of a slice of `sound` with its rolls. */
function encodeSlice(encoder: SliceEncoder, sound: Float32Array, slice: Slice): Uint8Array {
  const { ffmpeg, folder, channels, bitrateKbps } = encoder;
  const from = (slice.fromSample - slice.preRollSamples) * channels;
  const to = (slice.toSample + slice.postRollSamples) * channels;
  const plan = mp3SlicePlan(channels, bitrateKbps, `slice-${slice.index}.mp3`);
  return encodeSound(ffmpeg, plan, sound.subarray(from, to), folder);
}

/** The frames of all slices, encoded apart in the order of `slices` and joined in their own. */
export function encodeInSlices(encoder: SliceEncoder, sound: Float32Array, slices: readonly Slice[]): Uint8Array {
  const pieces = slices.map((slice) => ({ slice, frames: keptFrames(slice, encodeSlice(encoder, sound, slice)) }));
  const inOrder = pieces.toSorted((a, b) => a.slice.index - b.slice.index);
  return Buffer.concat(inOrder.map(({ frames }) => frames));
}

/** A whole file: the header over `frames`, then they. */
export function mp3File(frames: Uint8Array, durationSamples: number): Uint8Array {
  return Buffer.concat([infoFrame(withFrames(NO_MUSIC, frames), durationSamples), frames]);
}

/** Interleaved samples of all that a file holds, delay and padding trimmed as its header says. */
export function decodeWith(ffmpeg: string, path: string): Float32Array {
  const args = ['-v', 'error', '-i', path, '-f', 'f32le', '-c:a', 'pcm_f32le', 'pipe:1'];
  const bytes = execFileSync(ffmpeg, args, { maxBuffer: 1024 ** 3 });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Mean square of `sound`, or of its difference to `other`, from one sample up to another. */
export function energyBetween(sound: Float32Array, from: number, to: number, other?: Float32Array): number {
  let sum = 0;
  for (let n = from; n < to; n += 1) sum += ((sound[n] ?? 0) - (other?.[n] ?? 0)) ** 2;
  return sum / (to - from);
}
