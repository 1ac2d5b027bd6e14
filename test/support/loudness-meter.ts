/** A small meter after ITU-R BS.1770-4, for 48 kHz: written apart from the code under test, and checked against EBU Tech 3341. */

const RATE = 48_000;

interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/** Tables 1 and 2 of BS.1770: the head's shelf, then the low cut. */
const K_WEIGHTING: readonly Biquad[] = [
  { b: [1.53512485958697, -2.69169618940638, 1.19839281085285], a: [-1.69065929318241, 0.73248077421585] },
  { b: [1, -2, 1], a: [-1.99004745483398, 0.99007225036621] },
];

function filtered(input: Float64Array, { b, a }: Biquad): Float64Array {
  const output = new Float64Array(input.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let n = 0; n < input.length; n += 1) {
    const x = input[n] ?? 0;
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    output[n] = y;
  }
  return output;
}

/** Sum over the channels of each 100 ms's mean square. */
function tenths(channels: readonly Float32Array[]): number[] {
  const step = RATE / 10;
  const sums: number[] = [];
  for (const channel of channels) {
    const weighted = K_WEIGHTING.reduce(filtered, Float64Array.from(channel));
    for (let n = 0; (n + 1) * step <= weighted.length; n += 1) {
      let sum = 0;
      for (const y of weighted.subarray(n * step, (n + 1) * step)) sum += y * y;
      sums[n] = (sums[n] ?? 0) + sum / step;
    }
  }
  return sums;
}

const lufs = (energy: number) => -0.691 + 10 * Math.log10(energy);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gated over the whole, in LUFS; -Infinity for silence. Every channel counts fully, as left and right do. */
export function integratedLoudness(channels: readonly Float32Array[]): number {
  const parts = tenths(channels);
  const blocks = parts.slice(3).map((_, n) => mean(parts.slice(n, n + 4)));
  const audible = blocks.filter((energy) => lufs(energy) >= -70);
  if (audible.length === 0) return Number.NEGATIVE_INFINITY;
  const gate = lufs(mean(audible)) - 10;
  return lufs(mean(audible.filter((energy) => lufs(energy) >= gate)));
}

/** The same over some stretches only, in seconds from and to, joined. */
export function loudnessWithin(
  channels: readonly Float32Array[],
  stretches: readonly (readonly [number, number])[],
): number {
  return integratedLoudness(
    channels.map((channel) => {
      const parts = stretches.map(([from, to]) => channel.subarray(from * RATE, to * RATE));
      const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        joined.set(part, at);
        at += part.length;
      }
      return joined;
    }),
  );
}

const PHASES = 8;
const HALF_WIDTH = 24;
/** Windowed sinc, one row for each position between two samples. */
const INTERPOLATORS = Array.from({ length: PHASES }, (_, phase) =>
  Float64Array.from({ length: 2 * HALF_WIDTH }, (_, tap) => {
    const x = tap - HALF_WIDTH + 1 - phase / PHASES;
    if (x === 0) return 1;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / HALF_WIDTH);
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  }),
);

/** Highest value between samples too, from eight-fold interpolation, in dBTP; -Infinity for silence. */
export function truePeak(channels: readonly Float32Array[]): number {
  let peak = 0;
  for (const channel of channels) {
    for (let n = HALF_WIDTH; n < channel.length - HALF_WIDTH; n += 1) {
      // Only near loud samples can a peak hide that is higher than the highest sample so far.
      if (Math.max(Math.abs(channel[n] ?? 0), Math.abs(channel[n + 1] ?? 0)) < peak / 2) continue;
      for (const taps of INTERPOLATORS) {
        let sum = 0;
        for (let tap = 0; tap < taps.length; tap += 1)
          sum += (taps[tap] ?? 0) * (channel[n - HALF_WIDTH + 1 + tap] ?? 0);
        peak = Math.max(peak, Math.abs(sum));
      }
    }
  }
  return 20 * Math.log10(peak);
}
