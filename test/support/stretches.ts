/** Kept sound of tracks made from samples whose talk is known: what the listener would have told, without listening. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import bundled from '@ffmpeg-installer/ffmpeg';
import { ROOM_SECONDS, TRACKS, TURNS } from '../../fixtures/room-plan.ts';
import type { PlacedStretch } from '../../src/audio/placed-stretch.ts';
import { SAMPLE_RATE_HZ, STEP_SAMPLES, STEPS_PER_SECOND } from '../../src/audio/sample-clock.ts';
import { StepMeter } from '../../src/audio/step-meter.ts';
import { TrackListener } from '../../src/audio/track-listener.ts';

/** From and to, in seconds of the sound. */
export type Span = readonly [number, number];

const MARGIN_STEPS = 30;
/** Softer steps than this, under a voice's loudest, count as pauses where talk is found by level alone. */
const PAUSE_DB = -30;

/** K-weighted energy and peak of each step begun. */
export function stepsOf(sound: Float32Array): { readonly energies: Float32Array; readonly peaks: Float32Array } {
  const count = Math.ceil(sound.length / STEP_SAMPLES);
  const [energies, peaks] = [new Float32Array(count), new Float32Array(count)];
  const meter = new StepMeter();
  for (let step = 0; step < count; step += 1) {
    const samples = new Float32Array(STEP_SAMPLES);
    samples.set(sound.subarray(step * STEP_SAMPLES, (step + 1) * STEP_SAMPLES));
    meter.measure(samples);
    energies[step] = meter.energy;
    peaks[step] = meter.peak;
  }
  return { energies, peaks };
}

/** One stretch of the whole sound; talk where said, else in all of it. */
export function wholeStretch(sound: Float32Array, talk: readonly Span[] | Uint8Array = [[0, 1e9]], roomSeconds = 0) {
  const { energies, peaks } = stepsOf(sound);
  const stretch: PlacedStretch = {
    roomSample: Math.round(roomSeconds * SAMPLE_RATE_HZ),
    fromSample: 0,
    sampleCount: sound.length,
    rate: 1,
    energies,
    peaks,
    talk: talk instanceof Uint8Array ? talk : flagsOf(talk, energies.length),
  };
  return stretch;
}

/** Every step that a span touches. */
function flagsOf(spans: readonly Span[], steps: number): Uint8Array {
  const flags = new Uint8Array(steps);
  for (const [from, to] of spans) flags.fill(1, Math.floor(from * STEPS_PER_SECOND), Math.ceil(to * STEPS_PER_SECOND));
  return flags;
}

/** The talk with 600 ms around it, as the listener keeps it: what lies further from talk is gone. */
export function keptOf(whole: PlacedStretch): PlacedStretch[] {
  const steps = whole.talk.length;
  const near = new Uint8Array(steps);
  for (const [step, flag] of whole.talk.entries()) {
    if (flag === 1) near.fill(1, Math.max(0, step - MARGIN_STEPS), step + MARGIN_STEPS + 1);
  }
  const kept: PlacedStretch[] = [];
  for (let from = near.indexOf(1); from >= 0; ) {
    const end = near.indexOf(0, from);
    const to = end < 0 ? steps : end;
    kept.push({
      ...whole,
      roomSample: whole.roomSample + from * STEP_SAMPLES,
      fromSample: from * STEP_SAMPLES,
      sampleCount: Math.min(whole.sampleCount, to * STEP_SAMPLES) - from * STEP_SAMPLES,
      energies: whole.energies.slice(from, to),
      peaks: whole.peaks.slice(from, to),
      talk: whole.talk.slice(from, to),
    });
    from = end < 0 ? -1 : near.indexOf(1, end);
  }
  return kept;
}

/** Talk of a clean voice by level alone: steps within 30 dB of the loudest, pauses up to 200 ms bridged. */
export function talkByLevel(sound: Float32Array): Uint8Array {
  const { energies } = stepsOf(sound);
  const floor = Math.max(...energies) * 10 ** (PAUSE_DB / 10);
  const flags = Uint8Array.from(energies, (energy) => (energy > floor ? 1 : 0));
  let last = -1;
  for (const [step, flag] of Uint8Array.from(flags).entries()) {
    if (flag === 0) continue;
    if (last >= 0 && step - last <= 10) flags.fill(1, last, step);
    last = step;
  }
  return flags;
}

/** The sound with a curve applied: a factor at each step's beginning and at the last one's end, straight between. */
export function withGains(sound: Float32Array, gains: Float32Array): Float32Array {
  return sound.map((value, n) => {
    const step = Math.floor(n / STEP_SAMPLES);
    const [from, to] = [gains[step] ?? 0, gains[step + 1] ?? 0];
    return value * (from + ((to - from) * (n % STEP_SAMPLES)) / STEP_SAMPLES);
  });
}

/** Real speech: each turn of a fixture voice that nobody talks into, cut out of its track, without the track's noise. */
export function fixtureTurns(participantId: 'p1' | 'p2' | 'p3'): Float32Array[] {
  return TRACKS.filter((track) => track.participantId === participantId).flatMap((track) => {
    const path = fileURLToPath(new URL(`../../fixtures/room/${track.key}`, import.meta.url));
    const args = ['-v', 'error', '-i', path, '-f', 'f32le', '-ar', String(SAMPLE_RATE_HZ), '-ac', '1', 'pipe:1'];
    const bytes = execFileSync(bundled.path, args, { maxBuffer: 1024 ** 3 });
    const sound = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const endSeconds = track.startSeconds + track.lengthSeconds;
    const turns = TURNS.flatMap((turn, n) => {
      const next = TURNS[n + 1]?.startSeconds ?? ROOM_SECONDS;
      const mine = turn.participantId === participantId;
      const within = turn.startSeconds > track.startSeconds && turn.startSeconds < endSeconds;
      return mine && within ? [{ from: turn.startSeconds - 0.1, to: Math.min(next, endSeconds) }] : [];
    });
    return turns.map(({ from, to }) =>
      sound.slice((from - track.startSeconds) * SAMPLE_RATE_HZ, (to - track.startSeconds) * SAMPLE_RATE_HZ),
    );
  });
}

/** White noise of so many dBFS RMS; the same for the same seed. */
export function noise(seconds: number, dbfs: number, seed: number): Float32Array {
  let state = seed >>> 0;
  const amplitude = Math.sqrt(3) * 10 ** (dbfs / 20);
  const sound = new Float32Array(Math.round(seconds * SAMPLE_RATE_HZ));
  for (let n = 0; n < sound.length; n += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    sound[n] = amplitude * (2 * (state / 2 ** 32) - 1);
  }
  return sound;
}

/** Adds `sound` into `target` from a sample on, as far as it goes. */
export function addFrom(target: Float32Array, sound: Float32Array, fromSample: number): Float32Array {
  const count = Math.min(sound.length, target.length - fromSample);
  for (let n = 0; n < count; n += 1) target[fromSample + n] = (target[fromSample + n] ?? 0) + (sound[n] ?? 0);
  return target;
}

/** Parts one after the other. */
export function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function scaled(sound: Float32Array, db: number): Float32Array {
  const factor = 10 ** (db / 20);
  return sound.map((value) => value * factor);
}

/** All at once, from the beginning, as long as the longest. */
export function mixed(...parts: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(Math.max(...parts.map((part) => part.length)));
  for (const part of parts) addFrom(sum, part, 0);
  return sum;
}

/** What the listener really keeps of a track, and where it hears somebody. */
export function heardStretches(sound: Float32Array, roomSeconds = 0): PlacedStretch[] {
  const listener = new TrackListener({ kind: 'speech' }, () => {});
  listener.hear(sound);
  const { kept, talk } = listener.end();
  return kept.map(({ firstStep, stepCount, energies, peaks }) => {
    const flags = new Uint8Array(stepCount);
    for (const run of talk) {
      const [from, to] = [run.firstStep - firstStep, run.firstStep + run.stepCount - firstStep];
      if (to > 0 && from < stepCount) flags.fill(1, Math.max(0, from), to);
    }
    return {
      roomSample: Math.round(roomSeconds * SAMPLE_RATE_HZ) + firstStep * STEP_SAMPLES,
      fromSample: firstStep * STEP_SAMPLES,
      sampleCount: Math.min(sound.length, (firstStep + stepCount) * STEP_SAMPLES) - firstStep * STEP_SAMPLES,
      rate: 1,
      ...{ energies, peaks, talk: flags },
    };
  });
}

/** The sound of a track that starts with the room, as its gain curves let it through; silence where nothing is kept. */
export function gated(sound: Float32Array, stretches: readonly PlacedStretch[], gains: readonly Float32Array[]) {
  const through = new Float32Array(sound.length);
  for (const [n, { fromSample, sampleCount }] of stretches.entries()) {
    const part = sound.subarray(fromSample, fromSample + sampleCount);
    through.set(withGains(part, gains[n] ?? new Float32Array()), fromSample);
  }
  return through;
}

/** Sum of squares between two instants. */
export function energyOf(sound: Float32Array, fromSeconds = 0, toSeconds = 1e9): number {
  let sum = 0;
  for (const value of sound.subarray(fromSeconds * SAMPLE_RATE_HZ, toSeconds * SAMPLE_RATE_HZ)) sum += value * value;
  return sum;
}
