/** Removes what an erased episode leaves in the bucket: what the platform told, renders, public files. Can be done again. */
import type { Manifest } from '../domain/episode.ts';
import { episodeFilesPrefixes, intakePrefix, renderPrefix } from '../storage/object-keys.ts';
import { IntakeRecord } from '../webhook/events.ts';
import { forgetHearings, recordingsIn } from './heard-recordings.ts';
import type { Clock, ObjectStore } from './ports.ts';
import { changeRecord, listAll } from './records.ts';

interface EraseDependencies {
  readonly bucket: ObjectStore;
  readonly clock: Clock;
}

/** Names first; then audio. Call again after the feed was derived: until then it may name the public files. */
export async function forgetIntake(
  { roomHash }: Pick<Manifest, 'roomHash'>,
  { bucket, clock }: EraseDependencies,
  because?: 'retention',
) {
  const erasedAt = clock.now().toISOString();
  for await (const { key } of listAll(bucket, intakePrefix(roomHash))) {
    await changeRecord(bucket, key, IntakeRecord, (known) => {
      if (known.type !== 'erased') {
        return { type: 'erased' as const, hash: known.digest, erasedAt, ...(because ? { because } : {}) };
      }
      if (because || !known.because) return undefined;
      const { because: _, ...erased } = known;
      return erased;
    });
  }
}

/** Only for tombstones, and only after the feed was derived. */
export async function removeErasedAudio(tombstone: Manifest, { bucket }: EraseDependencies): Promise<void> {
  const { renderKeys, removal } = tombstone;
  // What was told of its recordings goes as well; should another room have the same, it is listened to again.
  const heard = await recordingsIn(bucket, renderKeys, () => true);
  await forgetHearings(bucket, [...heard, ...(removal?.recordings ?? [])]);
  const prefixes = [...episodeFilesPrefixes(tombstone.showId, tombstone.id), ...renderKeys.map(renderPrefix)];
  for (const prefix of prefixes) {
    for await (const { key } of listAll(bucket, prefix)) await bucket.delete(key);
  }
}
