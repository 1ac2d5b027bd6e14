/** Real voices from the demo room, noise by rule, and how loud either is: for tests that need more than tones. */
import { fileURLToPath } from 'node:url';
import { blockEnergies, integratedFromBlocks } from '../../src/audio/loudness-gating.ts';
import { STEP_SAMPLES } from '../../src/audio/sample-clock.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { decode } from './sounds.ts';

const ROOM = fileURLToPath(new URL('../../fixtures/room/rooms/rm-late-table-1/', import.meta.url));

/** The demo room's tracks in which somebody talks; p2 is quiet. */
export type Voice = 'p1-1' | 'p2-1' | 'p3-1' | 'p3-2';

const decoded = new Map<Voice, Float32Array>();

export function voice(name: Voice): Float32Array {
  const sound = decoded.get(name) ?? decode(`${ROOM}${name}.ogg`)[0];
  decoded.set(name, sound);
  return sound;
}

/** Noise of this many dBFS (RMS), the same for the same seed. Pink has equal power in each octave, as rooms have. */
export function noise(seconds: number, dbfs: number, colour: 'white' | 'pink', seed: number): Float32Array {
  const sound = new Float32Array(Math.round(seconds * 48_000));
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  // Paul Kellet's three-pole approximation of pink noise.
  let [low, middle, high, energy] = [0, 0, 0, 0];
  for (let n = 0; n < sound.length; n += 1) {
    const white = uniform() + uniform();
    low = 0.99765 * low + 0.099046 * white;
    middle = 0.963 * middle + 0.2965164 * white;
    high = 0.57 * high + 1.0526913 * white;
    const value = colour === 'white' ? white : low + middle + high + 0.1848 * white;
    sound[n] = value;
    energy += value * value;
  }
  const gain = 10 ** (dbfs / 20) / Math.sqrt(energy / sound.length);
  return sound.map((value) => value * gain);
}

/** K-weighted energy of each whole step after the high-pass for speech. */
export function stepEnergies(sound: Float32Array): Float64Array {
  const meter = new StepMeter({ highPassHertz: 80 });
  return Float64Array.from({ length: Math.floor(sound.length / STEP_SAMPLES) }, (_, step) => {
    meter.measure(sound.slice(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES));
    return meter.energy;
  });
}

/** Integrated loudness as one channel, after the high-pass for speech. */
function lufsOf(sound: Float32Array): number {
  const lufs = integratedFromBlocks(blockEnergies(stepEnergies(sound)));
  if (lufs === null) throw new Error('silence has no loudness');
  return lufs;
}

export function louder(sound: Float32Array, db: number): Float32Array {
  const gain = 10 ** (db / 20);
  return sound.map((value) => value * gain);
}

export const atLufs = (sound: Float32Array, lufs: number) => louder(sound, lufs - lufsOf(sound));

/** One sound over and over. */
export function repeated(sound: Float32Array, seconds: number): Float32Array {
  const long = new Float32Array(Math.round(seconds * 48_000));
  for (let from = 0; from < long.length; from += sound.length) {
    long.set(sound.subarray(0, Math.min(sound.length, long.length - from)), from);
  }
  return long;
}

/** The sum of two, as long as the first; the second starts anew when it is shorter. */
export function mixed(sound: Float32Array, under: Float32Array): Float32Array {
  const long = repeated(under, sound.length / 48_000);
  return sound.map((value, n) => value + (long[n] ?? 0));
}
