/** Soundbites: the parts of a conversation that are worth hearing by themselves, chosen from who talks when. Pure; the same turns give the same. */
import { SOUNDBITE_SECONDS, type Soundbite } from '../domain/episode-details.ts';
import type { ParticipantId } from '../domain/ids.ts';
import type { SpeechTurn } from './speech-turns.ts';

export interface Conversation {
  readonly turns: readonly SpeechTurn[];
  readonly durationSeconds: number;
  /** Not talk: they are left out. */
  readonly introSeconds: number;
  readonly outroSeconds: number;
}

/** Shorter than this, a silence may be a breath within a sentence. */
const PAUSE_SECONDS = 0.4;
/** How much of a pause is heard before the first word and after the last, where it is long enough. */
const LEAD_SECONDS = 0.15;
const TAIL_SECONDS = 0.35;
/** What a listener hears to the end. */
const BEST_SECONDS = 45;
/** A part of a part is no clip: nothing longer than this share of the whole. */
const MOST_SHARE = 0.5;
/** Greetings and goodbyes make poor clips. */
const EDGE_SHARE = 0.05;
/** Between two of them, so that they are not two halves of one. */
const APART_SECONDS = 30;
/** Turns shorter than this are "yes" and "right": they are lively, but no exchange. */
const REPLY_SECONDS = 1;

/** Talk between two pauses, whoever talks. */
interface Passage {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly turns: readonly SpeechTurn[];
}

/** One for a short conversation, three for a long one. */
function wantedCount(durationSeconds: number): number {
  return durationSeconds < 600 ? 1 : durationSeconds < 1800 ? 2 : 3;
}

function passagesOf(turns: readonly SpeechTurn[]): Passage[] {
  const passages: { startSeconds: number; endSeconds: number; turns: SpeechTurn[] }[] = [];
  for (const turn of turns.toSorted((a, b) => a.startSeconds - b.startSeconds || a.endSeconds - b.endSeconds)) {
    const last = passages.at(-1);
    if (last && turn.startSeconds - last.endSeconds < PAUSE_SECONDS) {
      last.endSeconds = Math.max(last.endSeconds, turn.endSeconds);
      last.turns.push(turn);
    } else passages.push({ startSeconds: turn.startSeconds, endSeconds: turn.endSeconds, turns: [turn] });
  }
  return passages;
}

interface Candidate {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly score: number;
}

/** What is heard in a run of passages, as it grows. */
class Heard {
  talkSeconds = 0;
  exchanges = 0;
  longestTurnSeconds = 0;
  readonly #speakers = new Set<ParticipantId>();
  #last: ParticipantId | undefined;

  add({ startSeconds, endSeconds, turns }: Passage): void {
    this.talkSeconds += endSeconds - startSeconds;
    for (const turn of turns) {
      const seconds = turn.endSeconds - turn.startSeconds;
      this.longestTurnSeconds = Math.max(this.longestTurnSeconds, seconds);
      if (seconds < REPLY_SECONDS) continue;
      this.#speakers.add(turn.participantId);
      if (this.#last !== undefined && this.#last !== turn.participantId) this.exchanges++;
      this.#last = turn.participantId;
    }
  }

  /** 0 to about 4: talk without holes, several who answer each other or one who tells something, of a good length. */
  score(durationSeconds: number): number {
    const density = Math.min(1, this.talkSeconds / durationSeconds);
    const perMinute = (this.exchanges / durationSeconds) * 60;
    // Beyond eight a minute it is a quarrel, not livelier.
    const liveliness = Math.min(1, perMinute / 8) + Math.min(3, this.#speakers.size) / 6;
    const story = Math.min(1, this.longestTurnSeconds / BEST_SECONDS);
    const length = 1 - Math.min(1, Math.abs(Math.log(durationSeconds / BEST_SECONDS)));
    return density * (1 + Math.max(liveliness, story)) + length;
  }
}

/** The best that begins with each passage. */
function candidatesOf(conversation: Conversation): Candidate[] {
  const { durationSeconds, introSeconds, outroSeconds } = conversation;
  const passages = passagesOf(conversation.turns);
  const [from, to] = [introSeconds, durationSeconds - outroSeconds];
  const longest = Math.min(SOUNDBITE_SECONDS.most, durationSeconds * MOST_SHARE);
  const candidates: Candidate[] = [];
  for (const [first, { startSeconds }] of passages.entries()) {
    const before = passages[first - 1]?.endSeconds ?? from;
    const start = startSeconds - Math.min(LEAD_SECONDS, Math.max(0, startSeconds - before) / 2);
    if (start < from) continue;
    const heard = new Heard();
    let best: Candidate | undefined;
    for (let index = first; index < passages.length; index++) {
      const passage = passages[index];
      if (!passage) break;
      heard.add(passage);
      const after = passages[index + 1]?.startSeconds ?? to;
      const end = passage.endSeconds + Math.min(TAIL_SECONDS, Math.max(0, after - passage.endSeconds) / 2);
      if (end > to || end - start > longest) break;
      if (end - start < SOUNDBITE_SECONDS.least) continue;
      const isEdge = start < durationSeconds * EDGE_SHARE || end > durationSeconds * (1 - EDGE_SHARE);
      const score = heard.score(end - start) - (isEdge ? 1 : 0);
      if (!best || score > best.score) best = { startSeconds: start, endSeconds: end, score };
    }
    if (best) candidates.push(best);
  }
  return candidates;
}

const milliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

/**
 * Each begins just before a turn and ends in a pause, lies outside intro and outro, and lasts 15 to 120 seconds; by
 * start. None where there is no such part: nobody pauses, or there is little more than one clip to hear.
 */
export function chooseSoundbites(conversation: Conversation): Soundbite[] {
  const best = candidatesOf(conversation).sort((a, b) => b.score - a.score || a.startSeconds - b.startSeconds);
  const chosen: Candidate[] = [];
  for (const one of best) {
    if (chosen.length === wantedCount(conversation.durationSeconds)) break;
    const isApart = chosen.every(
      ({ startSeconds, endSeconds }) =>
        one.startSeconds >= endSeconds + APART_SECONDS || one.endSeconds <= startSeconds - APART_SECONDS,
    );
    if (isApart) chosen.push(one);
  }
  return chosen
    .toSorted((a, b) => a.startSeconds - b.startSeconds)
    .map(({ startSeconds, endSeconds }) => ({
      startSeconds: milliseconds(startSeconds),
      durationSeconds: milliseconds(endSeconds - startSeconds),
    }));
}
