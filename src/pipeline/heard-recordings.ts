/** Which recordings a render was made of, and forgetting what was heard in them. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { RenderReport } from '../audio/report.ts';
import { type ParticipantId, Sha256 } from '../domain/ids.ts';
import { analysisKey, reportKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { readBytes } from './records.ts';

/** Digests of the recordings of these people in these renders, as far as their reports can be read. */
export async function recordingsIn(
  bucket: ObjectStore,
  renderKeys: readonly Sha256[],
  isOf: (participant: ParticipantId) => boolean,
): Promise<Sha256[]> {
  const found = new Set<Sha256>();
  for (const renderKey of renderKeys) {
    const report = await reportOf(bucket, renderKey);
    for (const { participantId, tracks } of report?.speakers ?? []) {
      if (isOf(participantId)) for (const { sha256 } of tracks) found.add(sha256);
    }
  }
  return [...found];
}

/** Of recordings that are still there, whatever was or was not written down of them. */
export async function digestsOf(
  trackStore: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Sha256[]> {
  const found: Sha256[] = [];
  for (const key of keys) {
    const object = await trackStore.get(key, signal ? { signal } : {});
    if (!object) continue;
    const hash = createHash('sha256');
    await pipeline(object.body, hash, { signal });
    found.push(Sha256.parse(hash.digest('hex')));
  }
  return found;
}

export async function forgetHearings(bucket: ObjectStore, recordings: readonly Sha256[]): Promise<void> {
  for (const recording of recordings) await bucket.delete(analysisKey(recording));
}

/** Also of a render that is half removed already. */
async function reportOf(bucket: ObjectStore, renderKey: Sha256): Promise<RenderReport | undefined> {
  const object = await readBytes(bucket, reportKey(renderKey));
  if (!object) return undefined;
  try {
    return RenderReport.parse(JSON.parse(object.bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}
