/** Which recordings a render was made of, and forgetting what was heard in them. */
import { RenderReport } from '../audio/report.ts';
import type { ParticipantId, Sha256 } from '../domain/ids.ts';
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
