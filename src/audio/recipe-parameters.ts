/** The settings of every filter that was at work in a render, for its passport. */
import type { Finish } from './finish.ts';
import type { MixPlan } from './mix-plan.ts';

/** Named by filter and unit. What was not at work is left out. */
export function recipeParameters(
  { sound }: MixPlan,
  { gainDb, limitDbtp }: Finish,
): Record<string, string | number | boolean> {
  return {
    'highPass.hertz': 80,
    'level.speechLufs': -19,
    'level.noiseDistanceLu': 20,
    'level.mostGainDb': 40,
    'compressor.ratio': 2,
    'gate.kind': 'ownership',
    ...(sound.noiseReduction ? { 'noiseReduction.filter': 'afftdn=nr=12:nf=-50:tn=1' } : {}),
    'gain.db': gainDb,
    ...(limitDbtp === undefined
      ? {}
      : { 'limiter.ceilingDbtp': limitDbtp, 'limiter.lookAheadMs': 5, 'limiter.releaseMs': 60 }),
    'encoder.codec': 'libmp3lame',
    'encoder.bitrateKbps': sound.bitrateKbps,
    'encoder.channels': sound.channels,
    'slice.seconds': 150,
  };
}
