/** Row by row: the same room gives the same bytes, whatever the number of slice workers, and nothing is heard where slices meet. */
import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { silence, tone } from '../support/sounds.ts';
import { factorsOf } from './place-meter.ts';
import { type Heard, type Microphone, render } from './room-builder.ts';
import { spoken } from './voices.ts';

/** Long enough for three slices of 150 s: somebody speaks across the first seam, a tone lies across the second. */
const SECONDS = 310;
const SEAM = 300;
const HERTZ = 1_000;
const PERIOD_SECONDS = 0.6;

const microphones: readonly Microphone[] = [
  {
    participantId: 'ana',
    file: 'ana.ogg',
    to: SECONDS,
    noise: { dbfs: -60, seed: 1 },
    said: spoken('ana', -22, [0, 1, 2]).map((sound, turn) => ({ at: [3, 147.5, 230][turn] ?? 0, sound })),
  },
  {
    participantId: 'june',
    file: 'june.webm',
    from: 100,
    to: 200,
    noise: { dbfs: -66, seed: 2 },
    said: spoken('june', -34, [0, 1]).map((sound, turn) => ({ at: [120, 149][turn] ?? 0, sound })),
  },
  {
    // In its every 0.6 s a seam would stand out.
    participantId: 'player',
    kind: 'music',
    from: SEAM - 40,
    to: SECONDS,
    said: [{ at: SEAM - 40, sound: tone(SECONDS - SEAM + 40, HERTZ, 0.1) }],
  },
];

const digest = ({ bytes }: { bytes: Buffer }) => createHash('sha256').update(bytes).digest('hex');

const WORKERS = [1, 2, 4];
let heard: (Heard & { readonly bytes: Buffer })[];
beforeAll(async () => {
  const room = { seconds: SECONDS, microphones };
  heard = [];
  for (const threads of WORKERS) heard.push(await render(room, undefined, { threads }));
}, 240_000);

test('one worker, two and four make the same bytes', () => {
  const digests = heard.map(digest);
  expect(digests).toHaveLength(WORKERS.length);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(digests).size).toBe(1);
});

/** What is left of 0.6 s of the tone when the 0.6 s some time before it are taken away, in dB below it. */
function strangeness(atSeconds: number): number {
  const length = PERIOD_SECONDS * 48_000;
  const [from, before] = [atSeconds, atSeconds - 18].map((at) => Math.round(at * 48_000));
  const [here, there] = [from, before].map((at) => heard[0]?.left.subarray(at, (at ?? 0) + length));
  if (!here || !there) return Number.NaN;
  const [factor = 0] = factorsOf(here, [there], 0, length);
  let [rest, whole] = [0, 0];
  for (const [n, value] of here.entries()) {
    rest += (value - factor * (there[n] ?? 0)) ** 2;
    whole += value ** 2;
  }
  return 10 * Math.log10(Math.max(1e-12, rest / whole));
}

test('nothing is heard where two slices meet', () => {
  const usual = strangeness(SEAM - 12);
  for (const at of [SEAM - 0.6, SEAM - 0.3, SEAM]) {
    expect(strangeness(at), `at ${at} s; elsewhere ${usual}`).toBeLessThan(Math.max(-60, usual + 6));
  }
  expect(heard[0]?.left.subarray((SEAM - 1) * 48_000, SEAM * 48_000)).not.toEqual(silence(1));
});
