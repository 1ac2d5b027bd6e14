/** Tells the platform what is owed to it of an episode: one message after the other, each until it is taken or its day is over. */
import type { Manifest, OutgoingMessage } from '../domain/episode.ts';
import {
  attemptBegan,
  attemptEnded,
  firstOwed,
  givenUp,
  isDue,
  isOverdue,
  LONGEST_PAUSE_MS,
  pauseMs,
} from '../domain/outbox.ts';
import type { Show } from '../domain/show.ts';
import { messageBody } from '../webhook/outgoing-message.ts';
import { signMessage } from '../webhook/signature.ts';
import { feedProblem } from './feed-first.ts';
import type { FeedDependencies } from './feed-stage.ts';
import { changeManifest, readManifest } from './manifests.ts';
import type { JobQueue, Log, Post, PostAnswer } from './ports.ts';
import { hint, laterNotifyJob } from './room-flow.ts';
import { readShow } from './shows.ts';

export interface NotifyDependencies extends FeedDependencies {
  readonly queue: JobQueue;
  readonly log: Log;
  readonly post: Post;
  /** For shows that have none of their own. */
  readonly callbackUrl?: string | undefined;
  /** Of the secrets the first; undefined where none is set. */
  readonly signingSecret: () => Promise<string | undefined>;
}

/** Longer than a message may take: whoever began and is not heard of by then has gone. */
export const ATTEMPT_MS = 20_000;
const NO_SECRET = 'cannot be signed: AFTERSHOW_WEBHOOK_SECRETS is not set where messages are sent from';

type EpisodeIds = Pick<Manifest, 'showId'> & { readonly episodeId: Manifest['id'] };

/** Where this show's messages go, if anywhere: its own address wins. */
export function callbackOf(
  show: Pick<Show, 'callbackUrl'> | undefined,
  { callbackUrl }: Pick<NotifyDependencies, 'callbackUrl'>,
): { readonly url: string; readonly isOperators: boolean } | undefined {
  if (show?.callbackUrl !== undefined) return { url: show.callbackUrl, isOperators: false };
  return callbackUrl === undefined ? undefined : { url: callbackUrl, isOperators: true };
}

export async function tellPlatform(ids: EpisodeIds, signal: AbortSignal, dependencies: NotifyDependencies) {
  const { bucket, clock, log } = dependencies;
  for (;;) {
    signal.throwIfAborted();
    const manifest = (await readManifest(bucket, ids.showId, ids.episodeId))?.value;
    const message = manifest && firstOwed(manifest);
    if (!message) return;
    const show = await readShow(bucket, ids.showId);
    const place = callbackOf(show, dependencies);
    if (!show || !place || !isDue(message, clock.now())) return;
    if (isOverdue(message, clock.now())) {
      const { isChanged } = await change(ids, dependencies, (now) => givenUp(now, message.id, clock.now()));
      if (isChanged) log.error(fieldsOf(message), 'a message was given up: nobody took it for a day');
      continue;
    }
    const problem = tellsOfFeed(message) ? await feedProblem(ids.showId, dependencies) : undefined;
    const notBefore = new Date(clock.now().getTime() + ATTEMPT_MS);
    const begun = await change(ids, dependencies, (now) =>
      attemptBegan(now, message, notBefore, problem === undefined),
    );
    if (!begun.isChanged) return;
    const attempts = message.attempts + 1;
    const answer =
      problem === undefined ? await send(manifest, message, show, place, signal, dependencies) : { words: problem };
    const isTaken = wasTaken(answer);
    const pause = pauseAfter(attempts, answer);
    const nextAt = new Date(clock.now().getTime() + pause);
    await change(ids, dependencies, (now) =>
      attemptEnded(now, { id: message.id, attempts }, { isTaken, words: answer.words, nextAt }, clock.now()),
    );
    log[isTaken ? 'info' : 'warn']({ ...fieldsOf(message), attempts, answer: answer.words }, 'a message was sent');
    if (isTaken) continue;
    await hint(dependencies.queue, log, laterNotifyJob(ids, pause));
    return;
  }
}

/** A failed episode is told of at once; of all else whoever hears it will look for it in the feed. */
const tellsOfFeed = ({ type, isInFeed }: OutgoingMessage) => type !== 'episode.failed' && !isInFeed;

function change(ids: EpisodeIds, { bucket }: NotifyDependencies, step: (manifest: Manifest) => Manifest | undefined) {
  return changeManifest(bucket, ids.showId, ids.episodeId, step);
}

const fieldsOf = ({ id, type, status }: OutgoingMessage) => ({ message: id, type, status });

async function send(
  manifest: Manifest,
  message: OutgoingMessage,
  show: Show,
  place: { readonly url: string; readonly isOperators: boolean },
  signal: AbortSignal,
  { clock, post, signingSecret }: NotifyDependencies,
): Promise<PostAnswer> {
  const secret = await signingSecret();
  if (secret === undefined) return { words: NO_SECRET };
  const body = messageBody(manifest, message, show.publicUrl);
  const headers = { 'content-type': 'application/json', ...signMessage(secret, message.id, clock.now(), body) };
  return post({ ...place, headers, body, signal });
}

/** By any 2xx. */
export const wasTaken = ({ status = 0 }: PostAnswer) => status >= 200 && status < 300;

/** At least as long as the other side asks for, within bounds. */
export function pauseAfter(attempts: number, { retryAfterSeconds = 0 }: PostAnswer): number {
  return Math.max(pauseMs(attempts, Math.random()), Math.min(LONGEST_PAUSE_MS, retryAfterSeconds * 1000));
}
