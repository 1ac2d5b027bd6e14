/** Brings every voice to one loudness, as gain curves that depend on nothing but the voice's own sound. */
import { compressionDb, MOST_LIFT_DB } from './compression.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { STEPS_PER_SECOND } from './sample-clock.ts';
import { talkBlocks, talkLufs, talkSteps } from './talk-loudness.ts';

/** Where every voice is brought, measured on one channel. Played music is usually near it, and is not touched. */
export const SPEECH_LEVEL_LUFS = -19;
const MOST_GAIN_DB = 40;
/** A boost stops where the microphone's own noise would come closer than this to the voices. */
const NOISE_DISTANCE_LU = 20;
/** Two tracks of one speaker that differ by more, with enough talk to tell, came from two microphones. */
const ANOTHER_MICROPHONE_LU = 3;
const ENOUGH_TALK_SECONDS = 5;
/** 80 ms: what is shorter is no word but a click, and is not made as loud as one. */
const LEAST_TALK_STEPS = 4;
/** Nobody hears less. Almost always two rounds do. */
const SETTLED_DB = 0.001;
const MOST_ROUNDS = 8;

/** As a passport names them. */
export const LEVEL_SETTINGS = {
  'level.speechLufs': SPEECH_LEVEL_LUFS,
  'level.noiseDistanceLu': NOISE_DISTANCE_LU,
  'level.mostGainDb': MOST_GAIN_DB,
};

export interface SpokenTrack {
  readonly stretches: readonly PlacedStretch[];
  readonly noiseLufs: number | null;
}

export interface VoiceLevel {
  /** Gated over the talk; null when silent, or a click. */
  readonly inputLufs: number | null;
  /** What would bring the compressed voice to the common level. */
  readonly wantedGainDb: number;
  /** What it gets. */
  readonly gainDb: number;
  /** The boost stopped where the microphone's noise would have been heard. */
  readonly boundedByNoise: boolean;
  readonly outputLufs: number | null;
  /** Over the talk: the most it is brought down, and by how much it is changed either way on average. */
  readonly compressionDb: { readonly max: number; readonly mean: number };
}

export interface SpeakerLevel {
  /** One over all tracks; one for each track where the speaker came back with another microphone. */
  readonly levels: readonly VoiceLevel[];
  /** For each track and stretch: a factor at the beginning of each step and one at the end, straight lines between. */
  readonly gains: readonly (readonly Float32Array[])[];
}

/** Levels all speech tracks of one speaker. */
export function levelSpeaker(tracks: readonly SpokenTrack[]): SpeakerLevel {
  const groups = sameMicrophone(tracks);
  const gains: (readonly Float32Array[])[] = tracks.map(() => []);
  const levelOfTrack: VoiceLevel[] = [];
  for (const group of groups) {
    const { level, gainsOfTracks } = levelVoice(
      group.map((index) => tracks[index] ?? { stretches: [], noiseLufs: null }),
    );
    for (const [n, index] of group.entries()) {
      gains[index] = gainsOfTracks[n] ?? [];
      levelOfTrack[index] = level;
    }
  }
  return { levels: groups.length > 1 ? levelOfTrack : levelOfTrack.slice(0, 1), gains };
}

/** Which tracks are levelled together. One with too little talk to tell goes with the most alike. */
function sameMicrophone(tracks: readonly SpokenTrack[]): number[][] {
  const together = [[...tracks.keys()]];
  if (tracks.length < 2) return together;
  const heard = tracks.map(({ stretches }, index) => ({
    index,
    lufs: talkLufs(talkBlocks(stretches)),
    steps: talkSteps(stretches),
  }));
  const sure = heard.flatMap(({ index, lufs, steps }) =>
    lufs !== null && steps >= ENOUGH_TALK_SECONDS * STEPS_PER_SECOND ? [{ index, lufs }] : [],
  );
  const loudnesses = sure.map(({ lufs }) => lufs);
  if (Math.max(...loudnesses) - Math.min(...loudnesses) <= ANOTHER_MICROPHONE_LU || sure.length < 2) return together;
  const groups = new Map(sure.map(({ index }) => [index, [index]]));
  for (const { index, lufs } of heard) {
    if (groups.has(index)) continue;
    const far = (other: { lufs: number }) => (lufs === null ? 0 : Math.abs(other.lufs - lufs));
    const nearest = sure.reduce((best, other) => (far(other) < far(best) ? other : best));
    groups.get(nearest.index)?.push(index);
  }
  return [...groups.values()];
}

function levelVoice(tracks: readonly SpokenTrack[]): { level: VoiceLevel; gainsOfTracks: Float32Array[][] } {
  const stretches = tracks.flatMap((track) => track.stretches);
  const inputLufs = talkLufs(talkBlocks(stretches));
  const noises = tracks.flatMap(({ noiseLufs }) => noiseLufs ?? []);
  const mostBoostDb = SPEECH_LEVEL_LUFS - NOISE_DISTANCE_LU - Math.max(...noises);
  const isClick = talkSteps(stretches) < LEAST_TALK_STEPS;
  const voice = inputLufs === null || isClick ? silent(stretches) : settle(stretches, inputLufs, mostBoostDb);
  let taken = 0;
  const gainsOfTracks = tracks.map((track) => {
    const first = taken;
    taken += track.stretches.length;
    return voice.gains.slice(first, taken);
  });
  return { level: voice.level, gainsOfTracks };
}

interface Settled {
  readonly level: VoiceLevel;
  readonly gains: Float32Array[];
}

function silent(stretches: readonly PlacedStretch[]): Settled {
  const gains = stretches.map(({ energies }) => new Float32Array(energies.length + 1).fill(1));
  const compression = { max: 0, mean: 0 };
  const unchanged = { inputLufs: null, wantedGainDb: 0, gainDb: 0, boundedByNoise: false, outputLufs: null };
  return { level: { ...unchanged, compressionDb: compression }, gains };
}

/** Compression changes the loudness, and the gain decides how much soft talk may be lifted: a few rounds settle both. */
function settle(stretches: readonly PlacedStretch[], inputLufs: number, mostBoostDb: number): Settled {
  let gainDb = boundedGainDb(SPEECH_LEVEL_LUFS - inputLufs, mostBoostDb);
  let compressed = compress(stretches, inputLufs, liftWithin(mostBoostDb - gainDb));
  for (let round = 1; ; round += 1) {
    const outputLufs = talkLufs(compressed.blocks, gainDb);
    const wantedGainDb = gainDb + SPEECH_LEVEL_LUFS - (outputLufs ?? SPEECH_LEVEL_LUFS);
    const settledGainDb = boundedGainDb(wantedGainDb, mostBoostDb);
    if (Math.abs(settledGainDb - gainDb) < SETTLED_DB || round === MOST_ROUNDS) {
      const boundedByNoise = wantedGainDb > Math.max(0, mostBoostDb) + SETTLED_DB && mostBoostDb < MOST_GAIN_DB;
      const { gains, change } = compressed;
      for (const curve of gains) scale(curve, 10 ** (gainDb / 20));
      return { level: { inputLufs, wantedGainDb, gainDb, boundedByNoise, outputLufs, compressionDb: change }, gains };
    }
    gainDb = settledGainDb;
    const mostLiftDb = liftWithin(mostBoostDb - gainDb);
    if (mostLiftDb !== compressed.mostLiftDb) compressed = compress(stretches, inputLufs, mostLiftDb);
  }
}

/** Lifted talk lifts the noise under it: only as far as that may still come up. */
const liftWithin = (headroomDb: number) => Math.min(MOST_LIFT_DB, Math.max(0, headroomDb));

function compress(stretches: readonly PlacedStretch[], voiceLufs: number, mostLiftDb: number) {
  const curves = stretches.map((stretch) => compressionDb(stretch, voiceLufs, mostLiftDb));
  const gains = curves.map(factorsOf);
  return { mostLiftDb, gains, blocks: talkBlocks(stretches, gains), change: compressionFigures(stretches, curves) };
}

function boundedGainDb(wantedGainDb: number, mostBoostDb: number): number {
  if (wantedGainDb <= 0) return Math.max(-MOST_GAIN_DB, wantedGainDb);
  return Math.max(0, Math.min(MOST_GAIN_DB, mostBoostDb, wantedGainDb));
}

/** From dB for each step to factors between steps. */
function factorsOf(curveDb: Float64Array): Float32Array {
  const last = curveDb.length - 1;
  const factors = new Float32Array(curveDb.length + 1).fill(1);
  for (let edge = 0; edge <= curveDb.length; edge += 1) {
    const around = (curveDb[Math.max(0, edge - 1)] ?? 0) + (curveDb[Math.min(last, edge)] ?? 0);
    if (around !== 0) factors[edge] = 10 ** (around / 40);
  }
  return factors;
}

function scale(curve: Float32Array, factor: number): void {
  for (let edge = 0; edge < curve.length; edge += 1) curve[edge] = (curve[edge] ?? 0) * factor;
}

function compressionFigures(stretches: readonly PlacedStretch[], curves: readonly Float64Array[]) {
  let [max, sum, steps] = [0, 0, 0];
  for (const [index, { talk }] of stretches.entries()) {
    const curve = curves[index] ?? new Float64Array();
    for (let step = 0; step < curve.length; step += 1) {
      if (talk[step] !== 1) continue;
      const changeDb = curve[step] ?? 0;
      max = Math.max(max, -changeDb);
      sum += Math.abs(changeDb);
      steps += 1;
    }
  }
  return { max, mean: steps === 0 ? 0 : sum / steps };
}
