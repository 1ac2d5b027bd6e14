/** Chapters that a creator set on one audio, on the clock of another that was edited differently. Pure. */
import type { Chapter } from '../domain/episode.ts';
import type { HeardPiece } from './speech-turns.ts';

const endOf = ({ episodeSeconds, durationSeconds }: HeardPiece) => episodeSeconds + durationSeconds;
const milliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

/**
 * Each begins where its words begin. What begins in something that is cut moves to what is heard next, and goes where
 * nothing is; of several that begin at one instant then, the last stays. What lies in the intro or the outro keeps its
 * distance from the conversation.
 */
export function movedChapters(
  chapters: readonly Chapter[],
  before: readonly HeardPiece[],
  after: readonly HeardPiece[],
): Chapter[] {
  const byStart = new Map<number, Chapter>();
  for (const chapter of chapters) {
    const startSeconds = movedInstant(chapter.startSeconds, before, after);
    if (startSeconds !== undefined)
      byStart.set(milliseconds(startSeconds), { ...chapter, startSeconds: milliseconds(startSeconds) });
  }
  return [...byStart.values()];
}

function movedInstant(
  seconds: number,
  before: readonly HeardPiece[],
  after: readonly HeardPiece[],
): number | undefined {
  const [first, last] = [before[0], before.at(-1)];
  const [newFirst, newLast] = [after[0], after.at(-1)];
  if (!first || !last || !newFirst || !newLast) return undefined;
  if (seconds < first.episodeSeconds) return Math.max(0, newFirst.episodeSeconds - (first.episodeSeconds - seconds));
  if (seconds >= endOf(last)) return endOf(newLast) + seconds - endOf(last);
  const piece = before.findLast(({ episodeSeconds }) => episodeSeconds <= seconds) ?? first;
  const room = piece.roomSeconds + seconds - piece.episodeSeconds;
  const heard = after.find(({ roomSeconds, durationSeconds }) => room < roomSeconds + durationSeconds);
  return heard && heard.episodeSeconds + Math.max(0, room - heard.roomSeconds);
}
