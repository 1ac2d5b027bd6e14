/** A show with episodes that lie in a store, and what listeners were served of them. */
import type { EpisodeId } from '../../src/domain/ids.ts';
import { ShowId } from '../../src/domain/ids.ts';
import { type UtcDay, utcDayOf } from '../../src/downloads/utc-day.ts';
import type { ServedAudio } from '../../src/pipeline/download-counter.ts';
import { downloadStats } from '../../src/pipeline/download-stats.ts';
import type { ObjectStore } from '../../src/pipeline/ports.ts';
import { manifestKey } from '../../src/storage/object-keys.ts';
import { sampleEpisode } from '../feed/sample-show.ts';

export const SHOW = ShowId.parse('late-table');
/** Of the sound of the episodes here: a minute is 600 bytes, so that tests stay small. */
const BYTES_A_SECOND = 10;
const TAG_BYTES = 100;
const DURATION_SECONDS = 600;
export const LENGTH_BYTES = TAG_BYTES + BYTES_A_SECOND * DURATION_SECONDS;

export interface StoredEpisode {
  readonly id: EpisodeId;
  readonly title: string;
  readonly key: string;
}

/** Its audio is a tag of 100 bytes and ten minutes of nothing. */
export async function storeEpisode(bucket: ObjectStore, number: number, showId = SHOW): Promise<StoredEpisode> {
  const sample = sampleEpisode(number, { showId });
  const key = `public/shows/${showId}/episodes/${sample.id}/${String(number).padStart(64, '0')}.mp3`;
  const audio = {
    ...{ key, contentType: 'audio/mpeg', lengthBytes: LENGTH_BYTES, durationSeconds: DURATION_SECONDS },
    ...{ integratedLufs: -16, truePeakDbtp: -1 },
  };
  const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, TAG_BYTES - 10]);
  const bytes = Buffer.concat([tag, Buffer.alloc(LENGTH_BYTES - tag.length)]);
  await bucket.put(key, bytes, { contentType: 'audio/mpeg' });
  const manifest = JSON.stringify({ ...sample, audio, alternates: [] });
  await bucket.put(manifestKey(showId, sample.id), manifest, { contentType: 'application/json' });
  return { id: sample.id, title: sample.title, key };
}

/** All of it, to one listener, unless told otherwise. */
export function served({ key }: { readonly key: string }, change: Partial<ServedAudio> = {}): ServedAudio {
  return {
    ...{ key, method: 'GET', status: 200, fromByte: 0, sentBytes: LENGTH_BYTES },
    ...{ userAgent: 'Overcast/3.0', address: '192.0.2.1', ...change },
  };
}

/** Answers of nobody else: an address each. */
export const addressOf = (number: number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/** What the API would say of these days. */
export function statsOf(bucket: ObjectStore, now: Date, from: UtcDay = utcDayOf(now), showId = SHOW) {
  return downloadStats(bucket, { showId, from, to: utcDayOf(now), episodes: 10 }, now);
}

/** All bytes below a prefix. */
export async function textBelow(bucket: ObjectStore, prefix: string): Promise<string> {
  const { objects } = await bucket.list(prefix);
  const texts: string[] = [];
  for (const { key } of objects) {
    const object = await bucket.get(key);
    for await (const chunk of object?.body ?? []) texts.push(String(chunk));
  }
  return texts.join('\n');
}
