/** What was told of a show's episodes and what is still owed, for people: listed, and sent again when they ask for it. */
import { Manifest, type OutgoingMessage } from '../domain/episode.ts';
import { PermanentFailure } from '../domain/failure.ts';
import { EpisodeId } from '../domain/ids.ts';
import { episodeIdOfMessage, isOverdue as isMessageOverdue, sentAgain } from '../domain/outbox.ts';
import { purgeAgain } from '../domain/purge.ts';
import type { Show } from '../domain/show.ts';
import { hubOf } from '../feed/feed-links.ts';
import { manifestPrefix } from '../storage/object-keys.ts';
import { type HubPing, oweAgain, readPing } from './hub-pings.ts';
import { changeAndMark, readManifest } from './manifests.ts';
import { callbackOf } from './notify.ts';
import type { Clock, ObjectStore } from './ports.ts';
import type { PurgeDependencies } from './purge.ts';
import { listAll, readRecord } from './records.ts';

/** The id under which a show's ping is sent again. */
export const HUB_DELIVERY_ID = 'hub';
/** With an episode's id behind it: under which a CDN is asked again to drop its copies. */
export const PURGE_DELIVERY_PREFIX = 'purge_';
export const DELIVERY_STATES = ['owed', 'delivered', 'given-up', 'unaddressed'] as const;
type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface Delivery {
  readonly id: string;
  /** `episode.…`, `feed.changed` for the hub, or `files.removed` for a CDN. */
  readonly type: string;
  readonly showId: string;
  readonly episodeId?: string;
  readonly status?: string;
  /** `unaddressed`: there is nowhere to send it to. */
  readonly state: DeliveryState;
  /** Scheme, host and port alone: the rest of an address may be a secret. */
  readonly to?: string;
  readonly since: string;
  readonly attempts: number;
  readonly nextAttemptAt?: string;
  readonly lastTriedAt?: string;
  /** What came of the last attempt, in words. */
  readonly lastAnswer?: string;
  readonly deliveredAt?: string;
  readonly givenUpAt?: string;
}

interface DeliveryDependencies extends Pick<PurgeDependencies, 'callbackUrl' | 'purgeUrl'> {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

/** Newest first: of episodes that anything happened to in the last `days`, and the hub's. */
export async function listDeliveries(
  show: Show,
  days: number,
  dependencies: DeliveryDependencies,
): Promise<Delivery[]> {
  const { bucket, clock } = dependencies;
  const from = clock.now().getTime() - days * 24 * 3600 * 1000;
  const deliveries: Delivery[] = [];
  const ping = await readPing(bucket, show.id);
  if (ping) deliveries.push(ofPing(ping, show, clock.now()));
  for await (const { key, lastModified } of listAll(bucket, manifestPrefix(show.id))) {
    // Every attempt is written down: what was not written to for so long has nothing newer to tell.
    if (lastModified.getTime() < from) continue;
    const manifest = (await readRecord(bucket, key, Manifest))?.value;
    if (manifest) deliveries.push(...deliveriesOf(manifest, show, dependencies));
  }
  return deliveries
    .filter(({ since, lastTriedAt }) => Date.parse(lastTriedAt ?? since) >= from)
    .toSorted((a, b) => (a.since < b.since ? 1 : -1));
}

function deliveriesOf(manifest: Manifest, show: Show, dependencies: DeliveryDependencies): Delivery[] {
  const told = manifest.outbox.map((message) => ofMessage(message, manifest, show, dependencies)).toReversed();
  return manifest.purge ? [ofPurge(manifest, manifest.purge, dependencies), ...told] : told;
}

/** One that was taken is written down nowhere: it is over. */
function ofPurge({ id, showId }: Manifest, purge: Purge, { clock, purgeUrl }: DeliveryDependencies): Delivery {
  const told = toldOf(purge, purgeUrl, isMessageOverdue(purge, clock.now()));
  const { since } = purge;
  return { id: `${PURGE_DELIVERY_PREFIX}${id}`, type: 'files.removed', showId, episodeId: id, since, ...told };
}

function ofMessage(message: OutgoingMessage, { id, showId }: Manifest, show: Show, dependencies: DeliveryDependencies) {
  const { type, status, since } = message;
  const told = toldOf(
    message,
    callbackOf(show, dependencies)?.url,
    isMessageOverdue(message, dependencies.clock.now()),
  );
  return { id: message.id, type, showId, episodeId: id, ...(status ? { status } : {}), since, ...told };
}

function ofPing(ping: HubPing, show: Show, now: Date): Delivery {
  const { showId, since } = ping;
  return {
    id: HUB_DELIVERY_ID,
    type: 'feed.changed',
    showId,
    since,
    ...toldOf(ping, hubOf(show), isMessageOverdue(ping, now)),
  };
}

type Purge = NonNullable<Manifest['purge']>;
type Told = Pick<OutgoingMessage, 'attempts' | 'nextAt' | 'lastTriedAt' | 'lastAnswer' | 'deliveredAt' | 'givenUpAt'>;

/** `isOverdue`: nobody sends it any more, though nobody has written that down yet. */
function toldOf(told: Told, to: string | undefined, isOverdue: boolean) {
  const { attempts, nextAt, lastTriedAt, lastAnswer, deliveredAt, givenUpAt } = told;
  const settled = deliveredAt !== undefined ? 'delivered' : givenUpAt !== undefined ? 'given-up' : undefined;
  const state: DeliveryState = settled ?? (to === undefined ? 'unaddressed' : isOverdue ? 'given-up' : 'owed');
  return {
    state,
    ...(to === undefined ? {} : { to: new URL(to).origin }),
    attempts,
    ...(nextAt && state === 'owed' ? { nextAttemptAt: nextAt } : {}),
    ...(lastTriedAt ? { lastTriedAt } : {}),
    ...(lastAnswer ? { lastAnswer } : {}),
    ...(deliveredAt ? { deliveredAt } : {}),
    ...(givenUpAt ? { givenUpAt } : {}),
  };
}

/**
 * Owed again, whatever became of it before; sent by whoever is told by the queue, or by sweep. Throws PermanentFailure:
 * 'not-found', and 'bad-request' where there is nowhere to send it to.
 */
export async function resend(show: Show, id: string, dependencies: DeliveryDependencies): Promise<Delivery> {
  const { bucket, clock } = dependencies;
  const unknown = new PermanentFailure('not-found', `The show ${show.id} has no delivery ${id}, or no longer.`);
  if (id === HUB_DELIVERY_ID) {
    if (hubOf(show) === undefined) throw nowhere(`The show ${show.id} has no hub: set-hub-url gives it one.`);
    const ping = await oweAgain(show.id, dependencies);
    if (!ping) throw unknown;
    return ofPing(ping, show, clock.now());
  }
  if (id.startsWith(PURGE_DELIVERY_PREFIX)) return purgeOnceMore(show, id, unknown, dependencies);
  const episodeId = EpisodeId.safeParse(episodeIdOfMessage(id));
  const manifest = episodeId.success ? (await readManifest(bucket, show.id, episodeId.data))?.value : undefined;
  if (!manifest?.outbox.some((message) => message.id === id)) throw unknown;
  if (!callbackOf(show, dependencies)) {
    throw nowhere('There is nowhere to send it to: set AFTERSHOW_CALLBACK_URL, or the show’s callbackUrl.');
  }
  const { value } = await changeAndMark(bucket, manifest, (now) => sentAgain(now, id, clock.now()));
  const message = value.outbox.find((one) => one.id === id);
  if (!message) throw unknown;
  return ofMessage(message, value, show, dependencies);
}

async function purgeOnceMore(show: Show, id: string, unknown: Error, dependencies: DeliveryDependencies) {
  const { bucket, clock, purgeUrl } = dependencies;
  const episodeId = EpisodeId.safeParse(id.slice(PURGE_DELIVERY_PREFIX.length));
  const manifest = episodeId.success ? (await readManifest(bucket, show.id, episodeId.data))?.value : undefined;
  if (!manifest?.purge) throw unknown;
  if (purgeUrl === undefined) throw nowhere('There is nowhere to send it to: set AFTERSHOW_PURGE_URL.');
  const { value } = await changeAndMark(bucket, manifest, (now) => purgeAgain(now, clock.now()));
  if (!value.purge) throw unknown;
  return ofPurge(value, value.purge, dependencies);
}

const nowhere = (why: string) => new PermanentFailure('bad-request', why);

/** What can be sent again: it was given up, and nobody has taken it since. */
export const wasGivenUp = ({ state }: Delivery) => state === 'given-up';
