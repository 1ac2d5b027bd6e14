/** The settings of every filter that was at work in a render, for its report and its passport. */
import { COMPRESSOR_SETTINGS } from './compression.ts';
import { mp3Options } from './encoding-plan.ts';
import type { Finish } from './finish.ts';
import { JINGLE_SETTINGS } from './jingles.ts';
import { NOISE_REDUCTION_DB } from './listening-plan.ts';
import { OWNER_SETTINGS } from './microphone-owner.ts';
import type { MixPlan } from './mix-plan.ts';
import { monoBitrateFor } from './mp3-stereo.ts';
import { GATE_SETTINGS } from './open-microphones.ts';
import { LIMITER_SETTINGS } from './peak-limiter.ts';
import { SAMPLE_RATE_HZ } from './sample-clock.ts';
import { SLICE_SETTINGS } from './slices.ts';
import { LEVEL_SETTINGS } from './speaker-level.ts';
import { TALK_SETTINGS } from './talk-threshold.ts';
import { SPEECH_HIGH_PASS_HERTZ } from './track-listener.ts';

/** Named by filter and unit. What was not at work is left out. */
export function recipeParameters(
  { sound, jingles }: Pick<MixPlan, 'sound' | 'jingles'>,
  { gainDb, limitDbtp }: Finish,
): Record<string, string | number | boolean> {
  return {
    'clock.sampleRateHz': SAMPLE_RATE_HZ,
    'highPass.hertz': SPEECH_HIGH_PASS_HERTZ,
    ...(sound.noiseReduction ? { 'noiseReduction.filter': 'afftdn', 'noiseReduction.db': NOISE_REDUCTION_DB } : {}),
    ...TALK_SETTINGS,
    ...LEVEL_SETTINGS,
    ...COMPRESSOR_SETTINGS,
    ...GATE_SETTINGS,
    ...OWNER_SETTINGS,
    ...(jingles.length > 0 ? JINGLE_SETTINGS : {}),
    'gain.db': gainDb,
    ...(limitDbtp === undefined ? {} : { 'limiter.ceilingDbtp': limitDbtp, ...LIMITER_SETTINGS }),
    'encoder.options': encoderOptions(sound),
    'encoder.bitrateKbps': sound.bitrateKbps,
    'encoder.channels': sound.channels,
    ...SLICE_SETTINGS,
  };
}

/** Both channels equal are encoded as one, and become joint stereo afterwards. */
function encoderOptions({ channels, bitrateKbps }: MixPlan['sound']): string {
  if (channels === 'stage') return mp3Options(2, bitrateKbps).join(' ');
  return mp3Options(1, channels === 'mono' ? bitrateKbps : monoBitrateFor(bitrateKbps)).join(' ');
}
