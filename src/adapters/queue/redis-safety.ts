/** Refuses a Redis that would lose jobs, with what to do about it. */
import type { Redis } from 'ioredis';
import { messageOf, PermanentFailure } from '../../domain/failure.ts';

/** BullMQ runs on older ones, but its waiting for jobs does not work well there. */
const OLDEST_VERSION = [6, 2] as const;

function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function assertVersion(info: string, description: string): void {
  // Valkey's redis_version is the Redis it is compatible with (7.2.4), so one rule is enough.
  const version = infoField(info, 'redis_version');
  if (version === undefined) return;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1])) return;
  throw new PermanentFailure(
    'store-unsafe',
    `${description} is Redis ${version}; at least ${OLDEST_VERSION.join('.')} is needed. Use a newer Redis or Valkey.`,
  );
}

/** CONFIG is often forbidden in hosted Redis; INFO tells the policy too. Undefined when neither does. */
async function evictionPolicy(redis: Redis, info: string): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config('GET', 'maxmemory-policy');
    if (Array.isArray(answer) && typeof answer[1] === 'string') return answer[1];
  } catch (error) {
    if (!/NOPERM|unknown command|not allowed|disabled/i.test(messageOf(error))) throw error;
  }
  return infoField(info, 'maxmemory_policy');
}

/** `address`: how redis-cli would be told to reach it, without credentials. Throws PermanentFailure('store-unsafe'). */
export async function assertRedisSafe(redis: Redis, description: string, address: string): Promise<void> {
  const info = await redis.info();
  assertVersion(info, description);
  const policy = await evictionPolicy(redis, info);
  if (policy === undefined || policy === 'noeviction') return;
  throw new PermanentFailure(
    'store-unsafe',
    `${description} has maxmemory-policy ${policy}, so it may silently drop jobs when its memory is full. Run ` +
      `\`redis-cli -u ${address} CONFIG SET maxmemory-policy noeviction\` and put the line ` +
      '`maxmemory-policy noeviction` into its redis.conf (a hosted Redis has this setting in its console).',
  );
}
