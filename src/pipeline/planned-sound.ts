/** A track of the mix plan, with all that was found out about it. */
import { driftRate } from '../audio/drift.ts';
import type { PlannedTrack } from '../audio/mix-plan.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import type { Manifest } from '../domain/episode.ts';
import type { UsableTrack } from './judge-track.ts';

export type PlannedSound = PlannedTrack & {
  readonly usable: UsableTrack;
  /** By how much its recorder's clock ran fast, where that is corrected. */
  readonly driftPpm?: number;
};

export function plannedSound(usable: UsableTrack, manifest: Manifest): PlannedSound {
  const { track, sha256, timestamps, hasEndMark } = usable;
  const drift = driftRate({ timestamps, hasEndMark, durationSeconds: track.durationSeconds });
  const offsetSeconds = (Date.parse(track.startedAt) - Date.parse(manifest.startedAt)) / 1000;
  return {
    participantId: track.participantId,
    kind: track.kind,
    isHost: manifest.participants.find(({ id }) => id === track.participantId)?.role === 'host',
    sha256,
    startOffsetSamples: Math.round(offsetSeconds * SAMPLE_RATE_HZ),
    rate: drift?.rate ?? 1,
    usable,
    ...(drift === undefined ? {} : { driftPpm: drift.correctedPpm }),
  };
}
