/** Tells a show's WebSub hub that its feed has changed (W3C WebSub, section 5): owed from before the change until a 2xx or for a day. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ShowId } from '../domain/ids.ts';
import { isDue, isOverdue } from '../domain/outbox.ts';
import { Instant } from '../domain/room.ts';
import type { Show } from '../domain/show.ts';
import { feedUrl, hubPingKey } from '../storage/object-keys.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord, createRecord, readRecord } from './records.ts';

/** One a show: what the hub is owed, or what became of it. */
const HubPing = z.object({
  showId: ShowId,
  /** Another at every change of the feed: a ping for an earlier one settles nothing. */
  mark: z.string(),
  since: Instant,
  attempts: z.int().nonnegative(),
  nextAt: Instant.optional(),
  lastTriedAt: Instant.optional(),
  lastAnswer: z.string().optional(),
  deliveredAt: Instant.optional(),
  givenUpAt: Instant.optional(),
});
export type HubPing = z.infer<typeof HubPing>;

interface PingStore {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

export async function readPing(bucket: ObjectStore, showId: ShowId): Promise<HubPing | undefined> {
  return (await readRecord(bucket, hubPingKey(showId), HubPing))?.value;
}

export const isPingOwed = (ping: HubPing) => ping.deliveredAt === undefined && ping.givenUpAt === undefined;

export const isPingDue = (ping: HubPing, now: Date) => isPingOwed(ping) && isDue(ping, now);

/**
 * Call before the feed is written. Whoever sends the ping derives the feed first, so it never comes before the change,
 * however long the writer takes. Pauses of what is owed already go on.
 */
export async function owePing(showId: ShowId, { bucket, clock }: PingStore): Promise<void> {
  const fresh: HubPing = { showId, mark: randomUUID(), since: clock.now().toISOString(), attempts: 0 };
  if (await createRecord(bucket, hubPingKey(showId), fresh)) return;
  await changePing(showId, bucket, (known) => {
    if (!isPingOwed(known)) return fresh;
    return { ...known, mark: fresh.mark, since: fresh.since };
  });
}

/** Owed again from now on, whatever became of it. Undefined where the show's hub was never owed anything. */
export async function oweAgain(showId: ShowId, store: PingStore): Promise<HubPing | undefined> {
  if (!(await readPing(store.bucket, showId))) return undefined;
  const since = store.clock.now().toISOString();
  const again = () => ({ showId, mark: randomUUID(), since, attempts: 0 });
  return (await changePing(showId, store.bucket, again)).value;
}

export function changePing(showId: ShowId, bucket: ObjectStore, change: (ping: HubPing) => HubPing | undefined) {
  return changeRecord(bucket, hubPingKey(showId), HubPing, change);
}

/** Undefined where it is no longer owed, or somebody else has begun with it. */
export function pingBegan(ping: HubPing, now: Date, attemptMs: number): HubPing | undefined {
  if (!isPingDue(ping, now)) return undefined;
  return { ...ping, attempts: ping.attempts + 1, nextAt: new Date(now.getTime() + attemptMs).toISOString() };
}

export function pingEnded(
  ping: HubPing,
  mark: string,
  { isTaken, words, nextAt }: { readonly isTaken: boolean; readonly words: string; readonly nextAt: Date },
  now: Date,
): HubPing {
  const { nextAt: _next, ...rest } = ping;
  const told = { ...rest, lastAnswer: words, lastTriedAt: now.toISOString() };
  if (!isTaken) return { ...told, nextAt: nextAt.toISOString() };
  // The feed changed again while the hub was told: it is told once more, at once.
  return ping.mark === mark ? { ...told, deliveredAt: now.toISOString() } : { ...told, attempts: 0 };
}

export function pingGivenUp(ping: HubPing, words: string | undefined, now: Date): HubPing | undefined {
  if (!isPingOwed(ping) || (words === undefined && !isOverdue(ping, now))) return undefined;
  const { nextAt: _next, ...rest } = ping;
  return { ...rest, givenUpAt: now.toISOString(), ...(words === undefined ? {} : { lastAnswer: words }) };
}

/** Some hubs read `hub.topic`, older ones `hub.url`. */
export function pingBody(show: Pick<Show, 'id' | 'publicUrl'>): string {
  const topic = feedUrl(show.publicUrl, show.id);
  return new URLSearchParams({ 'hub.mode': 'publish', 'hub.topic': topic, 'hub.url': topic }).toString();
}
