/** The edit list, resolved: which instants of the room are heard, and when in the episode. One answer for sound, chapters, turns and captions. */
import { PermanentFailure } from '../domain/failure.ts';
import type { EditList } from '../domain/room.ts';
import type { KeptPiece } from './cue-sheet.ts';
import { SAMPLE_RATE_HZ, type SampleRange } from './sample-clock.ts';

export interface Editing {
  readonly roomDurationSamples: number;
  readonly edit: Pick<EditList, 'trimStartSeconds' | 'trimEndSeconds'>;
  /** Cuts what lies before the first and after the last sound, but half a second and a second. */
  readonly trimDeadAir: boolean;
  /** Makes one second of every silence of more than two. */
  readonly shortenSilences: boolean;
  /** Room samples in which anybody, or any music, is heard: ascending, disjoint. */
  readonly sound: readonly SampleRange[];
  /** How much of an intro is heard before the room begins. */
  readonly leadInSamples?: number;
  /** How much of an outro is heard after the room's end. */
  readonly tailSamples?: number;
}

/** A part of a range of the room as it is heard: samples of the episode. */
interface EpisodeRange extends SampleRange {
  /** Which room sample is heard at `fromSample`. */
  readonly roomFrom: number;
}

export interface EditedClock {
  /** Ascending and disjoint in the room, back to back in the episode. */
  readonly pieces: readonly KeptPiece[];
  /** Of the whole episode, intro and outro included. */
  readonly durationSamples: number;
  /** Undefined where the room is cut. */
  toEpisode(roomSample: number): number | undefined;
  /** The first instant heard at or after; undefined when nothing is heard any more. */
  toEpisodeOrNext(roomSample: number): number | undefined;
  /** What is heard of a range: one for each piece that it touches. */
  ranges(room: SampleRange): EpisodeRange[];
}

const DEAD_AIR_BEFORE_SAMPLES = SAMPLE_RATE_HZ / 2;
const DEAD_AIR_AFTER_SAMPLES = SAMPLE_RATE_HZ;
const LONG_SILENCE_SAMPLES = 2 * SAMPLE_RATE_HZ;
/** What stays of a shortened silence, at either side of the joint. */
const SILENCE_SIDE_SAMPLES = SAMPLE_RATE_HZ / 2;

/** What explicit trims leave of a room. Throws PermanentFailure('bad-request') when that is nothing. */
export function trimmedRange(roomDurationSeconds: number, edit: Editing['edit']): SampleRange {
  const trimStartSeconds = edit.trimStartSeconds ?? 0;
  const trimEndSeconds = edit.trimEndSeconds ?? 0;
  const keptSamples = Math.round((roomDurationSeconds - trimStartSeconds - trimEndSeconds) * SAMPLE_RATE_HZ);
  if (!(keptSamples > 0)) {
    throw new PermanentFailure(
      'bad-request',
      `nothing is left to hear: the room lasted ${roomDurationSeconds} s, and ${trimStartSeconds} s at its start and ${trimEndSeconds} s at its end are to be cut; cut less`,
    );
  }
  const fromSample = Math.round(trimStartSeconds * SAMPLE_RATE_HZ);
  return { fromSample, toSample: fromSample + keptSamples };
}

/**
 * Explicit trims come first, wherever they fall; all other joints lie within silence. A room in which nothing is heard
 * is left as it is: there is no sound to measure dead air from. Throws what `trimmedRange` throws.
 */
export function editedClock(editing: Editing): EditedClock {
  const trimmed = trimmedRange(editing.roomDurationSamples / SAMPLE_RATE_HZ, editing.edit);
  const sound = editing.sound.flatMap((range) => intersection(range, trimmed) ?? []);
  const window = editing.trimDeadAir ? withoutDeadAir(trimmed, sound) : trimmed;
  const kept = editing.shortenSilences && sound.length > 0 ? withoutLongSilences(window, sound) : [window];
  let episodeFrom = editing.leadInSamples ?? 0;
  const pieces = kept.map(({ fromSample, toSample }): KeptPiece => {
    const piece = Object.freeze({ roomFrom: fromSample, length: toSample - fromSample, episodeFrom });
    episodeFrom += piece.length;
    return piece;
  });
  return clockOf(Object.freeze(pieces), episodeFrom + (editing.tailSamples ?? 0));
}

function withoutDeadAir(window: SampleRange, sound: readonly SampleRange[]): SampleRange {
  const [first, last] = [sound[0], sound.at(-1)];
  if (first === undefined || last === undefined) return window;
  return {
    fromSample: Math.max(window.fromSample, first.fromSample - DEAD_AIR_BEFORE_SAMPLES),
    toSample: Math.min(window.toSample, last.toSample + DEAD_AIR_AFTER_SAMPLES),
  };
}

function withoutLongSilences(window: SampleRange, sound: readonly SampleRange[]): SampleRange[] {
  const kept: SampleRange[] = [];
  let { fromSample } = window;
  let heardUntil = window.fromSample;
  for (const next of [...sound, { fromSample: window.toSample, toSample: window.toSample }]) {
    if (next.fromSample - heardUntil > LONG_SILENCE_SAMPLES) {
      kept.push({ fromSample, toSample: heardUntil + SILENCE_SIDE_SAMPLES });
      fromSample = next.fromSample - SILENCE_SIDE_SAMPLES;
    }
    heardUntil = next.toSample;
  }
  kept.push({ fromSample, toSample: window.toSample });
  return kept;
}

function intersection(a: SampleRange, b: SampleRange): SampleRange | undefined {
  const fromSample = Math.max(a.fromSample, b.fromSample);
  const toSample = Math.min(a.toSample, b.toSample);
  return fromSample < toSample ? { fromSample, toSample } : undefined;
}

function clockOf(pieces: readonly KeptPiece[], durationSamples: number): EditedClock {
  /** Which piece is the first to end after an instant; how many there are when none does. */
  const firstEndingAfter = (roomSample: number) => {
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const piece = pieces[middle];
      if (piece !== undefined && piece.roomFrom + piece.length <= roomSample) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return Object.freeze({
    pieces,
    durationSamples,

    toEpisode(roomSample) {
      const piece = pieces[firstEndingAfter(roomSample)];
      if (piece === undefined || roomSample < piece.roomFrom) return undefined;
      return piece.episodeFrom + roomSample - piece.roomFrom;
    },

    toEpisodeOrNext(roomSample) {
      const piece = pieces[firstEndingAfter(roomSample)];
      return piece && piece.episodeFrom + Math.max(0, roomSample - piece.roomFrom);
    },

    ranges(room) {
      const heard: EpisodeRange[] = [];
      for (let index = firstEndingAfter(room.fromSample); index < pieces.length; index += 1) {
        const piece = pieces[index];
        if (piece === undefined || piece.roomFrom >= room.toSample) break;
        const roomFrom = Math.max(room.fromSample, piece.roomFrom);
        const length = Math.min(room.toSample, piece.roomFrom + piece.length) - roomFrom;
        const fromSample = piece.episodeFrom + roomFrom - piece.roomFrom;
        if (length > 0) heard.push({ fromSample, toSample: fromSample + length, roomFrom });
      }
      return heard;
    },
  } satisfies EditedClock);
}
