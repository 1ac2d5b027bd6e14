/** Removes what an erased episode leaves in the bucket: what the platform told, renders, public files. Can be done again. */
import type { Manifest } from '../domain/episode.ts';
import { analysisKey, episodeFilesPrefix, intakePrefix, renderPrefix } from '../storage/object-keys.ts';
import { IntakeRecord } from '../webhook/events.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord, listAll } from './records.ts';
import { storedReport } from './stored-render.ts';

interface EraseDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

/** Names first; then audio. Call again after the feed was derived: until then it may name the public files. */
export async function forgetIntake({ roomHash }: Pick<Manifest, 'roomHash'>, { bucket, clock }: EraseDependencies) {
  const erasedAt = clock.now().toISOString();
  for await (const { key } of listAll(bucket, intakePrefix(roomHash))) {
    await changeRecord(bucket, key, IntakeRecord, (known) =>
      known.type === 'erased' ? undefined : { type: 'erased' as const, hash: known.digest, erasedAt },
    );
  }
}

/** Only for tombstones, and only after the feed was derived. */
export async function removeErasedAudio(tombstone: Manifest, { bucket }: EraseDependencies): Promise<void> {
  // What was told of its recordings goes as well; should another room have the same, it is listened to again.
  for (const renderKey of tombstone.renderKeys) {
    const report = await storedReport(bucket, renderKey);
    for (const { sha256 } of report?.speakers.flatMap(({ tracks }) => tracks) ?? []) {
      await bucket.delete(analysisKey(sha256));
    }
  }
  const prefixes = [episodeFilesPrefix(tombstone.showId, tombstone.id), ...tombstone.renderKeys.map(renderPrefix)];
  for (const prefix of prefixes) {
    for await (const { key } of listAll(bucket, prefix)) await bucket.delete(key);
  }
}
