/** From the clock of the audio that a creator heard to that of the audio as it is now: through the room's, by what renders kept. */
import { type HeardPiece, SpeechTurns } from '../audio/speech-turns.ts';
import type { HeardAudio } from '../domain/episode-details.ts';
import type { Sha256 } from '../domain/ids.ts';
import { turnsKey } from '../storage/object-keys.ts';
import type { ObjectStore } from './ports.ts';
import { readBytes } from './records.ts';

/** Two renders as long as that to a frame of MP3 were cut alike. */
const SAME_LENGTH_SECONDS = 0.03;

/** `same`: one clock, as far as anybody can tell. `unknown`: another, and the render that tells of it is gone. */
export type ClockChange =
  | { readonly kind: 'same' | 'unknown' }
  | { readonly kind: 'other'; readonly before: readonly HeardPiece[]; readonly after: readonly HeardPiece[] };

export async function clockChange(
  before: HeardAudio | undefined,
  now: HeardAudio,
  bucket: ObjectStore,
): Promise<ClockChange> {
  if (before === undefined || before.renderKey === now.renderKey) return { kind: 'same' };
  const [from, to] = [await storedTurns(bucket, before.renderKey), await storedTurns(bucket, now.renderKey)];
  if (from?.pieces && to?.pieces) return { kind: 'other', before: from.pieces, after: to.pieces };
  return { kind: Math.abs(before.durationSeconds - now.durationSeconds) <= SAME_LENGTH_SECONDS ? 'same' : 'unknown' };
}

/** Undefined where the render is gone, or was made before turns were kept. */
export async function storedTurns(bucket: ObjectStore, renderKey: Sha256): Promise<SpeechTurns | undefined> {
  const object = await readBytes(bucket, turnsKey(renderKey));
  return object && SpeechTurns.safeParse(JSON.parse(object.bytes.toString('utf8'))).data;
}
