/** Alternates: the finished mix in the formats that some apps prefer, as loud as the master and as long. */
import type { Finish } from '../audio/finish.ts';
import { SAMPLE_RATE_HZ } from '../audio/sample-clock.ts';
import { ALTERNATES, type AlternateFormat } from '../storage/object-keys.ts';
import type { AudioEngine, Mix } from './audio-engine.ts';
import type { MasteredAudio } from './master-mix.ts';
import type { RenderSteps } from './render-job.ts';
import { sideBySide } from './side-by-side.ts';

export interface Alternate {
  readonly format: AlternateFormat;
  /** Within the work folder. */
  readonly file: string;
}

export async function makeAlternates(
  mix: Mix,
  mastered: Pick<MasteredAudio, 'finish' | 'encoderLossDb'>,
  formats: readonly AlternateFormat[],
  audio: AudioEngine,
  steps: RenderSteps,
): Promise<Alternate[]> {
  const seconds = mix.sheet.durationSamples / SAMPLE_RATE_HZ;
  return sideBySide([...new Set(formats)], audio.threads, steps.signal, async (format, signal) => {
    const file = `alternate${ALTERNATES[format].suffix}`;
    await audio.encodeWhole(mix, withoutMp3Loss(mastered), format, file, steps.under(signal).quietRun(seconds));
    return { format, file };
  });
}

/** The master was made louder by what its encoder takes away; these encoders take nothing. */
function withoutMp3Loss({ finish, encoderLossDb }: Pick<MasteredAudio, 'finish' | 'encoderLossDb'>): Finish {
  const { gainDb, limitDbtp } = finish;
  return {
    gainDb: gainDb - encoderLossDb,
    ...(limitDbtp === undefined ? {} : { limitDbtp: limitDbtp - encoderLossDb }),
  };
}
