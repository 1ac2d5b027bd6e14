/** Real sentences of three people, cut out of the fixture room's tracks and brought to known levels; laughter made of them. */
import { fixtureFolder } from '../../fixtures/room.ts';
import { SAMPLE_RATE, TRACKS, TURNS } from '../../fixtures/room-plan.ts';
import { integratedLoudness } from '../support/loudness-meter.ts';
import { decode } from '../support/sounds.ts';

export type Person = 'ana' | 'june' | 'carlo';
const PARTICIPANT: Readonly<Record<Person, string>> = { ana: 'p1', june: 'p2', carlo: 'p3' };

const STEP = SAMPLE_RATE / 100;
/** Kept before the first and after the last audible 10 ms: breath and room, faded. */
const LEAD_SECONDS = 0.05;
const TAIL_SECONDS = 0.15;
const AUDIBLE_BELOW_LOUDEST_DB = 34;

const sentencesOf = new Map<Person, readonly Float32Array[]>();

/** What this person says in the fixture room, each sentence by itself, in order, as it was recorded there. */
export function sentences(person: Person): readonly Float32Array[] {
  const known = sentencesOf.get(person);
  if (known) return known;
  const cut = TRACKS.filter(({ participantId }) => participantId === PARTICIPANT[person]).flatMap((track) => {
    const [sound] = decode(`${fixtureFolder}/${track.key}`);
    const begins = TURNS.filter(
      ({ participantId, startSeconds: at }) =>
        participantId === track.participantId &&
        at >= track.startSeconds &&
        at < track.startSeconds + track.lengthSeconds,
    ).map(({ startSeconds }) => Math.round((startSeconds - track.startSeconds - 0.02) * SAMPLE_RATE));
    return begins.map((begin, index) => spokenIn(sound.subarray(begin, begins[index + 1] ?? sound.length)));
  });
  sentencesOf.set(person, cut);
  return cut;
}

/** The sound from its first to its last audible moment, with a little before and after, faded in and out. */
function spokenIn(sound: Float32Array): Float32Array {
  const energies = Array.from({ length: Math.floor(sound.length / STEP) }, (_, step) =>
    sound.subarray(step * STEP, (step + 1) * STEP).reduce((sum, value) => sum + value * value, 0),
  );
  const audible = Math.max(...energies) * 10 ** (-AUDIBLE_BELOW_LOUDEST_DB / 10);
  const first = energies.findIndex((energy) => energy >= audible) * STEP;
  const last = (energies.findLastIndex((energy) => energy >= audible) + 1) * STEP;
  const lead = Math.round(LEAD_SECONDS * SAMPLE_RATE);
  const tail = Math.round(TAIL_SECONDS * SAMPLE_RATE);
  const from = Math.max(0, first - lead);
  // A sound that begins at once still gets its lead, of silence: callers count on where the onset is.
  const spoken = new Float32Array(lead - (first - from) + Math.min(sound.length, last + tail) - from);
  spoken.set(sound.subarray(from, last + tail), lead - (first - from));
  return faded(spoken, LEAD_SECONDS, TAIL_SECONDS);
}

/** Raised cosines at both ends, in place. */
function faded(sound: Float32Array, inSeconds: number, outSeconds: number): Float32Array {
  const [rise, fall] = [Math.round(inSeconds * SAMPLE_RATE), Math.round(outSeconds * SAMPLE_RATE)];
  const curve = (part: number) => 0.5 - 0.5 * Math.cos(Math.PI * part);
  for (let n = 0; n < Math.min(rise, sound.length); n += 1) sound[n] = (sound[n] ?? 0) * curve(n / rise);
  for (let n = 0; n < Math.min(fall, sound.length); n += 1) {
    const at = sound.length - 1 - n;
    sound[at] = (sound[at] ?? 0) * curve(n / fall);
  }
  return sound;
}

/**
 * Some sentences of one person, all at one gain, so that together they measure `lufs` as one channel. Peaks near full
 * scale are rounded off, as a platform's own limiter does.
 */
export function spoken(person: Person, lufs: number, which?: readonly number[]): readonly Float32Array[] {
  const all = sentences(person);
  const chosen = (which ?? all.map((_, index) => index)).map((index) => all[index % all.length] ?? new Float32Array());
  return atLoudness(chosen, lufs);
}

/** Throws when the sounds cannot be that loud below full scale. */
function atLoudness(sounds: readonly Float32Array[], lufs: number): readonly Float32Array[] {
  let gainDb = 0;
  for (let round = 0; round < 8; round += 1) {
    const factor = 10 ** (gainDb / 20);
    const result = sounds.map((sound) => sound.map((sample) => limited(sample * factor)));
    const missing = lufs - integratedLoudness([joined(result)]);
    if (Math.abs(missing) <= 0.05) return result;
    gainDb += missing;
  }
  throw new Error(`These voices cannot be brought to ${lufs} LUFS.`);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function limited(sample: number): number {
  const size = Math.abs(sample);
  return size <= 0.7 ? sample : Math.sign(sample) * (0.7 + 0.26 * Math.tanh((size - 0.7) / 0.26));
}

const HA_SECONDS = 0.11;
const HA_EVERY_SECONDS = 0.19;

/**
 * "Hahaha" by rule: the loudest moment of a sentence, cut to a burst, five times a second, dying away over a breath of
 * two seconds. At `lufs` as one channel.
 */
export function laughter(person: Person, sentence: number, seconds: number, lufs: number): Float32Array {
  const voice = sentences(person)[sentence] ?? new Float32Array();
  const length = Math.round(HA_SECONDS * SAMPLE_RATE);
  let best = { from: 0, energy: -1 };
  for (let from = 0; from + length <= voice.length; from += STEP) {
    const energy = voice.subarray(from, from + length).reduce((sum, value) => sum + value * value, 0);
    if (energy > best.energy) best = { from, energy };
  }
  const ha = faded(voice.slice(best.from, best.from + length), 0.015, 0.04);
  const laugh = new Float32Array(Math.round(seconds * SAMPLE_RATE));
  for (let at = 0; at + HA_SECONDS < seconds; at += HA_EVERY_SECONDS) {
    const strength = 10 ** ((-8 * (at % 2)) / 2 / 20);
    for (const [n, value] of ha.entries()) laugh[Math.round(at * SAMPLE_RATE) + n] = value * strength;
  }
  return atLoudness([laugh], lufs)[0] ?? laugh;
}
