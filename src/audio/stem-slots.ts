/** Which packets of a stem hold sound: only those are encoded, and all others are one and the same packet of silence. */
import type { CueSheet } from './cue-sheet.ts';

/** 60 ms: the longest packet that Opus has (RFC 6716). */
export const STEM_PACKET_SAMPLES = 2880;

/** Packets before sound: what a codec rings ahead. As many of silence begin what is encoded, for it begins with none. */
const PACKETS_BEFORE = 2;
/**
 * Packets after sound. Opus takes out what lies below 3 Hz, with a tail that is gone, below 24 bits, after most of a
 * second; from then on its packets are silence, and whoever hears more of those hears no difference.
 */
const PACKETS_AFTER = 16;

/** Packets [fromSlot, toSlot) of the stem, which are packets from `compactSlot` on where silence is left out. */
export interface SoundingSlots {
  readonly fromSlot: number;
  readonly toSlot: number;
  readonly compactSlot: number;
}

/** Ascending, with gaps of at least one packet between them. The last may reach beyond the stem: it ends in silence too. */
export function soundingSlots({ cues }: Pick<CueSheet, 'cues'>): SoundingSlots[] {
  const slots: { fromSlot: number; toSlot: number; compactSlot: number }[] = [];
  for (const { start, length } of cues.toSorted((a, b) => a.start - b.start)) {
    const fromSlot = Math.max(0, Math.floor(start / STEM_PACKET_SAMPLES) - PACKETS_BEFORE);
    const toSlot = Math.floor((start + length) / STEM_PACKET_SAMPLES) + 1 + PACKETS_AFTER;
    const last = slots.at(-1);
    if (last && fromSlot <= last.toSlot) last.toSlot = Math.max(last.toSlot, toSlot);
    else slots.push({ fromSlot, toSlot, compactSlot: last ? endOf(last) : Math.min(fromSlot, PACKETS_BEFORE) });
  }
  return slots;
}

const endOf = ({ fromSlot, toSlot, compactSlot }: SoundingSlots) => compactSlot + toSlot - fromSlot;

/** The same cues with the silence between them left out, whole packets of it. */
export function compactSheet(sheet: CueSheet, slots: readonly SoundingSlots[]): CueSheet {
  const last = slots.at(-1);
  const slotOf = (sample: number) => Math.floor(sample / STEM_PACKET_SAMPLES);
  let index = 0;
  const cues = sheet.cues
    .toSorted((a, b) => a.start - b.start)
    .map((cue) => {
      while ((slots[index]?.toSlot ?? Number.POSITIVE_INFINITY) <= slotOf(cue.start)) index += 1;
      const { fromSlot, compactSlot } = slots[index] ?? { fromSlot: 0, compactSlot: 0 };
      return { ...cue, start: cue.start - (fromSlot - compactSlot) * STEM_PACKET_SAMPLES };
    });
  return { ...sheet, cues, durationSamples: (last ? endOf(last) : 0) * STEM_PACKET_SAMPLES };
}
