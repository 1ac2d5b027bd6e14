/** Where a render takes each voice from: the platform's recordings, or the stems that an earlier render kept of them. */
import type { EpisodeTrack, Manifest } from '../domain/episode.ts';
import { stemIndexKey, stemKey } from '../storage/object-keys.ts';
import { audibleTracks } from './fetch-tracks.ts';
import { isHeard, refuseGoneTracks } from './gone-tracks.ts';
import type { ObjectStore } from './ports.ts';
import { readRecord } from './records.ts';
import { StemIndex } from './stem-index.ts';
import { voiceOf } from './voices.ts';

export interface StemSource {
  readonly participantId: EpisodeTrack['participantId'];
  readonly kind: EpisodeTrack['kind'];
  /** Of the microphone that it was recorded with: a stem is silent between words. */
  readonly noiseLufs: number | null;
  /** In the bucket. */
  readonly key: string;
}

export interface TrackSources {
  readonly recordings: readonly EpisodeTrack[];
  readonly stems: readonly StemSource[];
}

/**
 * Only people who may be heard. Where a recording that the present master is made of is no longer there, its speaker's
 * stem takes the place of all their recordings in that master; whoever has none there was never heard. Throws
 * PermanentFailure('tracks-gone') where no stems were kept.
 */
export async function trackSources(
  manifest: Manifest,
  { bucket, trackStore }: { readonly bucket: ObjectStore; readonly trackStore: ObjectStore },
): Promise<TrackSources> {
  const recordings = audibleTracks(manifest);
  const madeBefore = manifest.master?.renderKey ?? manifest.stemsFrom;
  if (!madeBefore) return { recordings, stems: [] };
  const gone: EpisodeTrack[] = [];
  for (const track of recordings) {
    if (isHeard(track.state) && !(await trackStore.head(track.key))) gone.push(track);
  }
  if (gone.length === 0) return { recordings, stems: [] };
  const kept = (await readRecord(bucket, stemIndexKey(madeBefore), StemIndex))?.value.stems;
  if (!kept) refuseGoneTracks(manifest, gone);
  const wanted = new Set(gone.map(voiceOf));
  const stems = (kept ?? [])
    .filter((stem) => wanted.has(voiceOf(stem)))
    .map(({ name, ...stem }) => ({ ...stem, key: stemKey(madeBefore, name) }));
  return { recordings: recordings.filter((track) => !(isHeard(track.state) && wanted.has(voiceOf(track)))), stems };
}
