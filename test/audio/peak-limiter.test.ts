/** The limiter's promises: the ceiling, nothing else touched, one gain for all channels, no clicks, no long memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PeakLimiter } from '../../src/audio/peak-limiter.ts';
import { truePeak } from '../../src/audio/true-peak.ts';
import { ebur128Dbtp, voice } from '../support/ebur128.ts';
import { truePeak as independentDbtp } from '../support/loudness-meter.ts';
import { addAt, babble, FFMPEGS, silence, tone } from '../support/sounds.ts';

const CEILING_DBTP = -2;
const CEILING = 10 ** (CEILING_DBTP / 20);
const RATE = 48_000;
const LATENCY = new PeakLimiter({ ceiling: CEILING, channels: 1 }).latencySamples;
const decibels = (factor: number) => 20 * Math.log10(factor);
const bytes = (samples: Float32Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

/** Each channel limited and put back in time; fed in blocks of the given lengths, over and over. */
function limitAll(channels: readonly Float32Array[], blocks: readonly number[] = [28_800]): Float32Array[] {
  const limiter = new PeakLimiter({ ceiling: CEILING, channels: channels.length });
  const padded = channels.map((channel) => addAt(new Float32Array(channel.length + LATENCY), channel, 0));
  const length = padded[0]?.length ?? 0;
  for (let from = 0, n = 0; from < length; n += 1) {
    const to = Math.min(length, from + (blocks[n % blocks.length] ?? 1));
    limiter.process(padded.map((channel) => channel.subarray(from, to)));
    from = to;
  }
  return padded.map((channel) => channel.subarray(LATENCY));
}
const limit = (sound: Float32Array, blocks?: readonly number[]) => limitAll([sound], blocks)[0] ?? new Float32Array();

/** Tones, voices, steps and single samples at any level, some far above full scale. */
const part = fc.record({
  kind: fc.constantFrom('tone', 'voice', 'step', 'spikes', 'nothing'),
  level: fc.double({ min: -30, max: 45, noNaN: true }).map((db) => 10 ** (db / 20)),
  hertz: fc.integer({ min: 30, max: 19_000 }),
  seed: fc.nat(1000),
});
const sounds = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => {
  const whole = silence(0.1 * parts.length);
  for (const [n, { kind, level, hertz, seed }] of parts.entries()) {
    const sound =
      kind === 'tone' ? tone(0.1, hertz, level) : kind === 'voice' ? babble(0.1, level, seed) : silence(0.1);
    if (kind === 'step') sound.fill(seed % 2 === 0 ? level : -level);
    if (kind === 'spikes') for (let at = seed; at < sound.length; at += 37 + (seed % 900)) sound[at] = level;
    addAt(whole, sound, 0.1 * n);
  }
  return whole;
});

test('no true peak comes out above the ceiling, whatever goes in', () => {
  fc.assert(
    fc.property(sounds, (sound) => {
      expect(decibels(truePeak(limit(sound), 0, undefined, CEILING / 2))).toBeLessThanOrEqual(CEILING_DBTP + 0.05);
    }),
    { seed: 21, numRuns: 60 },
  );
});

test('sound that stays below the ceiling comes out bit for bit, only later', () => {
  fc.assert(
    fc.property(sounds, (sound) => {
      const factor = Math.min(1, (0.999 * CEILING) / Math.max(1e-9, truePeak(sound)));
      const below = sound.map((sample) => sample * factor);
      expect(bytes(limit(below)).equals(bytes(below))).toBe(true);
    }),
    { seed: 22, numRuns: 40 },
  );
});

test('however the sound is cut into blocks, the same samples come out', () => {
  fc.assert(
    fc.property(
      sounds,
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
      (sound, blocks) => {
        expect(bytes(limit(sound, blocks)).equals(bytes(limit(sound)))).toBe(true);
      },
    ),
    { seed: 23, numRuns: 40 },
  );
});

test('all channels get the gain of the loudest, so nothing moves in the stereo stage', () => {
  fc.assert(
    fc.property(sounds, (loud) => {
      const quiet = babble(loud.length / RATE, 0.25, 5).map((sample) => sample + 0.5);
      const [left, right] = limitAll([loud, quiet]);
      const [rightAgain, leftAgain] = limitAll([quiet, loud]);
      expect(bytes(left ?? silence(1)).equals(bytes(leftAgain ?? silence(0)))).toBe(true);
      expect(bytes(right ?? silence(1)).equals(bytes(rightAgain ?? silence(0)))).toBe(true);
      for (let n = 0; n < loud.length; n += 7) {
        const input = loud[n] ?? 0;
        if (Math.abs(input) < 1e-3) continue;
        const gain = (right?.[n] ?? 0) / (quiet[n] ?? 1);
        expect((left?.[n] ?? 0) / input).toBeCloseTo(gain, 5);
      }
    }),
    { seed: 24, numRuns: 20 },
  );
});

test('one second of sound is enough to know all that came before', () => {
  fc.assert(
    fc.property(sounds, sounds, (before, middle) => {
      const second = addAt(
        silence(1),
        middle.map((sample) => sample * 0.1),
        0,
      );
      const after = babble(1, 1.5, 9);
      const whole = silence(before.length / RATE + 2);
      addAt(whole, before, 0);
      addAt(whole, second, before.length / RATE);
      addAt(whole, after, before.length / RATE + 1);
      const [fromStart, fromSecond] = [limit(whole), limit(whole.slice(before.length))];
      for (let n = RATE; n < 2 * RATE; n += 1) {
        const difference = Math.abs((fromStart[before.length + n] ?? 0) - (fromSecond[n] ?? 0));
        if (difference > 10 ** (-110 / 20)) expect(decibels(difference), `sample ${n}`).toBeLessThan(-110);
      }
    }),
    { seed: 25, numRuns: 20 },
  );
});

describe('a spike of 10,000 times full scale in a steady tone', () => {
  const input = tone(2, 440, 0.5);
  input[RATE / 2] = 1e4;
  const output = limit(input);
  const gains = Float64Array.from(input, (sample, n) =>
    Math.abs(sample) < 0.01 ? Number.NaN : (output[n] ?? 0) / sample,
  );

  test('comes out at the ceiling', () => {
    expect(decibels(output[RATE / 2] ?? 0)).toBeCloseTo(CEILING_DBTP, 1);
  });

  test('lowers the gain for 5 ms before, gives it back over some 60 ms, and is forgotten after 1.1 s', () => {
    const gainAt = (seconds: number) => output[Math.round(seconds * RATE) + 27] ?? 0;
    const inputAt = (seconds: number) => input[Math.round(seconds * RATE) + 27] ?? 1;
    expect(bytes(output.subarray(0, RATE / 2 - LATENCY)).equals(bytes(input.subarray(0, RATE / 2 - LATENCY)))).toBe(
      true,
    );
    expect(gainAt(0.56) / inputAt(0.56)).toBeCloseTo(1 - Math.exp(-0.055 / 0.06), 1);
    const end = Math.round(1.6 * RATE);
    expect(bytes(output.subarray(end)).equals(bytes(input.subarray(end)))).toBe(true);
  });

  test('the gain never jumps: within a sample it moves by at most 1 %', () => {
    let worst = 0;
    for (const [n, gain] of gains.entries()) {
      const step = Math.abs(gain - (gains[n - 1] ?? Number.NaN));
      if (step > worst) worst = step;
    }
    expect(worst).toBeGreaterThan(0.001);
    expect(worst).toBeLessThan(0.01);
  });
});

test('a constant far above full scale comes out as a constant below the ceiling', () => {
  const output = limit(silence(1).fill(5));
  for (const at of [4800, 24_000, 40_000]) expect(output[at]).toBeCloseTo(CEILING * 10 ** (-0.03 / 20), 4);
});

test('silence stays silence, and an empty block is no trouble', () => {
  const limiter = new PeakLimiter({ ceiling: CEILING, channels: 2 });
  limiter.process([new Float32Array(0), new Float32Array(0)]);
  expect(limit(silence(1)).every((sample) => sample === 0)).toBe(true);
});

test.each(FFMPEGS)(
  'a voice 15 dB too loud stays below the ceiling for $name and for an independent meter',
  ({ path }) => {
    const spoken = voice(path, 'p1-1.ogg', 10);
    const factor = (CEILING * 10 ** (15 / 20)) / truePeak(spoken);
    const output = limit(spoken.map((sample) => sample * factor));
    const [theirs, independent] = [ebur128Dbtp(path, output), independentDbtp([output])];
    expect(theirs).toBeLessThan(CEILING_DBTP + 0.05);
    expect(independent).toBeLessThan(CEILING_DBTP + 0.05);
    expect(theirs).toBeGreaterThan(CEILING_DBTP - 0.2);
  },
);

test('a ceiling of nothing and channels that do not fit are refused', () => {
  expect(() => new PeakLimiter({ ceiling: 0, channels: 1 })).toThrow('above 0');
  expect(() => new PeakLimiter({ ceiling: Number.NaN, channels: 1 })).toThrow('above 0');
  const limiter = new PeakLimiter({ ceiling: 1, channels: 2 });
  expect(() => limiter.process([new Float32Array(10)])).toThrow('2 equally long channels got samples: 10');
  expect(() => limiter.process([new Float32Array(10), new Float32Array(9)])).toThrow('10, 9');
});
