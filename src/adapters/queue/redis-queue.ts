/** The job queue on Redis or Valkey. */
import { createRedisBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import { messageOf, PassingFailure, PermanentFailure } from '../../domain/failure.ts';
import type { JobQueue, Log } from '../../pipeline/ports.ts';
import { withoutCredentials } from '../without-credentials.ts';
import { DEFAULT_TUNING, type QueueTuning } from './bullmq-backend.ts';
import { createBullmqQueue } from './bullmq-queue.ts';
import { settledWithin } from './deadline.ts';
import { connectRedis } from './redis-clients.ts';
import { assertRedisSafe } from './redis-safety.ts';

/** redis://host:6379/0, as it may stand in a log. */
function addressOf(url: string): string {
  if (!URL.canParse(url))
    throw new PermanentFailure('bad-request', 'the queue URL is not a URL like redis://host:6379');
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname || '127.0.0.1'}:${port || 6379}${pathname === '/' ? '' : pathname}`;
}

/** Says once that Redis is away, and once that it is back. */
function reportOutages(redis: Redis, description: string, log: Log): () => string {
  let reason = '';
  redis.on('error', (error: Error) => {
    if (reason === '') log.warn({ reason: withoutCredentials(error.message) }, `${description} cannot be reached`);
    reason = withoutCredentials(error.message);
  });
  redis.on('ready', () => {
    if (reason !== '') log.info({}, `${description} can be reached again`);
    reason = '';
  });
  return () => reason;
}

/** Does not wait for Redis: a server must take webhooks while it is away. Throws PermanentFailure for a malformed URL. */
export async function openRedisQueue(url: string, log: Log, tuning: Partial<QueueTuning> = {}): Promise<JobQueue> {
  const settings = { ...DEFAULT_TUNING, ...tuning };
  const address = addressOf(url);
  const description = `the queue at ${address}`;
  const { producer, patient, disconnect } = connectRedis(url, settings.answerDeadlineMs);
  const lastReason = reportOutages(producer, description, log);

  const ready = async () => {
    if (producer.status === 'ready') return;
    const connected = new Promise<void>((resolve) => producer.once('ready', () => resolve()));
    if (await settledWithin(connected, settings.answerDeadlineMs * 0.9)) return;
    const reason = lastReason() || 'no answer';
    throw new PassingFailure(
      'queue-unreachable',
      `${description} cannot be reached (${reason}); is Redis running there?`,
    );
  };

  return createBullmqQueue(
    {
      description,
      tuning: settings,
      factory: (name, options, roles = {}) => {
        const isProducer = !roles.blocking && !roles.withBlockingConnection;
        return createRedisBackend(
          name,
          // Without a version check a producer cannot fail for ever because its one INFO timed out; ours is made apart.
          {
            ...options,
            connection: isProducer ? producer : patient,
            skipVersionCheck: isProducer,
          },
          roles,
        );
      },
      ready,
      assertSafe: async () => {
        try {
          await assertRedisSafe(producer, description, address);
        } catch (error) {
          if (error instanceof PermanentFailure) throw error;
          const reason = withoutCredentials(messageOf(error));
          throw new PassingFailure('queue-unreachable', `${description} could not be checked: ${reason}`);
        }
      },
      lastEventId: async (name) => {
        const [newest] = await producer.xrevrange(`bull:${name}:events`, '+', '-', 'COUNT', 1);
        return newest?.[0] ?? '0-0';
      },
      disconnect,
    },
    log,
  );
}
