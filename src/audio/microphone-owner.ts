/** Who is heard in a microphone where two people sit in one room: its owner, or only the other one's voice from afar. */
import type { Bleed } from './bleed.ts';
import { energiesHeardDuring } from './heard-at-once.ts';
import type { PlacedStretch } from './placed-stretch.ts';

/** What arrives is at most this much louder than its direct sound: rooms ring, and microphones hear unlike. */
const MARGIN_DB = 6;
/** The owner must be above the margin by this once, and may then fall below it by as much. */
const HYSTERESIS_DB = 1;
/** Levels are compared over 140 ms. */
const HALF_WINDOW_STEPS = 3;
/** Where neither talks, noise is compared with noise: an owner is somewhere louder than this, under their mean. */
const AUDIBLE_DB = -16;
/** A room of 400 ms reverberation: this much of the energy is left a step later. */
const RINGING = 0.5;
/** An owner who is heard once in a while is talking all the while: 260 ms either way. */
const NEARBY_STEPS = 13;

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
    stay: powerOf(Math.min(marginDb - HYSTERESIS_DB, middleDb - HYSTERESIS_DB)),
    enter: powerOf(Math.min(marginDb + HYSTERESIS_DB, middleDb)),
  };
}

/**
 * For each stretch of `track`, 1 in the steps of talk in which its owner talks, alone or with others; 0 where the sound
 * of another track, as loud as it arrives here, is all there is.
 */
export function ownerTalk(
  tracks: readonly { readonly stretches: readonly PlacedStretch[] }[],
  track: number,
  bleeds: readonly Bleed[],
): Uint8Array[] {
  const thresholds = bleeds.filter(({ b }) => b === track).map((bleed) => thresholdOf(bleed, bleeds));
  const stretches = tracks[track]?.stretches ?? [];
  if (thresholds.length === 0) return stretches.map(({ talk }) => talk);
  const audible = meanTalkEnergy(stretches) * powerOf(AUDIBLE_DB);
  return stretches.map((stretch) => {
    const own = smoothed(stretch.energies);
    const [stay, enter] = [new Float64Array(own.length), new Float64Array(own.length).fill(audible)];
    for (const { bleed, ...threshold } of thresholds) {
      const others = tracks[bleed.a]?.stretches ?? [];
      const heard = smoothed(ringing(energiesHeardDuring(stretch, others, bleed.lagSamples)));
      for (const [step, energy] of heard.entries()) {
        // Not the sum: three who talk at once would explain one another away.
        stay[step] = Math.max(stay[step] ?? 0, energy * threshold.stay);
        enter[step] = Math.max(enter[step] ?? 0, energy * threshold.enter);
      }
    }
    return withinTalk(passages(own, stay, enter), stretch.talk);
  });
}

/**
 * The tracks' stretches with only their owners' talk: what voices are levelled by and turns are told from, so that
 * another's voice from afar counts for neither.
 */
export function ownersOnly(
  tracks: readonly { readonly stretches: readonly PlacedStretch[] }[],
  bleeds: readonly Bleed[],
): PlacedStretch[][] {
  return tracks.map(({ stretches }, track) => {
    const talk = ownerTalk(tracks, track, bleeds);
    return stretches.map((stretch, index) => ({ ...stretch, talk: talk[index] ?? stretch.talk }));
  });
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

/** 1 in each passage above `stay` that anywhere is above `enter`, and close to one. */
function passages(own: Float64Array, stay: Float64Array, enter: Float64Array): Uint8Array {
  const flags = new Uint8Array(own.length);
  const above = (limits: Float64Array, step: number) => (own[step] ?? 0) > (limits[step] ?? 0);
  for (let from = 0; from < own.length; from += 1) {
    if (!above(stay, from)) continue;
    let to = from;
    let entered = false;
    for (; to < own.length && above(stay, to); to += 1) entered ||= above(enter, to);
    if (entered) flags.fill(1, Math.max(0, from - NEARBY_STEPS), to + NEARBY_STEPS);
    from = to;
  }
  return flags;
}

function withinTalk(flags: Uint8Array, talk: Uint8Array): Uint8Array {
  return flags.map((flag, step) => flag & (talk[step] ?? 0));
}
