/** An episode's chapters as its audio has them now; the creator's follow every edit. */
import { movedChapters } from '../audio/moved-chapters.ts';
import type { Chapter, Manifest, Master } from '../domain/episode.ts';
import type { Published } from '../domain/episode-life.ts';
import { chaptersOf } from '../feed/chapters.ts';
import { clockChange } from './creators-clock.ts';
import type { ObjectStore } from './ports.ts';

export interface EpisodeChapters {
  readonly chapters: readonly Chapter[];
  /** The creator's on the clock of this audio, unless some of them are cut: then taking the edit back brings them back. */
  readonly moved: NonNullable<Published['moved']>;
}

export async function episodeChapters(
  manifest: Manifest,
  { renderKey, durationSeconds }: Master,
  bucket: ObjectStore,
): Promise<EpisodeChapters> {
  const { chapters, chaptersHeardIn } = manifest;
  if (!chapters) return { chapters: chaptersOf(manifest), moved: {} };
  const audio = { renderKey, durationSeconds };
  const change = await clockChange(chaptersHeardIn, audio, bucket);
  if (change.kind !== 'other') return { chapters: chaptersOf(manifest), moved: { chapters, chaptersHeardIn: audio } };
  const there = movedChapters(chapters, change.before, change.after);
  return {
    chapters: chaptersOf({ ...manifest, chapters: there }),
    moved: there.length === chapters.length ? { chapters: there, chaptersHeardIn: audio } : {},
  };
}
