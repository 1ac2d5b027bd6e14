/** Who is heard in a microphone where two people sit in one room: its owner, or only the other one's voice from afar. */
import type { Bleed } from './bleed.ts';
import { energiesHeardDuring } from './heard-at-once.ts';
import type { PlacedStretch } from './placed-stretch.ts';
import { type HeardInStretch, passagesOf, type ToldApart, withSoftEnds } from './talk-passages.ts';

/** What arrives is at most this much louder than its direct sound: rooms ring, and microphones hear unlike. */
const MARGIN_DB = 6;
/** The owner must be above the margin by this once, and may then fall below it by as much. */
const HYSTERESIS_DB = 1;
/** Levels are compared over 140 ms. */
const HALF_WINDOW_STEPS = 3;
/** At the ends of another's voice noise is compared with noise: an owner is somewhere louder than this, under their mean. */
const AUDIBLE_DB = -16;
/** A room of 400 ms reverberation: this much of the energy is left a step later. */
const RINGING = 0.5;

/** As a passport names them. */
export const OWNER_SETTINGS = { 'owner.marginDb': MARGIN_DB, 'owner.hysteresisDb': HYSTERESIS_DB };

interface Threshold {
  readonly bleed: Bleed;
  /** Power factors on the other's energy, above which the owner is heard. */
  readonly stay: number;
  readonly enter: number;
}

const powerOf = (db: number) => 10 ** (db / 10);

/** Between both gains lies what neither explains; there both are open. So one of the two is open at any time. */
function thresholdOf(bleed: Bleed, bleeds: readonly Bleed[]): Threshold {
  const back = bleeds.find(({ a, b }) => a === bleed.b && b === bleed.a);
  const middleDb = (bleed.gainDb - (back?.gainDb ?? bleed.gainDb)) / 2;
  const marginDb = bleed.gainDb + MARGIN_DB;
  return {
    bleed,
    stay: powerOf(Math.min(marginDb, middleDb) - HYSTERESIS_DB),
    enter: powerOf(Math.min(marginDb + HYSTERESIS_DB, middleDb)),
  };
}

type Tracks = readonly { readonly stretches: readonly PlacedStretch[] }[];

/** Who is heard in each stretch of each track. */
export function whoIsHeard(tracks: Tracks, bleeds: readonly Bleed[]): HeardInStretch[][] {
  if (bleeds.length === 0) return tracks.map(({ stretches }) => stretches.map(ownTalkOnly));
  const told = tracks.map((_, track) => tellApart(tracks, track, bleeds));
  const talking = tracks.map(({ stretches }, track) =>
    stretches.map((stretch, n) => ({
      ...stretch,
      energies: Float32Array.from(told[track]?.[n]?.passages ?? stretch.talk),
    })),
  );
  return tracks.map(({ stretches }, track) =>
    stretches.map((stretch, index) => {
      const here = told[track]?.[index];
      if (here === undefined) return ownTalkOnly(stretch);
      const together = new Float64Array(stretch.talk.length);
      for (const { a, lagSamples } of bleeds.filter(({ b }) => b === track)) {
        raise(together, energiesHeardDuring(stretch, talking[a] ?? [], lagSamples), 1);
      }
      return withSoftEnds(here, stretch.talk, together);
    }),
  );
}

function ownTalkOnly({ talk }: PlacedStretch): HeardInStretch {
  return { owner: talk, others: new Uint8Array(talk.length) };
}

/** Empty for a track in which nobody else can be heard. */
function tellApart(tracks: Tracks, track: number, bleeds: readonly Bleed[]): ToldApart[] {
  const thresholds = bleeds.filter(({ b }) => b === track).map((bleed) => thresholdOf(bleed, bleeds));
  const stretches = tracks[track]?.stretches ?? [];
  if (thresholds.length === 0) return [];
  const audible = meanTalkEnergy(stretches) * powerOf(AUDIBLE_DB);
  const afar = thresholds.map(({ bleed, stay, enter }) => {
    const sound = tracks[bleed.a]?.stretches ?? [];
    return { sound, voice: sound.map(onlyTalk), lagSamples: bleed.lagSamples, stay, enter };
  });
  return stretches.map((stretch) => {
    const own = smoothed(stretch.energies);
    const limits = { stay: new Float64Array(own.length), enter: new Float64Array(own.length) };
    const voices = new Float64Array(own.length);
    for (const { sound, voice, lagSamples, stay, enter } of afar) {
      const arriving = smoothed(ringing(energiesHeardDuring(stretch, sound, lagSamples)));
      raise(limits.stay, arriving, stay);
      raise(limits.enter, arriving, enter);
      // Talk only: a microphone's own noise is not heard in another.
      raise(voices, smoothed(energiesHeardDuring(stretch, voice, lagSamples)), stay);
    }
    const others = Uint8Array.from(own, (energy, step) => Number(energy < (voices[step] ?? 0)));
    return { passages: passagesOf(stretch.talk, own, limits, audible), others };
  });
}

/** Not the sum: three who talk at once would explain one another away. */
function raise(limit: Float64Array, heard: Float64Array, factor: number): void {
  for (const [step, energy] of heard.entries()) limit[step] = Math.max(limit[step] ?? 0, energy * factor);
}

function onlyTalk(stretch: PlacedStretch): PlacedStretch {
  return { ...stretch, energies: stretch.energies.map((energy, step) => energy * (stretch.talk[step] ?? 0)) };
}

/**
 * The tracks' stretches with only their owners' talk: what voices are levelled by and turns are told from, so that
 * another's voice from afar counts for neither.
 */
export function ownersOnly(tracks: Tracks, bleeds: readonly Bleed[]): PlacedStretch[][] {
  const heard = whoIsHeard(tracks, bleeds);
  return tracks.map(({ stretches }, track) =>
    stretches.map((stretch, index) => ({ ...stretch, talk: heard[track]?.[index]?.owner ?? stretch.talk })),
  );
}

function meanTalkEnergy(stretches: readonly PlacedStretch[]): number {
  let [sum, steps] = [0, 0];
  for (const { energies, talk } of stretches) {
    for (const [step, flag] of talk.entries()) {
      sum += flag * (energies[step] ?? 0);
      steps += flag;
    }
  }
  return steps === 0 ? 0 : sum / steps;
}

function ringing(energies: Float64Array): Float64Array {
  let rest = 0;
  return energies.map((energy) => {
    rest = Math.max(energy, rest * RINGING);
    return rest;
  });
}

/** Mean over the steps around each one. */
function smoothed(energies: Float32Array | Float64Array): Float64Array {
  return Float64Array.from(energies, (_, step) => {
    const from = Math.max(0, step - HALF_WINDOW_STEPS);
    const to = Math.min(energies.length, step + HALF_WINDOW_STEPS + 1);
    let sum = 0;
    for (let n = from; n < to; n += 1) sum += energies[n] ?? 0;
    return sum / (to - from);
  });
}
