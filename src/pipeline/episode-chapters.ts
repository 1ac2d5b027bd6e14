/** An episode's chapters as its audio has them now; the creator's follow every edit. */
import { movedChapters } from '../audio/moved-chapters.ts';
import type { Chapter, Manifest, Master } from '../domain/episode.ts';
import { CHAPTER_BEYOND_END, type Published } from '../domain/episode-life.ts';
import type { Notice } from '../domain/failure.ts';
import { chaptersOf } from '../feed/chapters.ts';
import { clockChange } from './creators-clock.ts';
import type { ObjectStore } from './ports.ts';

export interface EpisodeChapters {
  readonly chapters: readonly Chapter[];
  /** The creator's on the clock of this audio, unless some of them are cut: then taking the edit back brings them back. */
  readonly moved: NonNullable<Published['moved']>;
  /** What the creator set and nobody sees, with the reason. */
  readonly warnings: readonly Notice[];
}

export async function episodeChapters(
  manifest: Manifest,
  { renderKey, durationSeconds }: Master,
  bucket: ObjectStore,
): Promise<EpisodeChapters> {
  const { chapters, chaptersHeardIn } = manifest;
  if (!chapters) return { chapters: chaptersOf(manifest), moved: {}, warnings: [] };
  const audio = { renderKey, durationSeconds };
  const change = await clockChange(chaptersHeardIn, audio, bucket);
  if (change.kind !== 'other') {
    const moved = { chapters, chaptersHeardIn: audio };
    return { chapters: chaptersOf(manifest), moved, warnings: beyondEnd(chapters, durationSeconds) };
  }
  const there = movedChapters(chapters, change.before, change.after);
  return {
    chapters: chaptersOf({ ...manifest, chapters: there }),
    moved: there.length === chapters.length ? { chapters: there, chaptersHeardIn: audio } : {},
    warnings: beyondEnd(there, durationSeconds),
  };
}

/** A warning of those that nobody sees. They stay as the creator set them: an audio that is longer again has them. */
export function beyondEnd(chapters: readonly Chapter[], endSeconds: number): Notice[] {
  const beyond = chapters.filter(({ startSeconds }) => startSeconds >= endSeconds);
  const [first] = beyond;
  if (!first) return [];
  const others = beyond.length > 1 ? `, and ${beyond.length - 1} more after it` : '';
  const message =
    `The chapter “${first.title}” would begin at ${first.startSeconds} s${others}, but the audio ends after ` +
    `${endSeconds} s: nobody sees what begins later. Let it begin earlier.`;
  return [{ code: CHAPTER_BEYOND_END, message }];
}
