/** Real sentences to build rooms of: the fixture room's, or a folder's. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fixtureFolder } from '../../fixtures/room.ts';
import { sha256 } from '../../src/domain/ids.ts';
import { decodeMono } from './decode.ts';

export interface Voice {
  readonly name: string;
  /** 48 kHz mono. */
  readonly sentences: readonly Float32Array[];
}

export interface Voices {
  readonly description: string;
  /** Changes when any recording does. */
  readonly digest: string;
  load(): Promise<Voice[]>;
}

/** More would only take longer to encode. */
const MOST_SENTENCES = 16;

/** `folder` holds en/, fr/ and it/ with numbered FLAC files of a sentence each. */
export function folderVoices(folder: string, ffmpegPath: string): Voices {
  const files = ['en', 'fr', 'it'].map((name) => ({
    name,
    paths: readdirSync(join(folder, name))
      .filter((file) => file.endsWith('.flac'))
      .sort()
      .slice(0, MOST_SENTENCES)
      .map((file) => join(folder, name, file)),
  }));
  const empty = files.find(({ paths }) => paths.length === 0);
  if (empty)
    throw new Error(`no FLAC file in ${join(folder, empty.name)}: --voices wants en/, fr/ and it/ full of them`);
  return {
    description: 'a folder of sentences in three languages (`--voices`)',
    digest: digestOf(files.flatMap(({ paths }) => paths)),
    load: () =>
      Promise.all(
        files.map(async ({ name, paths }) => {
          const sentences: Float32Array[] = [];
          for (const path of paths) sentences.push(await decodeMono(ffmpegPath, path));
          return { name, sentences };
        }),
      ),
  };
}

const FIXTURE_TRACKS = ['p1-1', 'p2-1', 'p3-1', 'p3-2'];

/** The three people of the fixture room, cut at their pauses. */
export function fixtureVoices(ffmpegPath: string): Voices {
  const paths = FIXTURE_TRACKS.map((name) => join(fixtureFolder, 'rooms', 'rm-late-table-1', `${name}.ogg`));
  return {
    description: "the fixture room's three people",
    digest: digestOf(paths),
    async load() {
      const byPerson = new Map<string, Float32Array[]>();
      for (const path of paths) {
        const [person = ''] = basename(path).split('-');
        const sentences = cutAtPauses(await decodeMono(ffmpegPath, path));
        byPerson.set(person, [...(byPerson.get(person) ?? []), ...sentences]);
      }
      return [...byPerson].map(([name, sentences]) => ({ name, sentences }));
    },
  };
}

function digestOf(paths: readonly string[]): string {
  return sha256(paths.map((path) => `${basename(path)} ${sha256(readFileSync(path))}`).join('\n'));
}

const STEP = 960;
/** Shorter pauses are part of a sentence. */
const PAUSE_STEPS = 30;
const SHORTEST_STEPS = 50;
/** Quieter than the loudest 20 ms by this much is a pause. */
const PAUSE_BELOW_DB = 35;

function cutAtPauses(track: Float32Array): Float32Array[] {
  const energies = Array.from({ length: Math.floor(track.length / STEP) }, (_, step) => {
    let sum = 0;
    for (const value of track.subarray(step * STEP, (step + 1) * STEP)) sum += value * value;
    return sum;
  });
  const threshold = energies.reduce((most, energy) => Math.max(most, energy), 0) / 10 ** (PAUSE_BELOW_DB / 10);
  const loud = energies.flatMap((energy, step) => (energy > threshold ? [step] : []));
  const cuts: { from: number; to: number }[] = [];
  for (const step of loud) {
    const last = cuts.at(-1);
    if (last && step - last.to <= PAUSE_STEPS) last.to = step;
    else cuts.push({ from: step, to: step });
  }
  return cuts
    .filter(({ from, to }) => to - from >= SHORTEST_STEPS)
    .map(({ from, to }) => track.slice(Math.max(0, from - 2) * STEP, (to + 3) * STEP));
}
