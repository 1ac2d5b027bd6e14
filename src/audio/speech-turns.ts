/** Who talks when in the episode: turns.json, for the studio, transcripts and players. */
import { z } from 'zod';
import { ParticipantId } from '../domain/ids.ts';
import type { EditedClock } from './edited-clock.ts';
import { SAMPLE_RATE_HZ, type SampleRange } from './sample-clock.ts';

/** One uninterrupted stretch of talk by one participant, on the episode's clock. */
export const SpeechTurn = z.object({
  participantId: ParticipantId,
  startSeconds: z.number().nonnegative(),
  endSeconds: z.number().positive(),
});
export type SpeechTurn = z.infer<typeof SpeechTurn>;

const HeardPiece = z.object({
  roomSeconds: z.number().nonnegative(),
  episodeSeconds: z.number().nonnegative(),
  durationSeconds: z.number().positive(),
});
export type HeardPiece = z.infer<typeof HeardPiece>;

/** turns.json. */
export const SpeechTurns = z.object({
  format: z.literal(1),
  durationSeconds: z.number().positive(),
  /** By start; turns of different participants may overlap. */
  turns: z.array(SpeechTurn),
  /** Which stretches of the room are heard, and when in the episode; renders made before this was kept have none. */
  pieces: z.array(HeardPiece).optional(),
});
export type SpeechTurns = z.infer<typeof SpeechTurns>;

/** Where one participant talks, in samples of the room. Several tracks of one participant may be given one by one. */
export interface Talk {
  readonly participantId: ParticipantId;
  readonly ranges: readonly SampleRange[];
}

/** A breath: who goes on after it has not stopped. */
const JOINED_PAUSE_SAMPLES = 0.8 * SAMPLE_RATE_HZ;
/** A cough, a click. */
const SHORTEST_TURN_SAMPLES = 0.2 * SAMPLE_RATE_HZ;

export function speechTurns(talks: readonly Talk[], clock: EditedClock): SpeechTurn[] {
  const heard = new Map<ParticipantId, SampleRange[]>();
  for (const { participantId, ranges } of talks) {
    const theirs = heard.get(participantId) ?? [];
    for (const range of ranges) theirs.push(...clock.ranges(range));
    heard.set(participantId, theirs);
  }
  return [...heard]
    .flatMap(([participantId, ranges]) =>
      joined(ranges)
        .filter(({ fromSample, toSample }) => toSample - fromSample >= SHORTEST_TURN_SAMPLES)
        .map(({ fromSample, toSample }) => ({
          participantId,
          startSeconds: milliseconds(fromSample) / 1000,
          endSeconds: milliseconds(toSample) / 1000,
        })),
    )
    .sort((a, b) => a.startSeconds - b.startSeconds || (a.participantId < b.participantId ? -1 : 1));
}

function joined(ranges: readonly SampleRange[]): SampleRange[] {
  const turns: { fromSample: number; toSample: number }[] = [];
  for (const { fromSample, toSample } of ranges.toSorted((a, b) => a.fromSample - b.fromSample)) {
    const last = turns.at(-1);
    if (last && fromSample - last.toSample < JOINED_PAUSE_SAMPLES) last.toSample = Math.max(last.toSample, toSample);
    else turns.push({ fromSample, toSample });
  }
  return turns;
}

function milliseconds(sample: number): number {
  return Math.round((sample / SAMPLE_RATE_HZ) * 1000);
}
