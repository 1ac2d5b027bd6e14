/** Stems: each speaker's sound as it was recorded, aligned with the room, for edits when the recordings are gone. */

import { type Cue, cuesOf } from '../audio/cue-sheet.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import type { ParticipantId } from '../domain/ids.ts';
import type { AudioEngine, Mix } from './audio-engine.ts';
import type { MixedTracks } from './mix-tracks.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';
import { byVoice } from './voices.ts';

export interface Stem {
  readonly participantId: ParticipantId;
  readonly kind: 'speech' | 'music';
  /** Of the microphone, before anything was done to it: a stem holds no sound between words to tell it by. */
  readonly noiseLufs: number | null;
  /** Within the work folder. */
  readonly file: string;
}

/** One for each participant and kind, in the order of the mix's tracks; those in which nothing is heard are left out. */
export async function makeStems(
  mixed: MixedTracks,
  audio: AudioEngine,
  steps: RenderSteps,
  format: 'stem' | 'stem-flac' = 'stem',
): Promise<Stem[]> {
  const ending = format === 'stem' ? 'opus' : 'flac';
  // One thread is left to whatever comes while they are made.
  const atOnce = Math.max(1, audio.threads - 1);
  return sideBySide(stemsOf(mixed), atOnce, steps.signal, async ({ cues, kept, ...stem }, signal, index) => {
    // A copy of a copy would lose a little each time.
    if (kept && format === 'stem') return { ...stem, file: kept };
    const file = `stem-${index}.${ending}`;
    const mix: Mix = {
      ...mixed.mix,
      sheet: { durationSamples: mixed.roomDurationSamples, channels: 1, cues },
      outputChannels: 1,
    };
    const run = { ...steps.under(signal).quietRun(mixed.roomDurationSamples / SAMPLE_RATE_HZ), hasTime: true };
    if (format === 'stem') await audio.encodeStem(mix, file, run);
    else await audio.encodeWhole(mix, { gainDb: 0 }, format, file, run);
    return { ...stem, file };
  });
}

function stemsOf({
  tracks,
  roomDurationSamples,
}: MixedTracks): (Omit<Stem, 'file'> & { readonly cues: Cue[]; readonly kept: string | undefined })[] {
  const whole = [{ roomFrom: 0, length: roomDurationSamples, episodeFrom: 0 }];
  return byVoice(tracks).flatMap(({ participantId, kind, tracks: own }) => {
    const cues = cuesOf(
      own.map(({ lane, stretches }) => ({
        ...{ lane, stretches, left: 1, right: 1 },
        gains: stretches.map(({ energies }) => new Float32Array(energies.length + 1).fill(1)),
      })),
      whole,
    );
    if (cues.length === 0) return [];
    const noises = own.flatMap(({ planned }) => planned.usable.hearing.noiseLufs ?? []);
    const kept = own.length === 1 ? own[0]?.planned.usable.stem?.file : undefined;
    return [{ participantId, kind, noiseLufs: noises.length === 0 ? null : Math.max(...noises), cues, kept }];
  });
}
