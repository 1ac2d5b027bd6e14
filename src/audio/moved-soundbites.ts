/** Soundbites that a creator set on one audio, on the clock of another that was edited differently. Pure. */
import { SOUNDBITE_SECONDS, type Soundbite } from '../domain/episode-details.ts';
import type { HeardPiece } from './speech-turns.ts';

/** How much of a clip may be cut for it to stay: half a word at either end. */
const LOST_SECONDS = 0.5;

interface Stretch {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const ofRoom = ({ roomSeconds, episodeSeconds, durationSeconds }: HeardPiece) => ({
  fromSeconds: roomSeconds,
  toSeconds: roomSeconds + durationSeconds,
  shiftSeconds: episodeSeconds - roomSeconds,
});
const ofEpisode = ({ roomSeconds, episodeSeconds, durationSeconds }: HeardPiece) => ({
  fromSeconds: episodeSeconds,
  toSeconds: episodeSeconds + durationSeconds,
  shiftSeconds: roomSeconds - episodeSeconds,
});

/** The parts of a stretch that lie in pieces, as the other clock has them. */
function across(stretch: Stretch, pieces: readonly (Stretch & { readonly shiftSeconds: number })[]): Stretch[] {
  return pieces.flatMap(({ fromSeconds, toSeconds, shiftSeconds }) => {
    const from = Math.max(fromSeconds, stretch.fromSeconds);
    const to = Math.min(toSeconds, stretch.toSeconds);
    return from < to ? [{ fromSeconds: from + shiftSeconds, toSeconds: to + shiftSeconds }] : [];
  });
}

const milliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

/**
 * Where the same words are heard in the other audio; undefined where its beginning or end was cut, or it is too short
 * or too long now. Intro and outro belong to no room: what lies in them has no other place.
 */
export function movedSoundbite(
  soundbite: Soundbite,
  before: readonly HeardPiece[],
  after: readonly HeardPiece[],
): Soundbite | undefined {
  const { startSeconds, durationSeconds, ...rest } = soundbite;
  const inRoom = across(
    { fromSeconds: startSeconds, toSeconds: startSeconds + durationSeconds },
    before.map(ofEpisode),
  );
  const [first, last] = [inRoom[0], inRoom.at(-1)];
  if (!first || !last) return undefined;
  const room = { fromSeconds: first.fromSeconds, toSeconds: last.toSeconds };
  const heard = across(room, after.map(ofRoom));
  const start = heard[0]?.fromSeconds;
  const end = heard.at(-1)?.toSeconds;
  if (start === undefined || end === undefined) return undefined;
  if (cutAtEdges(room, after.map(ofRoom)) > LOST_SECONDS) return undefined;
  const seconds = milliseconds(end - start);
  if (seconds < SOUNDBITE_SECONDS.least || seconds > SOUNDBITE_SECONDS.most) return undefined;
  return { startSeconds: milliseconds(start), durationSeconds: seconds, ...rest };
}

/** How much of a stretch's beginning and end is in no piece. */
function cutAtEdges({ fromSeconds, toSeconds }: Stretch, pieces: readonly Stretch[]): number {
  const kept = pieces.filter((piece) => piece.toSeconds > fromSeconds && piece.fromSeconds < toSeconds);
  const begin = Math.max(0, (kept[0]?.fromSeconds ?? toSeconds) - fromSeconds);
  const end = Math.max(0, toSeconds - (kept.at(-1)?.toSeconds ?? fromSeconds));
  return Math.max(begin, end);
}
