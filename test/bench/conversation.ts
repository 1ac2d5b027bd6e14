/** Who talks when in a made room. Pure: the same seed gives the same turns, whatever the number of speakers. */
import { seededRandom, shuffled } from './random.ts';

export interface Conversation {
  readonly minutes: number;
  readonly speakers: number;
  readonly seed: number;
}

export interface Turn {
  readonly speaker: number;
  readonly startSeconds: number;
  readonly lengthSeconds: number;
}

const [SHORTEST_TURN_SECONDS, LONGEST_TURN_SECONDS] = [5, 40];
const FIRST_WORD_SECONDS = 3;
const LAST_WORD_BEFORE_END_SECONDS = 3;
/** Of ten turns so many begin before the one before has ended. */
const OVERLAPPING_SHARE = 0.25;
/** Of ten turns so many have another person say a sentence into them. */
const INTERJECTION_SHARE = 0.2;
const INTERJECTION_SECONDS = 4;

/** In the order of their starts. No person talks twice at once. */
export function turnsOf({ minutes, speakers, seed }: Conversation): Turn[] {
  const times = seededRandom(seed);
  const people = seededRandom(seed + 1);
  const lastSecond = minutes * 60 - LAST_WORD_BEFORE_END_SECONDS;
  const turns: Turn[] = [];
  const busyUntil = new Map<number, number>();
  const order: number[] = [];
  const pick = (startSeconds: number): number | undefined => {
    if (order.length < speakers) order.push(...shuffled([...new Array(speakers).keys()], people));
    const place = order.findIndex((speaker) => (busyUntil.get(speaker) ?? 0) < startSeconds - 1);
    return place < 0 ? undefined : order.splice(place, 1)[0];
  };
  const talk = (startSeconds: number, lengthSeconds: number) => {
    const speaker = pick(startSeconds);
    if (speaker === undefined) return;
    busyUntil.set(speaker, startSeconds + lengthSeconds);
    turns.push({ speaker, startSeconds, lengthSeconds });
  };
  let at = FIRST_WORD_SECONDS;
  while (at + SHORTEST_TURN_SECONDS <= lastSecond) {
    const wanted = SHORTEST_TURN_SECONDS + (LONGEST_TURN_SECONDS - SHORTEST_TURN_SECONDS) * times();
    const length = Math.min(wanted, lastSecond - at);
    talk(at, length);
    // Every draw is made in any case, so that one decision does not shift all later ones.
    const [isInterrupted, interruption, overlaps, pause] = [times(), times(), times(), times()];
    if (isInterrupted < INTERJECTION_SHARE && length > 3 * INTERJECTION_SECONDS) {
      talk(at + INTERJECTION_SECONDS + interruption * (length - 3 * INTERJECTION_SECONDS), INTERJECTION_SECONDS);
    }
    at += length + (overlaps < OVERLAPPING_SHARE ? -0.3 - 1.2 * pause : 0.2 + pause);
  }
  return turns.sort((a, b) => a.startSeconds - b.startSeconds);
}

export type TrackKind = 'full-length' | 'while-unmuted';

export interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

const UNMUTED_BEFORE_SECONDS = 0.8;
const MUTED_AFTER_SECONDS = 1.5;

/** When one speaker's microphone was recorded. A person mutes after a turn, and unmutes for the next. */
export function recordedStretches(
  { minutes, seed }: Conversation,
  kind: TrackKind,
  speaker: number,
  turns: readonly Turn[],
): Stretch[] {
  const endSeconds = minutes * 60;
  // Nobody joins on the second.
  if (kind === 'full-length') return [{ startSeconds: 2 * seededRandom(seed + 100 + speaker)(), endSeconds }];
  const stretches: { startSeconds: number; endSeconds: number }[] = [];
  for (const turn of turns) {
    if (turn.speaker !== speaker) continue;
    const startSeconds = turn.startSeconds - UNMUTED_BEFORE_SECONDS;
    const until = Math.min(endSeconds, turn.startSeconds + turn.lengthSeconds + MUTED_AFTER_SECONDS);
    const last = stretches.at(-1);
    if (last && startSeconds <= last.endSeconds) last.endSeconds = until;
    else stretches.push({ startSeconds, endSeconds: until });
  }
  return stretches;
}
