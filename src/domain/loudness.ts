/** Loudness as ITU-R BS.1770 measures it. */
import { z } from 'zod';

/** What a meter said of a stretch of audio. Silence has no loudness: `integratedLufs` is then null. */
export const Loudness = z.object({
  integratedLufs: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
  loudnessRangeLu: z.number(),
});
export type Loudness = z.infer<typeof Loudness>;

export function decibelsToFactor(decibels: number): number {
  return 10 ** (decibels / 20);
}
