/** The listeners of private shows: given a token, listed, taken away, and known again by what they ask with. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { PermanentFailure } from '../domain/failure.ts';
import { type ShowId, sha256 } from '../domain/ids.ts';
import { isFull, type Listener, ListenerId, Listeners, TOO_MANY } from '../domain/listener.ts';
import { feedUrl, LISTENER_TOKEN_LENGTH, listenersKey, TOKEN_PLACEHOLDER } from '../storage/object-keys.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord, createRecord, readRecord } from './records.ts';
import { readShow } from './shows.ts';

interface ListenerStore {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

export type ListedListener = Omit<Listener, 'tokenSha256'>;
/** The address holds the token: it is told this once, and nobody can find it out afterwards. */
export type NewListener = ListedListener & { readonly feedUrl: string };

const TOKEN_BYTES = 32;
const TOKEN = new RegExp(`^[A-Za-z0-9_-]{${LISTENER_TOKEN_LENGTH}}$`);

const listed = ({ tokenSha256: _digest, ...rest }: Listener): ListedListener => rest;

/** Throws PermanentFailure: not-found, or bad-request for a show that is public and for one with too many. */
export async function addListener(
  showId: ShowId,
  name: string,
  { bucket, clock }: ListenerStore,
): Promise<NewListener> {
  const show = await readShow(bucket, showId);
  if (!show) throw new PermanentFailure('not-found', `There is no show ${showId}.`);
  if (!show.private) {
    throw new PermanentFailure(
      'bad-request',
      `The show ${showId} is public: everybody hears it without a token. Set "private": true first.`,
    );
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const listener: Listener = {
    id: ListenerId.parse(`ls-${randomBytes(8).toString('hex')}`),
    name,
    createdAt: clock.now().toISOString(),
    tokenSha256: sha256(token),
  };
  await createRecord(bucket, listenersKey(showId), { version: 1, listeners: [] } satisfies Listeners);
  await changeRecord(bucket, listenersKey(showId), Listeners, (known) => {
    if (isFull(known)) throw new PermanentFailure('bad-request', TOO_MANY);
    return { version: known.version + 1, listeners: [...known.listeners, listener] };
  });
  const url = feedUrl(show.publicUrl, showId, 'private').replace(TOKEN_PLACEHOLDER, token);
  return { ...listed(listener), feedUrl: url };
}

/** In the order in which they were added. Throws PermanentFailure('not-found'). */
export async function listListeners(showId: ShowId, bucket: ObjectStore): Promise<ListedListener[]> {
  if (!(await readShow(bucket, showId))) throw new PermanentFailure('not-found', `There is no show ${showId}.`);
  return ((await readRecord(bucket, listenersKey(showId), Listeners))?.value.listeners ?? []).map(listed);
}

/** Their token opens nothing from now on. False where there is no such listener. */
export async function revokeListener(showId: ShowId, id: string, bucket: ObjectStore): Promise<boolean> {
  if (!(await bucket.head(listenersKey(showId)))) return false;
  const { isChanged } = await changeRecord(bucket, listenersKey(showId), Listeners, (known) => {
    const listeners = known.listeners.filter((listener) => listener.id !== id);
    return listeners.length === known.listeners.length ? undefined : { version: known.version + 1, listeners };
  });
  return isChanged;
}

/**
 * Whose token it is, by the bucket's word at this moment: nothing is remembered, so who is taken away is out at once.
 * All digests are compared, each in constant time.
 */
export async function listenerOf(showId: ShowId, token: string, bucket: ObjectStore): Promise<Listener | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const given = createHash('sha256').update(token).digest();
  let found: Listener | undefined;
  for (const listener of (await readRecord(bucket, listenersKey(showId), Listeners))?.value.listeners ?? []) {
    if (timingSafeEqual(given, Buffer.from(listener.tokenSha256, 'hex'))) found = listener;
  }
  return found;
}
