/** Recordings whose clock, or whose header, tells what is not so. */
import { writeFileSync } from 'node:fs';
import { type BadTrack, changed, SPOKEN_SECONDS, spoken } from './bad-track.ts';
import { flacBomb } from './flac-bomb.ts';
import { withGranules, withoutPages } from './ogg-pages.ts';
import { writeSound } from './sounds.ts';
import { pcm16, wavFile } from './wav-file.ts';
import { withClusterTimes } from './webm-clock.ts';

const announced = { durationSeconds: SPOKEN_SECONDS };
/** Pages of 20 ms, and clusters of a second: there are clocks enough to change. */
const shortPages = ['-page_duration', '20000'];
const shortClusters = ['-cluster_time_limit', '1000'];

const oggWith = (change: (ogg: Buffer) => Uint8Array) => (path: string) =>
  changed(path, (plain) => writeSound(plain, spoken(), shortPages), change);
const webmWith = (change: (milliseconds: number, cluster: number) => number) => (path: string) =>
  changed(
    path,
    (plain) => writeSound(plain, spoken(), shortClusters),
    (webm) => withClusterTimes(webm, change),
  );

const HOUR_MS = 3_600_000;
const HOUR_TICKS = 48_000n * 3600n;

export const lyingClocks: readonly BadTrack[] = [
  {
    name: 'an Ogg file of which 1.5 s in the middle were lost: silence, and what follows stays in its place',
    file: 'gap.ogg',
    make: oggWith((ogg) => withoutPages(ogg, (page) => page >= 110 && page < 185)),
    announced,
    becomes: { state: 'present', chirps: [1.5, 4.5] },
  },
  {
    name: 'a WebM file whose clock jumps ahead by 1.5 s: silence, then the rest',
    file: 'gap.webm',
    make: webmWith((milliseconds, cluster) => milliseconds + (cluster >= 3 ? 1500 : 0)),
    announced,
    becomes: { state: 'present', warnings: ['length-differs'], chirps: [1.5, 6.0], noChirps: [4.5] },
  },
  {
    name: 'an Ogg file whose clock goes back by 2 s',
    file: 'back.ogg',
    make: oggWith((ogg) => withGranules(ogg, (granule, page) => granule - (page >= 150 ? 96_000n : 0n))),
    becomes: { state: 'rejected', reason: /clock goes back/ },
  },
  {
    name: 'a WebM file whose clock goes back by 2 s',
    file: 'back.webm',
    make: webmWith((milliseconds, cluster) => milliseconds - (cluster >= 3 ? 2000 : 0)),
    becomes: { state: 'rejected', reason: /clock goes back/ },
  },
  {
    name: 'an Ogg file whose clock jumps ahead by 40 h',
    file: 'huge.ogg',
    make: oggWith((ogg) => withGranules(ogg, (granule, page) => granule + (page >= 150 ? 40n * HOUR_TICKS : 0n))),
    becomes: { state: 'rejected', reason: /clock spans 40 h/ },
  },
  {
    name: 'a WebM file whose clock jumps ahead by 40 h',
    file: 'huge.webm',
    make: webmWith((milliseconds, cluster) => milliseconds + (cluster >= 3 ? 40 * HOUR_MS : 0)),
    becomes: { state: 'rejected', reason: /clock spans 40 h/ },
  },
  {
    name: 'a WebM file whose clock starts after 40 h',
    file: 'late.webm',
    make: webmWith((milliseconds) => milliseconds + 40 * HOUR_MS),
    announced,
    becomes: { state: 'present', chirps: [1.5, 4.5] },
  },
  {
    name: 'a WAV file whose length was never filled in',
    file: 'endless.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken()), { claimedBytes: 0xffff_ffff })),
    announced,
    becomes: { state: 'present', chirps: [1.5, 4.5] },
  },
  {
    name: 'sound of 44.1 kHz in a WAV file that says 48 kHz',
    file: 'fast.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken(12).filter((_, n) => n % 480 < 441)))),
    announced: { durationSeconds: 12 },
    becomes: { state: 'incomplete', reason: /ends after 11\.0 s; 12\.0 s were announced/ },
  },
  {
    name: 'sound of 48 kHz in a WAV file that says 44.1 kHz',
    file: 'slow.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken()), { rate: 44_100 })),
    announced,
    becomes: { state: 'present', warnings: ['length-differs'] },
  },
  {
    name: 'a rate of 0 in a WAV header',
    file: 'rate-0.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken()), { rate: 0 })),
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
  {
    name: 'a rate of 2³¹ − 1 in a WAV header',
    file: 'rate-max.wav',
    make: (path) => writeFileSync(path, wavFile(pcm16(spoken()), { rate: 2 ** 31 - 1 })),
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
  {
    name: '255 channels in a WAV header',
    file: 'channels-255.wav',
    make: (path) => writeFileSync(path, wavFile(Buffer.alloc(255 * 2 * 4800), { channels: 255 })),
    becomes: { state: 'rejected', reason: /cannot be decoded/ },
  },
  {
    name: 'twelve hours of near-silence in 0.5 MB of FLAC',
    file: 'bomb.flac',
    make: (path) => writeFileSync(path, flacBomb(spoken(), 12 * 3600)),
    becomes: { state: 'present', warnings: ['length-unverified'], chirps: [1.5, 4.5] },
  },
  {
    name: 'twelve hours of near-silence whose sample rate changes with every frame',
    file: 'changing-bomb.flac',
    make: (path) => writeFileSync(path, flacBomb(spoken(), 12 * 3600, [48_000, 44_100])),
    becomes: { state: 'present', warnings: ['length-unverified'], chirps: [1.5, 4.5] },
  },
];
