/** Which stems a render left, and what is known of each. */
import { z } from 'zod';
import { ParticipantId } from '../domain/ids.ts';

export const StemIndex = z.object({
  format: z.literal(1),
  stems: z.array(
    z.object({
      participantId: ParticipantId,
      kind: z.enum(['speech', 'music']),
      /** Of the microphone it was recorded with. */
      noiseLufs: z.number().nullable(),
      /** Of the object beside this one. */
      name: z.string().regex(/^\d+\.opus$/),
    }),
  ),
});
export type StemIndex = z.infer<typeof StemIndex>;
