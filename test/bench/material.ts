/** What rooms are put together from: every sentence at several levels, and microphone noise, encoded once as Opus packets. */
import { ffmpegOutput } from './decode.ts';
import { opusPackets, PACKET_SAMPLES, PACKETS_PER_SECOND } from './ogg-opus.ts';
import { seededRandom } from './random.ts';
import type { Voice } from './voices.ts';

/** One person at one distance from one microphone. */
export interface Microphone {
  readonly noise: readonly Uint8Array[];
  /** Each with a little of the microphone's noise before and after. */
  readonly sentences: readonly (readonly Uint8Array[])[];
}

/** RMS of speech, dBFS: a room in which people are not equally loud. */
const SPEECH_LEVELS_DBFS: readonly number[] = [-18, -24, -21, -28];
const NOISE_BELOW_SPEECH_DB = 42;
const NOISE_SECONDS = 30;
const PADDING_PACKETS = 10;
const HIGHEST_PEAK = 0.9;

/** Three voices at four levels are twelve microphones; the n-th speaker of a room has the n-th. */
export async function encodeMaterial(
  voices: readonly Voice[],
  seed: number,
  ffmpegPath: string,
): Promise<Microphone[]> {
  const wanted = SPEECH_LEVELS_DBFS.flatMap((level, turn) =>
    voices.map((_, index) => ({ level, voice: voices[(index + turn) % voices.length] })),
  );
  const microphones: Microphone[] = [];
  const waiting = [...wanted.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, { level, voice }] = next;
      if (voice) microphones[index] = await encodeMicrophone(voice, level, seed + index, ffmpegPath);
    }
  };
  await Promise.all([worker(), worker()]);
  return microphones;
}

async function encodeMicrophone(
  { sentences }: Voice,
  levelDbfs: number,
  seed: number,
  ffmpegPath: string,
): Promise<Microphone> {
  const lengths = sentences.map(({ length }) => Math.ceil(length / PACKET_SAMPLES) + 2 * PADDING_PACKETS);
  const noisePackets = NOISE_SECONDS * PACKETS_PER_SECOND;
  const total = lengths.reduce((sum, length) => sum + length, noisePackets) + 1;
  const sound = microphoneNoise(total * PACKET_SAMPLES, levelDbfs - NOISE_BELOW_SPEECH_DB, seed);
  const gain = Math.min(
    10 ** (levelDbfs / 20) / rmsOf(sentences),
    HIGHEST_PEAK / sentences.reduce((peak, sentence) => Math.max(peak, peakOf(sentence)), 0),
  );
  const starts: number[] = [];
  let at = noisePackets;
  for (const [index, sentence] of sentences.entries()) {
    starts.push(at);
    const from = (at + PADDING_PACKETS) * PACKET_SAMPLES;
    for (let n = 0; n < sentence.length; n += 1) sound[from + n] = (sound[from + n] ?? 0) + gain * (sentence[n] ?? 0);
    at += lengths[index] ?? 0;
  }
  const packets = opusPackets(await encodeOpus(sound, ffmpegPath));
  return {
    noise: packets.slice(1, noisePackets),
    sentences: starts.map((start, index) => packets.slice(start, start + (lengths[index] ?? 0))),
  };
}

async function encodeOpus(samples: Float32Array, ffmpegPath: string): Promise<Buffer> {
  const input = ['-v', 'error', '-f', 'f32le', '-ar', '48000', '-ac', '1', '-i', 'pipe:0'];
  const output = ['-c:a', 'libopus', '-b:a', '48k', '-frame_duration', '20', '-f', 'ogg', 'pipe:1'];
  return Buffer.concat((await ffmpegOutput(ffmpegPath, [...input, ...output], samples)).stdout);
}

/** White noise through a gentle low-pass. */
function microphoneNoise(length: number, rmsDbfs: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const noise = new Float32Array(length);
  let smooth = 0;
  for (let at = 0; at < length; at += 1) {
    smooth += 0.25 * (random() * 2 - 1 - smooth);
    noise[at] = smooth;
  }
  const gain = 10 ** (rmsDbfs / 20) / rmsOf([noise]);
  for (let at = 0; at < length; at += 1) noise[at] = gain * (noise[at] ?? 0);
  return noise;
}

function rmsOf(sounds: readonly Float32Array[]): number {
  let [sum, count] = [0, 0];
  for (const sound of sounds) {
    for (const value of sound) sum += value * value;
    count += sound.length;
  }
  return Math.sqrt(sum / count);
}

function peakOf(sound: Float32Array): number {
  let peak = 0;
  for (const value of sound) peak = Math.max(peak, Math.abs(value));
  return peak;
}
