/** Where a known sound lies in a mix, and how strong each of several known sounds is where they overlap. */
import { SAMPLE_RATE } from '../../fixtures/room-plan.ts';
import { band, energy } from './filters.ts';

export interface Place {
  readonly seconds: number;
  /** Normalised correlation there: 1 when nothing else is heard, 0 when it is not there. */
  readonly likeness: number;
}

/** The best fit of `pattern` within `reach` seconds of an instant. Compared at 24,000 then 48,000 places a second. */
export function whereIs(pattern: Float32Array, sound: Float32Array, aroundSeconds: number, reach = 0.25): Place {
  const [centre, width] = [Math.round(aroundSeconds * SAMPLE_RATE), Math.round(reach * SAMPLE_RATE)];
  // Some seconds tell a place as well as a whole sentence does.
  const sample = pattern.subarray(0, 1.5 * SAMPLE_RATE);
  let best = bestOf(sample, sound, centre - width, centre + width, 4, 7);
  best = bestOf(sample, sound, best - 4, best + 4, 1, 3);
  const [cross, own, other] = products(sample, sound, best, 1);
  return { seconds: best / SAMPLE_RATE, likeness: cross / Math.sqrt(own * other || 1) };
}

function bestOf(
  pattern: Float32Array,
  sound: Float32Array,
  from: number,
  to: number,
  hop: number,
  stride: number,
): number {
  let best = { at: from, match: Number.NEGATIVE_INFINITY };
  for (let at = from; at <= to; at += hop) {
    const [match] = products(pattern, sound, at, stride);
    if (match > best.match) best = { at, match };
  }
  return best.at;
}

function products(pattern: Float32Array, sound: Float32Array, at: number, stride: number): [number, number, number] {
  let [cross, own, other] = [0, 0, 0];
  for (let n = 0; n < pattern.length; n += stride) {
    const [a, b] = [pattern[n] ?? 0, sound[at + n] ?? 0];
    cross += a * b;
    own += a * a;
    other += b * b;
  }
  return [cross, own, other];
}

/**
 * The factors by which `parts`, summed, come nearest to `mix` between two samples of them: least squares. A part that
 * is silent there gets 0. Parts and mix start at the same instant.
 */
export function factorsOf(mix: Float32Array, parts: readonly Float32Array[], from: number, to: number): number[] {
  const inner = (a: Float32Array, b: Float32Array) => {
    let sum = 0;
    for (let n = from; n < to; n += 1) sum += (a[n] ?? 0) * (b[n] ?? 0);
    return sum;
  };
  const rows = parts.map((part) => [...parts.map((other) => inner(part, other)), inner(part, mix)]);
  for (const [pivot, row] of rows.entries()) {
    const head = row[pivot] ?? 0;
    if (head < 1e-9) continue;
    for (const [index, other] of rows.entries()) {
      if (index === pivot) continue;
      const factor = (other[pivot] ?? 0) / head;
      for (const [column, value] of row.entries()) other[column] = (other[column] ?? 0) - factor * value;
    }
  }
  return rows.map((row, index) => ((row[index] ?? 0) < 1e-9 ? 0 : (row.at(-1) ?? 0) / (row[index] ?? 1)));
}

const MOMENT_SAMPLES = Math.round(0.4 * SAMPLE_RATE);
/** Below its own loudest moment a part is only breath and noise, and below the other it cannot be told from the encoder's. */
const AUDIBLE_DB = 15;

/** Like `factorsOf`, in dB, for stretches of 0.4 s in turn: those in which every part is well heard. */
export function levelsOverTime(mix: Float32Array, parts: readonly Float32Array[]): number[][] {
  const begins: number[] = [];
  for (let at = 0; at + MOMENT_SAMPLES <= mix.length; at += MOMENT_SAMPLES / 2) begins.push(at);
  const energies = parts.map((part) => begins.map((at) => energy(part, at, at + MOMENT_SAMPLES)));
  const audible = 10 ** (-AUDIBLE_DB / 10);
  const floors = energies.map((values) => Math.max(...values) * audible);
  return begins.flatMap((at, moment) => {
    const here = energies.map((values) => values[moment] ?? 0);
    const least = Math.max(...here) * audible;
    if (here.some((value, part) => value < Math.max(least, floors[part] ?? 0))) return [];
    const factors = factorsOf(mix, parts, at, at + MOMENT_SAMPLES);
    return [factors.map((factor) => 20 * Math.log10(Math.max(1e-6, factor)))];
  });
}

const NEIGHBOURS = [-3, 0, 3];

/**
 * How strong a copy of `clean` some seconds later (or, negative, earlier) is against the sound itself, in dB. Judged
 * between 800 Hz and 6 kHz: what a high-pass turns below that would pass for an echo.
 */
export function echoDb(mix: Float32Array, clean: Float32Array, atSeconds: number, laterSeconds: number): number {
  const margin = 0.1;
  const around = Math.max(0, Math.round((atSeconds - margin) * SAMPLE_RATE));
  const heard = speechBand(mix.slice(around, around + clean.length + 2 * margin * SAMPLE_RATE));
  const place = whereIs(speechBand(clean), heard, atSeconds - around / SAMPLE_RATE, 0.03);
  // Neighbours take up what lies between two samples; together they say how strong the sound is there.
  const copiesAt = (seconds: number) =>
    NEIGHBOURS.map((by) => {
      const copy = new Float32Array(heard.length);
      copy.set(clean, Math.round((place.seconds + seconds) * SAMPLE_RATE) + by);
      return speechBand(copy);
    });
  const factors = factorsOf(heard, [...copiesAt(0), ...copiesAt(laterSeconds)], 0, heard.length);
  const strength = (values: readonly number[]) => Math.abs(values.reduce((sum, value) => sum + value, 0));
  const [direct, copy] = [strength(factors.slice(0, NEIGHBOURS.length)), strength(factors.slice(NEIGHBOURS.length))];
  return 20 * Math.log10(Math.max(1e-6, copy) / direct);
}

const speechBand = (sound: Float32Array) => band(sound, 800, 6000);
