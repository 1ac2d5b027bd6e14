/**
 * What is to be told to the platform of an episode, as pure steps: written down by the same change that it tells of, and
 * owed until it was taken or a day has passed. None of these steps is a change that a reader of the feed could see, so
 * the version stays; what was told stays for a while, for whoever looks after it.
 */
import type { Manifest, OutgoingMessage } from './episode.ts';
import { sha256 } from './ids.ts';

type EpisodeEvent = 'episode.published' | 'episode.updated' | 'episode.failed' | 'episode.removed';

/** How long it is tried to tell something. */
export const PATIENCE_MS = 24 * 3600 * 1000;
const FIRST_PAUSE_MS = 5_000;
/** Asked for more than that, the other side would outlast our day. */
export const LONGEST_PAUSE_MS = 3600 * 1000;
/** Those that were told, or given up, and can still be looked at and sent again. */
const MOST_SETTLED = 20;
const MOST_MESSAGES = 100;
const NEVER_SENT = 'its day was over before it could be sent';

/** The manifest after a change, with what is to be told of the change. Gives the same when that is nothing. */
export function withNews(before: Manifest, after: Manifest): Manifest {
  if (after.version === before.version) return after;
  const news = eventsOf(before, after).map((type) => message(after, type));
  const known = hasLost(before, after) ? after.outbox.map(withoutWords) : after.outbox;
  if (news.length === 0 && known === after.outbox) return after;
  return { ...after, outbox: bounded([...known, ...news]) };
}

function eventsOf(before: Manifest, after: Manifest): EpisodeEvent[] {
  const events: EpisodeEvent[] = [];
  const was = before.status === 'published';
  const is = after.status === 'published';
  if (is && !was) events.push('episode.published');
  else if (is && after.publishedRequest > before.publishedRequest) events.push('episode.updated');
  const isErased = after.status === 'erased' && before.status !== 'erased';
  if ((was && !is) || isErased) events.push('episode.removed');
  if (after.failure && JSON.stringify(after.failure) !== JSON.stringify(before.failure)) events.push('episode.failed');
  return events;
}

function message(manifest: Manifest, type: EpisodeEvent): OutgoingMessage {
  const { id, showId, version, updatedAt, status, audio, externalAudio, failure } = manifest;
  const named = type === 'episode.published' || type === 'episode.updated';
  return {
    id: messageId(id, sha256(`message\n${showId}\n${id}\n${version}\n${updatedAt}\n${type}`)),
    type,
    since: updatedAt,
    status,
    ...(named && audio ? { audio } : {}),
    ...(named && !audio && externalAudio ? { externalAudio } : {}),
    ...(type === 'episode.failed' && failure ? { failure } : {}),
    attempts: 0,
  };
}

const messageId = (episodeId: string, digest: string) => `msg_${episodeId}_${digest.slice(0, 16)}`;

/** The episode that a message is about, from the message's id alone. */
export function episodeIdOfMessage(id: string): string | undefined {
  return /^msg_(ep-[0-9a-f]{32})_[0-9a-f]{16}$/.exec(id)?.[1];
}

/** Words about a failure may name a person, or what they recorded. */
const hasLost = (before: Manifest, after: Manifest) =>
  after.status === 'erased' || after.participants.length < before.participants.length;

const withoutWords = ({ failure, ...rest }: OutgoingMessage): OutgoingMessage =>
  failure ? { ...rest, failure: { code: failure.code, message: 'What this said was about people who left.' } } : rest;

/** The oldest go first: those that are settled, then those that a newer update has overtaken. */
function bounded(outbox: readonly OutgoingMessage[]): OutgoingMessage[] {
  const kept = [...outbox];
  const remove = (isDispensable: (message: OutgoingMessage) => boolean) =>
    kept.splice(kept.findIndex(isDispensable), 1);
  while (kept.filter(isSettledMessage).length > MOST_SETTLED) remove(isSettledMessage);
  while (kept.length > MOST_MESSAGES) {
    const isOvertaken = (one: OutgoingMessage) => one.type === 'episode.updated';
    remove(kept.some(isSettledMessage) ? isSettledMessage : kept.some(isOvertaken) ? isOvertaken : () => true);
  }
  return kept;
}

const isSettledMessage = ({ deliveredAt, givenUpAt }: OutgoingMessage) =>
  deliveredAt !== undefined || givenUpAt !== undefined;

/** The next to be sent: what came after waits for it, so that they arrive in order. */
export function firstOwed({ outbox }: Pick<Manifest, 'outbox'>): OutgoingMessage | undefined {
  return outbox.find((message) => !isSettledMessage(message));
}

/** Whether its day is over: then it is given up. */
export function isOverdue({ since, owedSince }: Pick<OutgoingMessage, 'since' | 'owedSince'>, now: Date): boolean {
  return now.getTime() - Date.parse(owedSince ?? since) >= PATIENCE_MS;
}

export function isDue({ nextAt }: Pick<OutgoingMessage, 'nextAt'>, now: Date): boolean {
  return nextAt === undefined || Date.parse(nextAt) <= now.getTime();
}

/** Doubles from five seconds to an hour; half of it is chance (`random`, 0 to 1), so that many do not return together. */
export function pauseMs(attempts: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(30, Math.max(0, attempts - 1)));
  return Math.round(full * (0.5 + random / 2));
}

/** Undefined where somebody else has begun with it since. `notBefore`: when others may think that this attempt is dead. */
export function attemptBegan(
  manifest: Manifest,
  seen: OutgoingMessage,
  notBefore: Date,
  isInFeed: boolean,
): Manifest | undefined {
  const latest = manifest.outbox.find(({ id }) => id === seen.id);
  if (!latest || isSettledMessage(latest) || latest.attempts !== seen.attempts) return undefined;
  const attempts = latest.attempts + 1;
  const seenInFeed = isInFeed ? { isInFeed } : {};
  return withMessage(manifest, { ...latest, attempts, ...seenInFeed, nextAt: notBefore.toISOString() });
}

export interface AttemptResult {
  readonly isTaken: boolean;
  /** What came of it, in words without addresses that hold secrets. */
  readonly words: string;
  /** When to try again, where it was not taken. */
  readonly nextAt: Date;
}

/** Undefined where this attempt is no longer the latest. */
export function attemptEnded(
  manifest: Manifest,
  { id, attempts }: Pick<OutgoingMessage, 'id' | 'attempts'>,
  { isTaken, words, nextAt }: AttemptResult,
  at: Date,
): Manifest | undefined {
  const latest = manifest.outbox.find((message) => message.id === id);
  if (!latest || latest.deliveredAt !== undefined || (!isTaken && latest.attempts !== attempts)) return undefined;
  const { nextAt: _next, givenUpAt: _given, ...rest } = latest;
  const told = { ...rest, lastAnswer: words, lastTriedAt: at.toISOString() };
  return withMessage(
    manifest,
    isTaken ? { ...told, deliveredAt: at.toISOString() } : { ...told, nextAt: nextAt.toISOString() },
  );
}

export function givenUp(manifest: Manifest, id: string, at: Date): Manifest | undefined {
  const latest = manifest.outbox.find((message) => message.id === id);
  if (!latest || isSettledMessage(latest) || !isOverdue(latest, at)) return undefined;
  const { nextAt: _next, ...rest } = latest;
  const unsent = rest.lastAnswer === undefined ? { lastAnswer: NEVER_SENT } : {};
  return withMessage(manifest, { ...rest, ...unsent, givenUpAt: at.toISOString() });
}

/** Owed again from now on, under the same id, whatever became of it. Undefined where there is no such message. */
export function sentAgain(manifest: Manifest, id: string, at: Date): Manifest | undefined {
  const latest = manifest.outbox.find((message) => message.id === id);
  if (!latest) return undefined;
  const { nextAt: _next, deliveredAt: _delivered, givenUpAt: _given, ...rest } = latest;
  return withMessage(manifest, { ...rest, owedSince: at.toISOString() });
}

function withMessage(manifest: Manifest, message: OutgoingMessage): Manifest {
  const outbox = bounded(manifest.outbox.map((known) => (known.id === message.id ? message : known)));
  return { ...manifest, outbox };
}
