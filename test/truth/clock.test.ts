/** Row by row: everyone where the event and the timestamps put them, and clocks that drift. One evening of eleven minutes. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withoutLastPages } from '../support/ogg-pages.ts';
import { addAt, chirp, silence } from '../support/sounds.ts';
import { makeTempFolder, removeFolder } from '../support/temp-folder.ts';
import { whereIs } from './place-meter.ts';
import { type Heard, heldSeconds, type Microphone, render, writeTracks } from './room-builder.ts';
import { spoken } from './voices.ts';

const SECONDS = 640;

/** A few words with a chirp among them: places are measured by it, and said as people say things. */
const [sentence = silence(0)] = spoken('ana', -22, [1]);
const CHIRP_AFTER = 1.2;
const word = addAt(sentence.slice(0, 2.4 * 48_000), chirp(), CHIRP_AFTER);

const pagesOf20Ms = ['-b:a', '24k', '-page_duration', '20000'];
const lost = (frames: string) => ['-af', `asetnsamples=960,aselect='not(${frames})'`];

interface Placed {
  readonly microphone: Omit<Microphone, 'participantId' | 'said' | 'file'> & { readonly file: string };
  readonly saidAt: readonly number[];
  readonly withinMs: number;
  /** What is said so late is heard so much later when drift is not corrected. */
  readonly driftRemains?: boolean;
}

/** Nobody speaks within 3 s of another, because all chirps sound alike. */
const EVENING: Readonly<Record<string, Placed>> = {
  'who is there all the time': {
    microphone: { file: 'a.flac', from: 0, to: 635 },
    saidAt: [3, 320, 630],
    withinMs: 20,
  },
  'a late joiner': { microphone: { file: 'b.webm', from: 61.234, to: 120 }, saidAt: [63, 117], withinMs: 20 },
  'who leaves': { microphone: { file: 'c-1.ogg', from: 10.017, to: 41 }, saidAt: [12, 36], withinMs: 20 },
  'and comes back after seven minutes': {
    microphone: { file: 'c-2.ogg', from: 461.777, to: 500 },
    saidAt: [462, 495],
    withinMs: 20,
  },
  'an Ogg in which 3 s of packets were lost': {
    microphone: { file: 'd.ogg', from: 20, to: 100, encoding: [...pagesOf20Ms, ...lost('between(t,20,22.99)')] },
    saidAt: [21, 45, 96],
    withinMs: 20,
  },
  'a WebM in which 3 s of packets were lost': {
    microphone: { file: 'e.webm', from: 20.5, to: 100, encoding: lost('between(t,20,22.99)') },
    saidAt: [24, 48, 90],
    withinMs: 20,
  },
  'an Ogg in which every fiftieth packet was lost': {
    microphone: { file: 'f.ogg', from: 100, to: 220, encoding: [...pagesOf20Ms, ...lost('eq(mod(n,50),17)')] },
    saidAt: [102, 150, 216],
    withinMs: 20,
  },
  'a WebM in which every fiftieth packet was lost': {
    microphone: { file: 'g.webm', from: 100, to: 220, encoding: lost('eq(mod(n,50),17)') },
    saidAt: [105, 153, 213],
    withinMs: 20,
  },
  'a clock 150 ppm fast, with its length promised': {
    microphone: { file: 'h.ogg', from: 5, to: 625, driftPpm: 150, isPromised: true, encoding: pagesOf20Ms },
    saidAt: [6, 326, 618],
    withinMs: 40,
  },
  'a clock 150 ppm slow, with its length promised': {
    microphone: { file: 'i.ogg', from: 5, to: 625, driftPpm: -150, isPromised: true, encoding: pagesOf20Ms },
    saidAt: [9, 329, 621],
    withinMs: 40,
  },
  'a clock 150 ppm fast, with no promise, as it is': {
    microphone: { file: 'j.flac', from: 5, to: 625, driftPpm: 150 },
    saidAt: [15, 615],
    withinMs: 20,
    driftRemains: true,
  },
  'a clock 150 ppm fast, promised, but with packets lost, as it is': {
    microphone: {
      file: 'k.ogg',
      from: 5,
      to: 625,
      driftPpm: 150,
      isPromised: true,
      encoding: [...pagesOf20Ms, ...lost('between(t,300,302.99)')],
    },
    saidAt: [18, 612],
    withinMs: 20,
    driftRemains: true,
  },
  'a file cut 0.1 s short of its promise, which is no drift': {
    microphone: {
      file: 'l.ogg',
      from: 5,
      to: 625,
      isPromised: true,
      encoding: pagesOf20Ms,
      damage: (file) => withoutLastPages(file, 5),
    },
    saidAt: [27, 609],
    withinMs: 20,
  },
  'a recorder that promised 600 ppm more than it wrote, which is no drift': {
    microphone: { file: 'm.flac', from: 5, to: 625, driftPpm: -600, isPromised: true },
    saidAt: [30, 606],
    withinMs: 20,
    driftRemains: true,
  },
};

const cases = Object.entries(EVENING).map(([what, placed]) => ({ what, ...placed }));
const heardAt = ({ microphone, driftRemains }: Placed, at: number) => {
  const { from = 0, driftPpm = 0 } = microphone;
  return at + CHIRP_AFTER + (driftRemains ? (at - from) * driftPpm * 1e-6 : 0);
};

let heard: Heard;
const folder = makeTempFolder('clock');
afterAll(() => removeFolder(folder));

beforeAll(async () => {
  const microphones = cases.map(({ microphone, saidAt }) => ({
    ...microphone,
    // Who rejoins is one participant with two tracks.
    participantId: microphone.file.slice(0, 1),
    said: saidAt.map((at) => ({ at, sound: word })),
  }));
  writeTracks(microphones, (key) => join(folder, key));
  heard = await render({ seconds: SECONDS, microphones });
}, 180_000);

test.each([
  ['d.ogg', 80 - 3],
  ['e.webm', 79.5 - 3],
  ['f.ogg', 120 * 0.98],
  ['g.webm', 120 * 0.98],
  ['k.ogg', 617.09],
  ['l.ogg', 619.9],
])('(%s holds %d s of sound: the rest is really lost)', (file, seconds) => {
  expect(Math.abs(heldSeconds(join(folder, file)) - seconds)).toBeLessThan(0.03);
});

test('the episode is as long as the room', () => {
  expect(Math.abs(heard.left.length / 48_000 - SECONDS)).toBeLessThan(0.1);
});

test.each(cases)('$what: within $withinMs ms', (placed) => {
  for (const at of placed.saidAt) {
    const { seconds, likeness } = whereIs(chirp(), heard.left, heardAt(placed, at), 0.5);
    expect(likeness, `the chirp after ${at} s`).toBeGreaterThan(0.6);
    const offMs = 1000 * (seconds - heardAt(placed, at));
    expect(Math.abs(offMs), `the chirp after ${at} s is ${offMs.toFixed(1)} ms off`).toBeLessThanOrEqual(
      placed.withinMs,
    );
  }
});
