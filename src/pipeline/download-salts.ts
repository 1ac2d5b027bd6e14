/** The salt of a day: one for all server processes, made by the first that needs it, gone when the day is. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { endOfDayMs, UtcDay } from '../downloads/utc-day.ts';
import { dayOfStatsKey, SALTS_PREFIX, saltKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { createRecord, listAll, readRecord } from './records.ts';

const SALT_BYTES = 32;
/** Clocks of several machines differ; a server that is behind still needs the salt for a moment. */
const GRACE_MS = 15 * 60_000;

const Salt = z.object({ salt: z.base64() });

/** Created by whoever asks first; the others get the same. */
export async function saltOfDay(bucket: ObjectStore, day: UtcDay): Promise<Uint8Array> {
  const key = saltKey(day);
  const existing = await readSalt(bucket, key);
  if (existing) return existing;
  const salt = randomBytes(SALT_BYTES);
  if (await createRecord(bucket, key, { salt: salt.toString('base64') })) return salt;
  return (await readSalt(bucket, key)) ?? salt;
}

async function readSalt(bucket: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const record = await readRecord(bucket, key, Salt);
  return record && Buffer.from(record.value.salt, 'base64');
}

/** From then on nobody can tell whose hashes those of the day were. How many were removed. */
export async function forgetOldSalts(bucket: ObjectStore, now: Date): Promise<number> {
  let removed = 0;
  for await (const { key } of listAll(bucket, SALTS_PREFIX)) {
    const day = UtcDay.safeParse(dayOfStatsKey(key));
    if (!day.success || endOfDayMs(day.data) + GRACE_MS > now.getTime()) continue;
    await bucket.delete(key);
    removed++;
  }
  return removed;
}
