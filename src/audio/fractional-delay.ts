/** Sound between its samples: reads a lane a few parts per million faster or slower, by windowed-sinc interpolation. */

/** So many samples before and after a place decide what is heard there. */
export const INTERPOLATION_MARGIN_SAMPLES = 16;
const TAPS = 2 * INTERPOLATION_MARGIN_SAMPLES;
/** Places between two samples that have a filter of their own; between those the nearest two are blended. */
const PHASES = 256;

/** Kaiser's window with this parameter keeps what is folded back below -90 dB. */
const KAISER_BETA = 9;

function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; k < 40; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function tapsOf(phase: number): Float64Array {
  const taps = Float64Array.from({ length: TAPS }, (_, tap) => {
    const x = tap - INTERPOLATION_MARGIN_SAMPLES + 1 - phase / PHASES;
    const edge = x / INTERPOLATION_MARGIN_SAMPLES;
    const window = Math.abs(edge) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - edge * edge)) / bessel(KAISER_BETA);
    return (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

let tables: readonly Float64Array[] | undefined;

/**
 * `count` samples read from `sound` at `from`, `from + rate`, `from + 2 rate` …, where `from` is at least
 * INTERPOLATION_MARGIN_SAMPLES and as many samples follow the last place.
 */
export function interpolate(sound: Float32Array, from: number, rate: number, count: number): Float32Array {
  tables ??= Array.from({ length: PHASES + 1 }, (_, phase) => tapsOf(phase));
  const out = new Float32Array(count);
  for (let n = 0; n < count; n += 1) {
    const place = from + n * rate;
    const whole = Math.floor(place);
    const fine = (place - whole) * PHASES;
    const phase = Math.floor(fine);
    const blend = fine - phase;
    const [low, high] = [tables[phase], tables[phase + 1] ?? tables[phase]];
    const first = whole - INTERPOLATION_MARGIN_SAMPLES + 1;
    let [a, b] = [0, 0];
    for (let tap = 0; tap < TAPS; tap += 1) {
      const sample = sound[first + tap] ?? 0;
      a += sample * (low?.[tap] ?? 0);
      b += sample * (high?.[tap] ?? 0);
    }
    out[n] = a + (b - a) * blend;
  }
  return out;
}
