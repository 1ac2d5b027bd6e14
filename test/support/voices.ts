/** Real voices from the demo room, noise by rule, and how loud either is: for tests that need more than tones. */
import { fileURLToPath } from 'node:url';
import { blockEnergies, integratedFromBlocks } from '../../src/audio/loudness-gating.ts';
import { STEP_SAMPLES } from '../../src/audio/sample-clock.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { decode } from './sounds.ts';

const ROOM = fileURLToPath(new URL('../../fixtures/room/rooms/rm-late-table-1/', import.meta.url));

/** The demo room's tracks in which somebody talks: two far from their microphone's noise, one quiet. */
export type Voice = 'p1-1' | 'p2-1' | 'p3-1' | 'p3-2';

export function voice(name: Voice): Float32Array {
  const [left] = decode(`${ROOM}${name}.ogg`);
  return left;
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

/** The same sound at another integrated loudness, as one channel. */
export function atLufs(sound: Float32Array, lufs: number): Float32Array {
  const now = integratedFromBlocks(blockEnergies(stepEnergies(sound)));
  if (now === null) throw new Error('silence has no loudness to set');
  const gain = 10 ** ((lufs - now) / 20);
  return sound.map((value) => value * gain);
}

/** The sum of two, as long as the first; the second starts anew when it is shorter. */
export function mixed(sound: Float32Array, under: Float32Array): Float32Array {
  return sound.map((value, n) => value + (under[n % under.length] ?? 0));
}
