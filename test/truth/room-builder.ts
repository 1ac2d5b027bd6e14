/** Rooms whose answers are known: microphones are written as files, a room.ended event names them, and what is published is heard. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import bundled from '@ffmpeg-installer/ffmpeg';
import { afterAll } from 'vitest';
import { microphoneNoise } from '../../fixtures/sound.ts';
import { createSoundEngine, type SoundEngine } from '../../src/adapters/sound/sound-engine.ts';
import type { RenderReport } from '../../src/audio/report.ts';
import { instant, manifestOf, openStudio, type RoomOptions, type Studio } from '../support/render-room.ts';
import { addAt, FFMPEGS, silence, writeSound } from '../support/sounds.ts';

export interface Microphone {
  readonly participantId: string;
  /** The file's name; its ending says the format. `<participantId>.wav` unless given. */
  readonly file?: string;
  readonly kind?: 'speech' | 'music';
  /** On the room's clock, in seconds. */
  readonly from?: number;
  readonly to: number;
  /** What is heard at it, and when, on the room's clock. */
  readonly said: readonly Said[];
  /** Its own hiss, always there. */
  readonly noise?: { readonly dbfs: number; readonly seed: number };
  /** How much faster than the room's clock its samples are counted, in parts per million. */
  readonly driftPpm?: number;
  /** States `durationSeconds`, by the room's clock, in the event. */
  readonly isPromised?: boolean;
  /** For ffmpeg, after the codec's own. */
  readonly encoding?: readonly string[];
  /** What befalls the file afterwards. */
  readonly damage?: (file: Buffer) => Buffer;
}

interface Said {
  readonly at: number;
  readonly sound: Float32Array;
}

/** A published episode, as a listener hears it. */
export interface Heard {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly both: readonly [Float32Array, Float32Array];
  readonly report: RenderReport;
  readonly file: string;
}

/** The one on PATH where there is one. */
const NEWEST_FFMPEG = FFMPEGS.at(-1)?.path ?? '';

export interface EngineOptions {
  /** How many slices are mixed side by side. */
  readonly threads?: number;
}

/** One for each ffmpeg and number of threads: starting threads costs as much as a short room. */
const engines = new Map<string, SoundEngine>();
afterAll(() => Promise.all([...engines.values()].map((engine) => engine.close())));

function engineOf(path: string, options: EngineOptions): SoundEngine {
  const key = `${path} ${options.threads ?? ''}`;
  const engine = engines.get(key) ?? createSoundEngine({ path, ...options });
  engines.set(key, engine);
  return engine;
}

export interface TruthRoom {
  readonly seconds: number;
  readonly microphones: readonly Microphone[];
  readonly edit?: RoomOptions['edit'];
}

/** What such a microphone records. A clock that drifts counts more or fewer samples; each sound itself stays as it is. */
function recorded({ from = 0, to, said, noise, driftPpm = 0 }: Microphone): Float32Array {
  const pace = 1 + driftPpm / 1e6;
  const seconds = (to - from) * pace;
  const sound = noise ? microphoneNoise(silence(seconds).length, noise.dbfs, noise.seed) : silence(seconds);
  for (const { at, sound: words } of said) {
    if (at < from) throw new Error(`${at} s lies before this microphone was open (${from} s).`);
    addAt(sound, words, (at - from) * pace);
  }
  return sound;
}

export function trackOf({ participantId, file = `${participantId}.wav`, kind = 'speech', ...rest }: Microphone) {
  const from = rest.from ?? 0;
  const promise = rest.isPromised ? { durationSeconds: rest.to - from } : {};
  return { participantId, key: file, startedAt: instant(from), kind, ...promise };
}

/** Files of microphones by what they record: a room that is rendered several times is encoded once. */
const written = new WeakMap<Microphone, Buffer>();

/** Writes every microphone's track to where `pathOf` says for its key. */
export function writeTracks(microphones: readonly Microphone[], pathOf: (key: string) => string): void {
  for (const microphone of microphones) {
    const path = pathOf(trackOf(microphone).key);
    const known = written.get(microphone);
    if (known) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, known);
      continue;
    }
    // Opus at its quickest: these rooms test what is made of the tracks, not how well they were encoded.
    const quick = /\.(ogg|webm)$/.test(path) ? ['-compression_level', '0'] : [];
    writeSound(path, recorded(microphone), [...quick, ...(microphone.encoding ?? [])]);
    const whole = readFileSync(path);
    const file = microphone.damage?.(whole) ?? whole;
    if (file !== whole) writeFileSync(path, file);
    written.set(microphone, file);
  }
}

/** Renders what lies in the studio's folder already. Throws when no episode came of it. */
async function renderWritten(studio: Studio, { seconds, microphones, edit }: TruthRoom): Promise<Heard> {
  const tracks = microphones.map(trackOf);
  const result = await studio.render(manifestOf({ seconds, tracks, ...(edit ? { edit } : {}) }));
  if (result.kind !== 'rendered') throw new Error(`The room was not rendered but ${result.kind}.`);
  const file = studio.masterPath(result.master.renderKey);
  return { ...listen(file), report: await studio.report(result.master.renderKey), file };
}

export function listen(file: string): Omit<Heard, 'report' | 'file'> {
  const args = ['-v', 'error', '-i', file, '-f', 'f32le', '-ar', '48000', '-ac', '2', 'pipe:1'];
  const bytes = execFileSync(bundled.path, args, { maxBuffer: 1024 ** 3 });
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [left, right] = [new Float32Array(samples.length / 2), new Float32Array(samples.length / 2)];
  for (let n = 0; n < left.length; n += 1) {
    left[n] = samples[2 * n] ?? 0;
    right[n] = samples[2 * n + 1] ?? 0;
  }
  return { left, right, both: [left, right] };
}

/** How much sound a track holds, whatever its timestamps say. */
export function heldSeconds(file: string): number {
  const args = ['-v', 'error', '-i', file, '-f', 's16le', '-ar', '8000', '-ac', '1', 'pipe:1'];
  return execFileSync(bundled.path, args, { maxBuffer: 1024 ** 3 }).length / 2 / 8_000;
}

/** The whole way, in a studio of its own that is cleared away; the file is gone afterwards, its bytes are handed out. */
export async function render(
  room: TruthRoom,
  ffmpegPath = NEWEST_FFMPEG,
  options: EngineOptions = {},
): Promise<Heard & { readonly bytes: Buffer }> {
  const studio = openStudio(ffmpegPath, { engine: engineOf(ffmpegPath, options) });
  try {
    writeTracks(room.microphones, studio.track);
    const heard = await renderWritten(studio, room);
    return { ...heard, bytes: readFileSync(heard.file) };
  } finally {
    await studio.close();
  }
}
