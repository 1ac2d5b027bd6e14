/** The connections of a Redis queue: two kinds, all of which end when they are told to, whatever state Redis is in. */
import { Redis } from 'ioredis';

const LONGEST_RECONNECT_MS = 1_000;
/** A connection whose answers never come is given up after this long; longer than a blocking read takes (10 s). */
const SILENCE_MS = 15_000;

/** Each queue, worker and watcher adds some. Not unlimited: BullMQ adds to this number, and 0 plus 3 would be 3. */
const MOST_LISTENERS = 100;

export interface RedisClients {
  /** Fails at once while Redis is away, rather than queueing up what its caller has long given up. */
  readonly producer: Redis;
  /** Outlives any outage; BullMQ duplicates it for blocking reads. */
  readonly patient: Redis;
  /** Ends both and all duplicates; resolves when they have ended. */
  disconnect(): Promise<void>;
}

/**
 * ioredis parks a client for ever that is told to disconnect between two tries to reconnect: let the next try end it.
 * Its `status` does not say whether it is between them, since BullMQ overwrites that when it closes.
 */
function endSurely(client: Redis, isOver: () => boolean): void {
  let isBetweenTries = false;
  let isEnding = false;
  const mustEnd = () => isEnding || isOver();
  client.options.retryStrategy = (times) => (mustEnd() ? null : Math.min(times * 100, LONGEST_RECONNECT_MS));
  client.disconnect = (reconnect) => {
    isEnding = !reconnect;
    if (reconnect || !isBetweenTries) Redis.prototype.disconnect.call(client, reconnect);
  };
  client.on('reconnecting', () => {
    isBetweenTries = true;
  });
  client.on('connecting', () => {
    isBetweenTries = false;
  });
  client.on('ready', () => {
    if (mustEnd()) client.disconnect();
  });
  client.on('end', () => {
    isEnding = false;
  });
}

export function connectRedis(url: string, answerDeadlineMs: number): RedisClients {
  const common = { connectTimeout: answerDeadlineMs, keepAlive: 10_000 };
  const clients = new Set<Redis>();
  // BullMQ may still be reconnecting one when all is over.
  let isOver = false;
  const keep = (client: Redis): Redis => {
    client.setMaxListeners(MOST_LISTENERS);
    // Whoever uses the connection hears of its errors; an unheard 'error' event would be printed.
    client.on('error', () => undefined);
    endSurely(client, () => isOver);
    clients.add(client);
    client.on('end', () => clients.delete(client));
    client.on('connecting', () => clients.add(client));
    return client;
  };
  const producer = keep(
    new Redis(url, {
      ...common,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: answerDeadlineMs,
    }),
  );
  const patient = keep(new Redis(url, { ...common, maxRetriesPerRequest: null, socketTimeout: SILENCE_MS }));
  patient.duplicate = (override) => keep(Redis.prototype.duplicate.call(patient, override));
  return {
    producer,
    patient,
    disconnect: async () => {
      isOver = true;
      const ends = [...clients].map(async (client) => {
        const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
        client.disconnect();
        await ended;
      });
      await Promise.all(ends);
    },
  };
}
